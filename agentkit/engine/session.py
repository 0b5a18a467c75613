"""A session: one process carrying one run, with all that it needs at hand."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from agentkit.allocation.ledger import Ledger, Scope
from agentkit.budget import Budget, Usage
from agentkit.engine.activity import Activity
from agentkit.engine.emitter import Emitter, Listener
from agentkit.engine.journal import RunState
from agentkit.engine.journaled_model import JournaledModel
from agentkit.engine.journaled_tools import ToolRunner
from agentkit.engine.people import People
from agentkit.engine.steps import Steps
from agentkit.engine.store import OpenStore
from agentkit.engine.tape import Tape
from agentkit.errors import UnknownNameError
from agentkit.messages import ChatRequest, ToolCall, ToolSpec
from agentkit.models.metering import MeteredModel
from agentkit.protocols import AnswersQuestions, ChatModel, ToolOutcome, ToolScreen, Worker
from agentkit.registry import resolve
from agentkit.task import Attachment
from agentkit.tools.tool import Tool, ToolContext

__all__ = ["Equipment", "Session", "StepContext", "open_session"]

DEFAULT_TOOLS = ("read_file", "query_tables", "calculate", "date_math", "convert_units")
"""What a worker may use that does not say otherwise."""


_ENDED: frozenset[RunState] = frozenset({"failed", "partial", "cancelled"})
"""Who goes on with such a run wants to try again, rather than go on where it was cut off."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a run is carried out with."""

    model: ChatModel
    budget: Budget = field(default_factory=Budget)
    workers: Mapping[str, Worker] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    listener: Listener | None = None
    answerer: AnswersQuestions | None = None
    parallel: int = 32
    screen: ToolScreen | None = None


class Session:
    """What the steps of one run share in one process."""

    def __init__(self, run_id: str, opened: OpenStore, equipment: Equipment) -> None:
        self.run_id = run_id
        self.opened = opened
        self.equipment = equipment
        self._began = time.monotonic()
        record = opened.journal.find_run(run_id)
        if record is not None and record.state in _ENDED:
            opened.journal.retire_void_calls(run_id)
        self.tape = Tape(opened.journal, run_id, lambda: self.elapsed)
        self._earlier = max(record.elapsed if record else 0.0, self.tape.elapsed_on_file)
        self._spent = opened.journal.spent(run_id)
        self.ledger = Ledger(equipment.budget, spent=self._spent, elapsed=self._earlier)
        self._purses: dict[str, Scope] = {}
        self.stages = _by_stage(opened, run_id) if self._spent else {}
        self.emitter = Emitter(run_id, opened.journal, equipment.listener)
        self.people = People(opened.journal, run_id, self.emitter, equipment.answerer)
        self.activity = Activity()
        self.steps = Steps(uuid.uuid4().hex[:8], self.activity, self.people, equipment.parallel)
        self.results: dict[str, Any] = {}
        self._tool_context = ToolContext(attachments=equipment.attachments)
        self._toolboxes: dict[tuple[Any, ...], _Toolbox] = {}

    @property
    def elapsed(self) -> float:
        """Seconds that the run has been carried for, earlier sessions included."""
        return self._earlier + time.monotonic() - self._began

    def scope(
        self,
        key: str,
        budget: Budget | None = None,
        *,
        within: Scope | None = None,
        worker: Worker | None = None,
    ) -> Scope:
        """The scope of a step that begins now, perhaps once more; named for the worker that does it."""
        name = f"{worker.name}#{key}" if worker else key
        scope = (within or self.ledger.root).child(name, budget)
        self.tape.rewind(scope.path)
        return scope

    def model(self, scope: Scope, subtask: str = "", worker: Worker | None = None) -> ChatModel:
        """The run's model as one scope may use it: metered, journaled, listened to."""
        model = self.equipment.model
        if worker is not None and (budget := getattr(worker, "budget", None)) is not None:
            model = MeteredModel(model, self._purse(worker.name, budget))
        metered = MeteredModel(model, scope, self._tally)
        return JournaledModel(metered, self.tape, self.emitter, scope=scope.path, subtask=subtask)

    def _purse(self, worker: str, budget: Budget) -> Scope:
        """A worker's own budget, for all that it does in the run. It cuts across those of subtasks."""
        if worker not in self._purses:
            mark = f"/{worker.replace('%', '%25').replace('/', '%2F')}#"
            earlier = (usage for path, usage in self._spent.items() if mark in path)
            self._purses[worker] = Ledger(budget, spent={"run": sum(earlier, Usage())}).root
        return self._purses[worker]

    def _tally(self, request: ChatRequest, usage: Usage) -> None:
        self.stages[request.stage] = self.stages.get(request.stage, Usage()) + usage

    def context(self, worker: Worker, scope: Scope, subtask: str) -> StepContext:
        """What a worker gets for one attempt at a subtask."""
        box = self._toolbox(getattr(worker, "tools", ()))
        runner = ToolRunner(
            box.tools,
            tape=self.tape,
            people=self.people,
            emitter=self.emitter,
            artifacts=self.opened.artifacts,
            ledger=scope,
            context=self._tool_context,
            scope=scope.path,
            once_scope=scope.path.rpartition("/")[0],
            subtask=subtask,
            screen=self.equipment.screen,
        )
        model = self.model(scope, subtask, worker)
        return StepContext(model, box.specs, runner, self.people, scope, subtask)

    def worker(self, worker: str | Worker) -> Worker:
        """A member of the team, or one found by name."""
        if not isinstance(worker, str):
            return worker
        if worker in self.equipment.workers:
            return self.equipment.workers[worker]
        if self.equipment.workers:
            raise UnknownNameError("worker", worker, known=tuple(self.equipment.workers))
        found: Worker = resolve("worker", worker)()
        return found

    def _toolbox(self, wanted: Sequence[str | Tool] | None) -> _Toolbox:
        names = DEFAULT_TOOLS if wanted is None else tuple(wanted)
        key = tuple(n if isinstance(n, str) else id(n) for n in names)
        if key not in self._toolboxes:
            tools = [resolve("tool", n) if isinstance(n, str) else n for n in names]
            offered = {t.name: t for t in tools if t.when is None or t.when(self._tool_context)}
            self._toolboxes[key] = _Toolbox(offered, tuple(t.spec for t in offered.values()))
        return self._toolboxes[key]


@dataclass(frozen=True, slots=True)
class _Toolbox:
    tools: dict[str, Tool]
    specs: tuple[ToolSpec, ...]


@dataclass(frozen=True, slots=True)
class StepContext:
    """The `WorkerContext` of one attempt at a subtask."""

    model: ChatModel
    tools: tuple[ToolSpec, ...]
    _runner: ToolRunner
    _people: People
    _scope: Scope
    _subtask: str
    _asked: Iterator[int] = field(default_factory=itertools.count)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the budget's time is over; None without such a limit."""
        return self._scope.seconds_left()

    async def call_tools(self, calls: Sequence[ToolCall]) -> list[ToolOutcome]:
        """Run tool calls side by side; outcomes come in the calls' order."""
        return await self._runner.run(calls)

    async def ask_person(self, prompt: str, detail: str = "") -> str:
        """Ask a person; the run pauses durably until they answer."""
        place = f"{self._scope.path}?{next(self._asked)}"
        return await self._people.ask(place, "question", prompt, detail, self._subtask)


def _by_stage(opened: OpenStore, run_id: str) -> dict[str, Usage]:
    found: dict[str, Usage] = {}
    for call in opened.journal.calls(run_id):
        if call.kind == "model" and call.usage:
            found[call.name] = found.get(call.name, Usage()) + Usage.model_validate_json(call.usage)
    return found


@asynccontextmanager
async def open_session(
    run_id: str,
    opened: OpenStore,
    equipment: Equipment,
    *,
    on_cancel: Callable[[], None] | None = None,
) -> AsyncIterator[Session]:
    """Hold the run's lock and watch for its cancellation while the session lasts."""
    lock = opened.lock(run_id)
    watching = asyncio.ensure_future(_watch(run_id, opened, on_cancel)) if on_cancel else None
    try:
        yield Session(run_id, opened, equipment)
    finally:
        if watching is not None:
            watching.cancel()
        try:
            await opened.journal.flush()
        finally:
            lock.release()


async def _watch(run_id: str, opened: OpenStore, on_cancel: Callable[[], None]) -> None:
    """Call `on_cancel` once somebody asks for the run to be cancelled."""
    while not opened.journal.cancel_requested(run_id):
        await asyncio.sleep(0.25)
    on_cancel()
