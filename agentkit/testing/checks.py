"""Conformance checks: they run somebody's worker, planner or environment through its obligations.

Each raises an `AssertionError` that names the obligation that is not met, and returns nothing when
all are. The idea of such a check for environments is Gymnasium's `check_env`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

from agentkit.errors import AgentkitError, ModelUnavailableError
from agentkit.messages import ChatRequest, Completion, ToolCall, ToolSpec
from agentkit.plan import Plan, Subtask
from agentkit.protocols import (
    Assignment,
    ChatModel,
    Environment,
    FailedSubtask,
    FinishedSubtask,
    ModelInfo,
    OnDelta,
    Planner,
    PlanRequest,
    ToolOutcome,
    Worker,
    WorkerCard,
)
from agentkit.result import Failure, WorkerResult
from agentkit.task import Task
from agentkit.testing.models import FunctionModel
from agentkit.trajectory import Action, Observation

__all__ = ["check_environment", "check_planner", "check_worker"]

PATIENCE = 10.0
"""Seconds that anything may take here; the fakes answer at once."""

T = TypeVar("T")


async def check_worker(
    worker: Worker, *, model: ChatModel | None = None, assignment: Assignment | None = None
) -> None:
    """Check that a worker may be put into a team.

    Its name and description say something; it gives a `WorkerResult` with an answer or a failure; it
    keeps no state between subtasks; it does not make up answers when its model is gone; it stops when
    it is cancelled, and when its question to a person has no answer yet.

    `model` answers the same request the same way every time ("Done." to everything where not given);
    `assignment` is one that the worker can do with it.
    """
    model = model or FunctionModel(lambda _: "Done.")
    given = assignment or Assignment(goal="Say that it is done.", subtask=Subtask(id="check", goal="Say so."))
    who = _check_names(worker, "worker")
    assert isinstance(worker.description, str) and worker.description.strip(), (
        f"{who}: its description is empty"
    )

    first = await _timely(worker.run(given, _Context(model)), f"{who}: run")
    _check_result(first, who)
    together = [worker.run(given, _Context(model)) for _ in range(2)]
    for again in await _timely(asyncio.gather(*together), f"{who}: run, twice side by side"):
        _check_result(again, who)
        same = (again.answer, again.failure) == (first.answer, first.failure)
        assert same, (
            f"{who}: it keeps state: the same assignment gave {first.answer!r}, then {again.answer!r}"
        )
    await _check_without_model(worker, given, model.info, who)
    await _check_interruptions(worker, given, model, who)


async def _check_without_model(worker: Worker, given: Assignment, info: ModelInfo, who: str) -> None:
    gone = _Gone(info)
    try:
        result = await _timely(worker.run(given, _Context(gone)), f"{who}: run without a model")
    except AgentkitError:
        return
    except Exception as error:
        raise AssertionError(
            f"{who}: an unreachable model made it raise {type(error).__name__}, which is no AgentkitError"
        ) from error
    _check_result(result, who)
    assert not (gone.asked and result.ok), (
        f"{who}: its model could not be reached, and still it gave an answer"
    )


async def _check_interruptions(worker: Worker, given: Assignment, model: ChatModel, who: str) -> None:
    context = _Context(_Hanging(model.info), person_hangs=True)
    running = asyncio.ensure_future(worker.run(given, context))
    waiting = asyncio.ensure_future(context.hanging.wait())
    await asyncio.wait({running, waiting}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not running.done():
        running.cancel()
        await asyncio.wait({running}, timeout=PATIENCE)
        assert running.done() and running.cancelled(), f"{who}: it goes on although it was cancelled"
    context = _Context(model, person_absent=True)
    try:
        await _timely(worker.run(given, context), f"{who}: run with nobody to answer")
    except _Absent:
        return
    assert not context.asked, f"{who}: it goes on although its question to a person has no answer yet"


async def check_planner(
    planner: Planner, *, model: ChatModel | None = None, request: PlanRequest | None = None
) -> None:
    """Check that a planner may be used by a coordinator.

    It gives a `Plan` or None, names only workers that are there, gives the same plan again for the same
    request, keeps finished subtasks as they were when it plans anew, and raises only agentkit's errors
    when its model is gone.

    `model` answers the same request the same way every time (an empty list of subtasks where not given).
    """
    model = model or FunctionModel(lambda _: '{"subtasks": []}')
    cards = (WorkerCard(name="reasoning", description="Does everything."),)
    wanted = request or PlanRequest(task=Task(goal="Say that it is done."), workers=cards)
    who = _check_names(planner, "planner")

    plan = await _timely(planner.plan(wanted, model), f"{who}: plan")
    _check_plan(plan, wanted, who)
    assert plan is not None, f"{who}: it has no plan for a new task"
    again = await _timely(planner.plan(wanted, model), f"{who}: plan, once more")
    assert again == plan, f"{who}: it keeps state: the same request gave another plan the second time"
    await _check_replanning(planner, wanted, plan, model, who)
    try:
        await _timely(planner.plan(wanted, _Gone(model.info)), f"{who}: plan without a model")
    except AgentkitError:
        return
    except Exception as error:
        raise AssertionError(
            f"{who}: an unreachable model made it raise {type(error).__name__}, which is no AgentkitError"
        ) from error


async def _check_replanning(
    planner: Planner, wanted: PlanRequest, plan: Plan, model: ChatModel, who: str
) -> None:
    done, lost = plan.by_id[plan.order[0]], plan.by_id[plan.order[-1]]
    finished = () if done is lost else (FinishedSubtask(id=done.id, goal=done.goal, answer="42"),)
    failure = Failure(kind="gave_up", message="it could not be done")
    failed = (FailedSubtask(subtask=lost, failure=failure, worker="reasoning"),)
    anew = wanted.model_copy(update={"plan": plan, "finished": finished, "failed": failed})
    try:
        newer = await _timely(planner.plan(anew, model), f"{who}: plan anew")
    except AgentkitError:
        return  # the check's model may have nothing else to offer
    _check_plan(newer, anew, who)
    if newer is None or not finished:
        return
    kept = newer.by_id.get(done.id)
    assert kept is None or kept.goal == done.goal, (
        f"{who}: it gave the finished subtask {done.id} another goal"
    )


def _check_plan(plan: object, request: PlanRequest, who: str) -> None:
    assert plan is None or isinstance(plan, Plan), f"{who}: it gave {type(plan).__name__}, not a Plan or None"
    if plan is not None:
        there = {card.name for card in request.workers}
        strangers = sorted({s.worker for s in plan.subtasks if s.worker is not None} - there)
        assert not strangers, f"{who}: it names workers who are not there: {', '.join(strangers)}"


async def check_environment(environment: Environment, actions: Sequence[Action], *, seed: int = 7) -> None:
    """Check that an environment can be acted in.

    It gives `Observation`s; the same seed and the same `actions` show the same; an action that it does
    not know is an observation that says so, and no exception; it can be closed twice.
    """
    who = f"environment {type(environment).__name__}"
    try:
        first = await _episode(environment, actions, seed, who)
        again = await _episode(environment, actions, seed, who)
        for number, (one, other) in enumerate(zip(first, again, strict=True)):
            moment = f"step {number}" if number else "reset"
            assert one == other, f"{who}: with the same seed and actions, {moment} showed something else"
        unknown = Action(name="no_such_action")
        try:
            seen = await _timely(environment.step(unknown), f"{who}: step")
        except Exception as error:
            raise AssertionError(f"{who}: an unknown action raised {type(error).__name__}") from error
        assert seen.is_error, f"{who}: an unknown action is not reported as an error"
    finally:
        await _timely(environment.close(), f"{who}: close")
    try:
        await _timely(environment.close(), f"{who}: close, once more")
    except Exception as error:
        raise AssertionError(f"{who}: closing it twice raised {type(error).__name__}") from error


async def _episode(
    environment: Environment, actions: Sequence[Action], seed: int, who: str
) -> list[Observation]:
    seen = [await _timely(environment.reset(seed), f"{who}: reset")]
    seen += [await _timely(environment.step(action), f"{who}: step") for action in actions]
    for observation in seen:
        kind = type(observation).__name__
        assert isinstance(observation, Observation), f"{who}: it showed a {kind}, not an Observation"
    return seen


def _check_names(thing: Worker | Planner, kind: str) -> str:
    name = getattr(thing, "name", None)
    assert isinstance(name, str) and name.strip(), f"{kind} {type(thing).__name__}: it has no name"
    return f"{kind} {name}"


def _check_result(result: object, who: str) -> None:
    kind = type(result).__name__
    assert isinstance(result, WorkerResult), f"{who}: it gave {kind}, not a WorkerResult"
    assert not result.ok or result.answer.strip(), f"{who}: it succeeded with an empty answer"
    assert result.failure is None or result.failure.message.strip(), f"{who}: it failed without saying why"


async def _timely(work: Awaitable[T], what: str) -> T:
    clock = asyncio.timeout(PATIENCE)
    try:
        async with clock:
            return await work
    except TimeoutError:
        if not clock.expired():
            raise
        raise AssertionError(f"{what} took longer than {PATIENCE:g} seconds") from None


class _Absent(BaseException):
    """What the engine raises through a worker while a person's answer is awaited is no `Exception` either."""


@dataclass
class _Context:
    """A worker's context without an engine: no tools, and one person."""

    model: ChatModel
    person_hangs: bool = False
    person_absent: bool = False
    asked: bool = False
    tools: tuple[ToolSpec, ...] = ()
    seconds_left: float | None = None
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        if isinstance(self.model, _Hanging):
            self.hanging = self.model.asked

    async def call_tools(self, calls: Sequence[ToolCall]) -> list[ToolOutcome]:
        """There are none, and saying so is an outcome."""
        return [ToolOutcome(call=c, text=f"there is no tool called {c.name!r}", is_error=True) for c in calls]

    async def ask_person(self, prompt: str, detail: str = "") -> str:
        """A person who says yes, unless they are not there."""
        self.asked = True
        if self.person_absent:
            raise _Absent
        if self.person_hangs:
            self.hanging.set()
            await _forever()
        return "yes"


class _Gone:
    """A model that cannot be reached."""

    def __init__(self, info: ModelInfo) -> None:
        self.info = info
        self.asked = False

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        self.asked = True
        raise ModelUnavailableError("nobody answers", model=self.info.name)


class _Hanging:
    """A model that never answers."""

    def __init__(self, info: ModelInfo) -> None:
        self.info = info
        self.asked = asyncio.Event()

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        self.asked.set()
        return await _forever()


async def _forever() -> NoReturn:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody resolves this future")
