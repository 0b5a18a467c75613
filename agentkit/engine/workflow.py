"""`@workflow`: makes a durable workflow of an async Python function."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import secrets
import time
import typing
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar, Unpack, overload

from pydantic import TypeAdapter

from agentkit.budget import Budget
from agentkit.engine.context import WorkflowContext
from agentkit.engine.journal import RunRecord
from agentkit.engine.run import Carried, carry, kept_in_step
from agentkit.engine.session import Equipment, Session, open_session
from agentkit.engine.store import Store
from agentkit.errors import TaskError, UsageError
from agentkit.events import Event
from agentkit.models.find import build_model, find_model
from agentkit.protocols import AnswersQuestions, ChatModel, ToolScreen, Worker
from agentkit.registry import resolve
from agentkit.result import RunResult
from agentkit.settings import Settings, load_settings
from agentkit.task import Attachment

__all__ = ["Conditions", "RunOptions", "Workflow", "workflow"]

In = TypeVar("In")
Out = TypeVar("Out")


class Conditions(TypedDict, total=False):
    """Under what conditions something is run; all may be left out."""

    model: str | ChatModel | None
    """Which model, by id or as an object; found as `agentkit doctor` tells where not given."""
    api_base: str | None
    """Address of an OpenAI-compatible server."""
    budget: Budget
    """Hard limits."""
    home: str | Path | None
    """The folder of runs (`.agentkit` where settings do not say otherwise)."""
    on_event: Callable[[Event], None] | None
    """Gets every event as it happens."""
    answer: AnswersQuestions | None
    """Somebody who is there to answer questions at once."""
    parallel: int | None
    """Most subtasks at a time."""
    config: Mapping[str, Any]
    """What to remember of how this run was set up, as JSON."""
    screen: ToolScreen | None
    """Stands between workers and their tools."""


class RunOptions(Conditions, total=False):
    """How a workflow is run; all may be left out."""

    workers: Sequence[str | Worker]
    """The team, by name or as objects."""
    attach: Sequence[str | Path | Attachment]
    """Files."""


@dataclass(frozen=True, slots=True)
class _Setup:
    settings: Settings
    store: Store
    equipment: Equipment


class Workflow(Generic[In, Out]):
    """A function whose steps are durable. Made by `@workflow`."""

    def __init__(
        self,
        function: Callable[[WorkflowContext, In], Awaitable[Out]],
        *,
        name: str,
        input_type: Any,
        output_type: Any,
    ) -> None:
        self.name = name
        self._function = function
        self._input: TypeAdapter[In] = TypeAdapter(input_type)
        self._output: TypeAdapter[Out] = TypeAdapter(output_type)

    @property
    def input_type(self) -> Any:
        """The type of what it takes."""
        return self._input._type

    async def run(self, value: In, *, run_id: str | None = None, **options: Unpack[RunOptions]) -> RunResult:
        """Run it. Raises what the function raises; the run can be resumed all the same.

        Where `run_id` names a run that there is already, it is gone on with, whatever `value` is.

        A budget that is used up, a person who must answer and a cancelled run are no errors: the
        result's status says so.
        """
        value = self._input.validate_python(value)
        setup = await _set_up(options)
        named = run_id is not None
        if run_id is not None:
            _check_name(run_id)
        run_id = run_id or f"{time.strftime('%y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        async with setup.store.open() as opened:
            if named and opened.journal.find_run(run_id) is not None:
                options.pop("attach", None)  # it has its files already, and they must not have changed
                return await self.resume(run_id, **options)
            config = json.dumps({**options.get("config", {}), **_remember(setup.equipment)})
            body = self._input.dump_json(value).decode()
            goal = _goal_of(value)
            opened.journal.create_run(RunRecord.new(run_id, self.name, goal, body, config))
            return await carry(self._carried(body), run_id, opened, setup.equipment)

    async def resume(
        self, run_id: str, answers: Mapping[str, str] | None = None, **options: Unpack[RunOptions]
    ) -> RunResult:
        """Go on with a run where it was: after a crash, an answer (by question id), a larger budget.

        A run that has answered gives its result again. Raises `RunNotFoundError`, `RunBusyError`, and
        `TaskError` where an attachment has changed since.
        """
        home = Path(options.get("home") or load_settings().home)
        async with Store(home).open() as opened:
            record = opened.journal.run(run_id)
            if record.workflow != self.name:
                mend = f"resume it with the workflow {record.workflow!r}"
                raise UsageError(
                    f"this is a run of another workflow than {self.name!r}", where=record.id, mend=mend
                )
            if record.state == "answered" and record.result:
                return self._as_it_was(RunResult.model_validate_json(record.result))
            for question, answer in (answers or {}).items():
                opened.journal.answer(record.id, question, answer)
            config = json.loads(record.config)
            if "budget" not in options:
                options["budget"] = Budget.model_validate(config["budget"])
            if "attach" not in options:
                options["attach"] = _unchanged(config["attachments"])
            setup = await _set_up(options)
            work, changed = self._carried(record.input), json.dumps(config | _remember(setup.equipment))
            return await carry(work, record.id, opened, setup.equipment, config=changed)

    def run_sync(self, value: In, **options: Unpack[RunOptions]) -> RunResult:
        """`run` for programs without an event loop."""
        return _without_loop(self.run(value, **options))

    async def stream(self, value: In, **options: Unpack[RunOptions]) -> AsyncGenerator[Event, None]:
        """Run it and yield events as they happen, `RunFinished` last. Leaving the loop stops the run."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        also = options.get("on_event")

        def listen(event: Event) -> None:
            queue.put_nowait(event)
            if also is not None:
                also(event)

        options["on_event"] = listen
        running = asyncio.ensure_future(self.run(value, **options))
        running.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
            await running
        finally:
            if not running.done():
                running.cancel()
                await asyncio.wait({running})

    def as_graph(
        self, *, checkpointer: Any = None, output_key: str = "output", **options: Unpack[RunOptions]
    ) -> Any:
        """The workflow as a LangGraph runnable, to be called or to be a node of another graph.

        It takes the workflow's input, or a state (dict) that holds the input's fields, and gives
        `{output_key: output}`. Steps are saved by `checkpointer`, or by that of the graph it is a node
        of; questions to people surface as LangGraph interrupts.
        """
        from langgraph.config import get_config
        from langgraph.func import entrypoint

        async def node(state: Any) -> dict[str, Any]:
            setup = await _set_up(options)
            value = self._read_state(state)
            run_id = _run_of(get_config())
            async with setup.store.open() as opened:
                if opened.journal.find_run(run_id) is None:
                    body = self._input.dump_json(value).decode()
                    config = json.dumps(_remember(setup.equipment))
                    opened.journal.create_run(RunRecord.new(run_id, self.name, _goal_of(value), body, config))
                async with open_session(run_id, opened, setup.equipment) as session:
                    with kept_in_step(session):
                        output = await self._drive(session, value)
            return {output_key: self._output.dump_python(output, mode="json")}

        node.__name__ = self.name
        return entrypoint(checkpointer=checkpointer)(node)

    def _read_state(self, state: Any) -> In:
        fields = getattr(self._input._type, "model_fields", None)
        if isinstance(state, Mapping):
            if fields is not None:
                state = {name: state[name] for name in fields if name in state}
            elif "input" in state:
                state = state["input"]
        return self._input.validate_python(state)

    async def _drive(self, session: Session, value: In) -> Out:
        output: Out = await session.steps.drive(self._function(WorkflowContext(session), value))
        return output

    def _as_it_was(self, result: RunResult) -> RunResult:
        """A result out of the journal, its output of the workflow's type again."""
        if self._output._type is RunResult:  # whoever made it knows the type
            return result
        return result.model_copy(update={"output": self._output.validate_python(result.output)})

    def _carried(self, body: str) -> Carried:
        async def execute(session: Session) -> Any:
            return await self._drive(session, self._input.validate_json(body))

        return Carried(self.name, execute, self._output)


def _check_name(run_id: str) -> None:
    """Raises `UsageError` for a name that no file could have."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._#-]{0,119}", run_id):
        mend = "use letters, digits, dots, dashes and underscores, at most 120"
        raise UsageError(f"a run cannot be called {run_id!r}", mend=mend)


def _goal_of(value: Any) -> str:
    goal = getattr(value, "goal", None)
    if isinstance(goal, str):
        return goal
    return value if isinstance(value, str) else TypeAdapter(Any).dump_json(value).decode()[:500]


def _remember(equipment: Equipment) -> dict[str, Any]:
    attachments = [a.model_dump(mode="json") for a in equipment.attachments]
    return {"budget": equipment.budget.model_dump(), "attachments": attachments}


def _unchanged(saved: Sequence[Mapping[str, Any]]) -> list[Attachment]:
    found = []
    for entry in saved:
        before = Attachment.model_validate(entry)
        if Attachment.from_path(before.path).sha256 != before.sha256:
            mend = "put the old file back, or begin a new run"
            raise TaskError("the file has changed since the run began", where=str(before.path), mend=mend)
        found.append(before)
    return found


async def _set_up(options: RunOptions) -> _Setup:
    settings = load_settings()
    model = options.get("model")
    if model is None or isinstance(model, str):
        found = await find_model(settings, model=model, api_base=options.get("api_base"))
        model = build_model(found, settings)
    team = [resolve("worker", w)() if isinstance(w, str) else w for w in options.get("workers", ())]
    files = [a if isinstance(a, Attachment) else Attachment.from_path(a) for a in options.get("attach", ())]
    equipment = Equipment(
        model=model,
        budget=options.get("budget") or Budget(),
        workers={w.name: w for w in team},
        attachments=tuple(files),
        listener=options.get("on_event"),
        answerer=options.get("answer"),
        screen=options.get("screen"),
        parallel=options.get("parallel") or settings.parallel,
    )
    return _Setup(settings, Store(options.get("home") or settings.home), equipment)


def _run_of(config: Mapping[str, Any]) -> str:
    """The same id whenever this node is executed again for the same state, another for the next."""
    from hashlib import blake2b

    where = config.get("configurable", {})
    place = f"{where.get('thread_id', '')}/{where.get('checkpoint_ns', '')}"
    if not where.get("thread_id"):
        place = secrets.token_hex(16)  # nobody saves anything, so nothing can be resumed
    return f"graph-{blake2b(place.encode(), digest_size=8).hexdigest()}"


def _without_loop(coroutine: Any) -> RunResult:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        result: RunResult = asyncio.run(coroutine)
        return result
    coroutine.close()
    raise UsageError("run_sync was called where an event loop runs", mend="use `await ….run(…)` there")


@overload
def workflow(function: Callable[[WorkflowContext, In], Awaitable[Out]], /) -> Workflow[In, Out]: ...


@overload
def workflow(
    *, name: str | None = None
) -> Callable[[Callable[[WorkflowContext, In], Awaitable[Out]]], Workflow[In, Out]]: ...


def workflow(function: Any = None, /, *, name: str | None = None) -> Any:
    """Make a workflow of `async def f(ctx: WorkflowContext, value: In) -> Out`.

    `In` and `Out` are any types that pydantic knows. Raises `UsageError` where a type is missing.

    >>> @workflow
    ... async def shout(ctx: WorkflowContext, text: str) -> str:
    ...     return text.upper()
    >>> shout.name
    'shout'
    """

    def make(target: Callable[[WorkflowContext, In], Awaitable[Out]]) -> Workflow[In, Out]:
        label = name or str(getattr(target, "__name__", type(target).__name__))
        callee = target if inspect.isfunction(target) else type(target).__call__
        hints = typing.get_type_hints(callee)
        parameters = [p for p in inspect.signature(target).parameters if p != "self"]
        if len(parameters) != 2 or parameters[1] not in hints or "return" not in hints:
            mend = f"write: async def {label}(ctx: WorkflowContext, value: str) -> str"
            what = "a workflow takes a context and one typed input, and has a typed output"
            raise UsageError(what, where=label, mend=mend)
        return Workflow(target, name=label, input_type=hints[parameters[1]], output_type=hints["return"])

    return make(function) if function is not None else make
