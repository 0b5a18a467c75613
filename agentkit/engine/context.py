"""What a workflow's function gets: durable ways to have work done, ask models, ask people and plan."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any, TypedDict, TypeVar, Unpack, overload

from pydantic import TypeAdapter

from agentkit.allocation.ledger import Scope
from agentkit.budget import Budget
from agentkit.engine.job import Job
from agentkit.engine.people import is_yes
from agentkit.engine.session import Session
from agentkit.engine.steps import StepValue
from agentkit.errors import (
    ModelRefusedError,
    OutputError,
)
from agentkit.events import Event
from agentkit.messages import ChatRequest, Message
from agentkit.models.structured import structured
from agentkit.plan import Plan, Subtask
from agentkit.protocols import (
    ChatModel,
    FinishedSubtask,
    Planner,
    PlanRequest,
    Verifier,
    Worker,
    WorkerCard,
)
from agentkit.registry import resolve
from agentkit.result import Failure, FailureKind, QuestionKind, WorkerResult
from agentkit.task import Attachment, Task

__all__ = ["AskOptions", "WorkOptions", "WorkflowContext"]

T = TypeVar("T")

_PASSING: frozenset[FailureKind] = frozenset({"unavailable", "budget", "refused", "error", "blocked"})
"""Failures that hold for this session only: resumed with a larger budget, say, the work may succeed."""


class WorkOptions(TypedDict, total=False):
    """How a worker is set to work; all may be left out."""

    inputs: Mapping[str, Any]
    """Results that it builds on, by name; one that is awaitable is awaited before the worker starts."""
    overall: str
    """The goal that this is a part of."""
    final: bool
    """Whether its answer is that goal's."""
    feedback: str
    """What was wrong with the last attempt."""
    attempt: int
    """Which attempt at the subtask this is, the first by default."""
    budget: Budget | None
    """Limits for this subtask alone, all attempts together."""
    verifier: Verifier | None
    """Checks the answer before anybody uses it."""
    may_split: bool
    """Whether the worker may propose parts instead of an answer."""


class AskOptions(TypedDict, total=False):
    """How a model is asked."""

    system: str
    """What stays the same from one question to the next."""
    stage: str
    """What it is for; costs are reported by it ("ask" if not said)."""
    max_tokens: int
    """Most tokens to generate (4,096 if not said)."""
    budget: Budget
    """Limits for this question alone."""


class WorkflowContext:
    """The durable verbs. Each begins at once and returns an awaitable; plain `asyncio.gather` runs them
    side by side. What is done is remembered: when the run goes on after an interruption, the function
    is called again from its start and every verb that was finished gives its old result at once.

    Code between the verbs runs again on resuming, so it must not act on the world by itself.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._session.run_id

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The run's files."""
        return self._session.equipment.attachments

    def emit(self, kind: type[Event], **fields: Any) -> None:
        """Tell listeners of an event."""
        self._session.emitter.emit(kind, **fields)

    def work(
        self, worker: str | Worker, goal: str | Subtask, **options: Unpack[WorkOptions]
    ) -> Awaitable[WorkerResult]:
        """Have a worker do something.

        What the worker could not do comes back as a result with a failure. Raises `UnknownNameError`
        at once where nobody has the worker's name.
        """
        return self._session.steps.spawn(self._work(self._session.worker(worker), goal, options))

    async def _work(self, worker: Worker, goal: str | Subtask, options: WorkOptions) -> WorkerResult:
        given = await _gather(options.get("inputs") or {})
        if isinstance(given, Failure):
            return WorkerResult(failure=given, worker=worker.name)
        overall = options.get("overall", "")
        if isinstance(goal, Subtask):
            subtask, key = goal, self._session.steps.unique(goal.id)
        else:
            # Named by all that decides it: branches may come here in another order next time.
            identity = (worker.name, goal, overall, [g.model_dump_json() for g in given])
            key = self._session.steps.unique(f"{worker.name}-{_digest(identity)}")
            subtask = Subtask(id=key, goal=goal)
        job = Job(
            worker=worker,
            subtask=subtask,
            key=key,
            goal=overall or subtask.goal,
            final=options.get("final", False) or not overall,
            feedback=options.get("feedback", ""),
            attempt=options.get("attempt", 1),
            budget=options.get("budget") or subtask.budget,
            verifier=options.get("verifier"),
            may_split=options.get("may_split", False),
        )
        return await self._do(job, given)

    async def _do(self, job: Job, given: tuple[FinishedSubtask, ...]) -> WorkerResult:
        """A job as a step."""

        async def body() -> StepValue:
            result = await job.run(self._session, given)
            passing = result.failure is not None and result.failure.kind in _PASSING
            return StepValue(result.model_dump_json(), passing=passing)

        return await self._session.steps.carry_out(job.key, body, self._keep(job.key))

    def _keep(self, key: str) -> Any:
        def keep(body: str) -> WorkerResult:
            result = WorkerResult.model_validate_json(body)
            self._session.results[key] = result
            return result

        return keep

    @overload
    def ask(self, prompt: str, **options: Unpack[AskOptions]) -> Awaitable[str]: ...

    @overload
    def ask(self, prompt: str, output_type: type[T], **options: Unpack[AskOptions]) -> Awaitable[T]: ...

    @overload
    def ask(self, prompt: str, output_type: Any, **options: Unpack[AskOptions]) -> Awaitable[Any]: ...

    def ask(self, prompt: str, output_type: Any = str, **options: Unpack[AskOptions]) -> Awaitable[Any]:
        """Ask the model once: a text, or any pydantic type.

        Raises `OutputError` for an empty answer or one that never takes the form, and the other
        errors of the model branch.
        """
        system, stage = options.get("system", ""), options.get("stage", "ask")
        adapter: TypeAdapter[Any] = TypeAdapter(output_type)
        key = self._session.steps.unique(f"{stage}-{_digest((prompt, system, str(output_type)))}")
        front = (Message(role="system", content=system),) if system else ()
        messages = (*front, Message(role="user", content=prompt))
        request = ChatRequest(messages=messages, stage=stage, max_tokens=options.get("max_tokens", 4096))

        async def body() -> StepValue:
            scope = self._scope(key, options.get("budget"))
            async with self._useful(scope):
                value = await _answer(self._session.model(scope), request, output_type)
            return StepValue(adapter.dump_json(value).decode())

        return self._session.steps.start(key, body, adapter.validate_json)

    def plan(
        self, request: PlanRequest | Task | str, planner: str | Planner = "decompose"
    ) -> Awaitable[Plan | None]:
        """Make a plan; None where the planner has none to offer. Raises `PlanError` for a bad one."""
        chosen: Planner = resolve("planner", planner)() if isinstance(planner, str) else planner
        if not isinstance(request, PlanRequest):
            cards = tuple(WorkerCard(name=w.name, description=w.description) for w in self._team())
            request = PlanRequest(task=Task.of(request), workers=cards)
        # Not by number alone: plans for parts of a task may be asked for in any order.
        key = self._session.steps.unique(f"plan-{_digest((request.task.goal, request.feedback))}")

        async def body() -> StepValue:
            scope = self._scope(key)
            async with self._useful(scope):
                plan = await chosen.plan(request, self._session.model(scope))
            return StepValue(plan.model_dump_json() if plan else "null")

        return self._session.steps.start(key, body, TypeAdapter(Plan | None).validate_json)

    def ask_person(self, prompt: str, detail: str = "", *, kind: QuestionKind = "question") -> Awaitable[str]:
        """Ask a person; the run pauses, at no cost, until they answer."""
        key = self._session.steps.unique(f"person-{_digest((prompt, detail))}")

        async def body() -> StepValue:
            answer = await self._session.people.ask(key, kind, prompt, detail)
            return StepValue(json.dumps(answer))

        return self._session.steps.start(key, body, json.loads)

    async def approve(self, prompt: str, detail: str = "") -> bool:
        """Ask a person for leave."""
        return is_yes(await self.ask_person(prompt, detail, kind="approval"))

    @asynccontextmanager
    async def _useful(self, scope: Scope) -> AsyncIterator[None]:
        """Where the answers are of no use, do not give them again when the run is resumed."""
        try:
            yield
        except OutputError:
            await self._session.tape.void(scope.path)
            raise

    def _scope(self, key: str, budget: Budget | None = None) -> Scope:
        return self._session.scope(key, budget)

    def _team(self) -> Sequence[Worker]:
        return list(self._session.equipment.workers.values()) or [self._session.worker("reasoning")]


async def _gather(inputs: Mapping[str, Any]) -> tuple[FinishedSubtask, ...] | Failure:
    """The inputs' values, or why one of them is missing."""
    # Coroutines are begun now, all at once; whatever else can be awaited is under way already.
    begun = {n: asyncio.ensure_future(v) if inspect.iscoroutine(v) else v for n, v in inputs.items()}
    given: list[FinishedSubtask] = []
    for name, value in begun.items():
        if inspect.isawaitable(value):
            value = await value
        if isinstance(value, WorkerResult):
            if not value.ok:
                return Failure(kind="blocked", message=f"{name}, which it needs, failed")
            value = FinishedSubtask(id=name, goal="", answer=value.answer)
        elif not isinstance(value, FinishedSubtask):
            value = FinishedSubtask(id=name, goal="", answer=_as_text(value))
        given.append(value)
    return tuple(given)


async def _answer(model: ChatModel, request: ChatRequest, output_type: Any) -> Any:
    if output_type is not str:
        return (await structured(model, request, output_type)).value
    completion = await model.complete(request)
    text = completion.text.strip()
    if completion.finish == "refused":
        raise ModelRefusedError(text or "the model declined to answer", model=model.info.name)
    if not text:
        raise OutputError("the answer is empty", model=model.info.name, mend="ask another way")
    if completion.finish == "length":
        what = f"the answer was cut off after {request.max_tokens} tokens"
        raise OutputError(what, model=model.info.name, mend="raise max_tokens", text=text)
    return text


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else TypeAdapter(Any).dump_json(value).decode()


def _digest(identity: object) -> str:
    return blake2b(repr(identity).encode(), digest_size=4).hexdigest()
