"""The conformance checks let through what keeps its obligations, and name the one that is broken."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from agentkit.errors import ModelUnavailableError
from agentkit.messages import ChatRequest, Message
from agentkit.plan import Plan, Subtask
from agentkit.planners.decompose import DecomposePlanner
from agentkit.planners.fixed import FixedPlanner
from agentkit.protocols import Assignment, ChatModel, PlanRequest, WorkerContext
from agentkit.result import Failure, WorkerResult
from agentkit.testing import FunctionWorker, check_environment, check_planner, check_worker
from agentkit.trajectory import Action, Observation
from agentkit.workers.human import HumanWorker
from agentkit.workers.reasoning import ReasoningWorker

ASKED = ChatRequest(messages=(Message(role="user", content="well?"),))


@pytest.mark.parametrize("worker", [ReasoningWorker(tools=()), HumanWorker()], ids=lambda w: w.name)
async def test_our_workers_keep_their_obligations(worker: Any) -> None:
    await check_worker(worker)


@pytest.mark.parametrize("planner", [DecomposePlanner(), FixedPlanner()], ids=lambda p: p.name)
async def test_our_planners_keep_their_obligations(planner: Any) -> None:
    await check_planner(planner)


def counting() -> Callable[..., str]:
    numbers = itertools.count()
    return lambda *_: f"answer {next(numbers)}"


async def swallows_errors(assignment: Assignment, context: WorkerContext) -> str:
    try:
        return (await context.model.complete(ASKED)).text
    except ModelUnavailableError:
        return "I made this up."


async def raises_its_own(assignment: Assignment, context: WorkerContext) -> str:
    try:
        return (await context.model.complete(ASKED)).text
    except ModelUnavailableError as error:
        raise OSError("no network") from error


async def ignores_cancellation(assignment: Assignment, context: WorkerContext) -> str:
    try:
        return (await context.model.complete(ASKED)).text
    except asyncio.CancelledError:
        return "I went on."


async def ignores_absence(assignment: Assignment, context: WorkerContext) -> str:
    try:
        return await context.ask_person("may I?")
    except asyncio.CancelledError:
        raise
    except BaseException:
        return "I took it for a yes."


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (lambda *_: WorkerResult(answer=" "), "succeeded with an empty answer"),
        (lambda *_: Failure(kind="error", message=""), "failed without saying why"),
        (counting(), "it keeps state"),
        (swallows_errors, "could not be reached, and still it gave an answer"),
        (raises_its_own, "raise OSError, which is no AgentkitError"),
        (ignores_cancellation, "goes on although it was cancelled"),
        (ignores_absence, "its question to a person has no answer yet"),
    ],
)
async def test_a_worker_that_breaks_an_obligation_is_told_which(function: Any, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        await check_worker(FunctionWorker(function, name="odd"))


async def test_a_worker_needs_a_name_a_description_and_a_result() -> None:
    with pytest.raises(AssertionError, match="has no name"):
        await check_worker(FunctionWorker(lambda *_: "x", name=""))
    with pytest.raises(AssertionError, match="worker x: its description is empty"):
        await check_worker(FunctionWorker(lambda *_: "x", name="x", description=""))

    class GivesText:
        name = "text"
        description = "Gives a bare text."

        async def run(self, assignment: Assignment, context: WorkerContext) -> Any:
            return "text"

    with pytest.raises(AssertionError, match="gave str, not a WorkerResult"):
        await check_worker(GivesText())


class OddPlanner:
    """Does what a function says."""

    name = "odd"

    def __init__(self, function: Callable[[PlanRequest], Any]) -> None:
        self._function = function

    async def plan(self, request: PlanRequest, model: ChatModel) -> Any:
        return self._function(request)


def pieces(*goals: str, worker: str | None = None) -> Plan:
    return Plan(subtasks=tuple(Subtask(id=f"s{n}", goal=g, worker=worker) for n, g in enumerate(goals)))


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (lambda _: None, "has no plan for a new task"),
        (lambda _: ["a"], "gave list, not a Plan"),
        (lambda _: pieces("a", worker="nobody"), "workers who are not there: nobody"),
        (lambda request: pieces("other", "b") if request.plan else pieces("a", "b"), "finished subtask s0"),
    ],
)
async def test_a_planner_that_breaks_an_obligation_is_told_which(function: Any, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        await check_planner(OddPlanner(function))


async def test_a_planner_must_not_keep_state() -> None:
    numbers = itertools.count()
    with pytest.raises(AssertionError, match="it keeps state"):
        await check_planner(OddPlanner(lambda _: pieces(f"goal {next(numbers)}")))


class Corridor:
    """A corridor of three rooms."""

    def __init__(self, *, moody: bool = False, strict: bool = False, fragile: bool = False) -> None:
        self._room = 0
        self._moody, self._strict, self._fragile = moody, strict, fragile
        self._moods = itertools.count()
        self._closed = False

    async def reset(self, seed: int | None = None) -> Observation:
        self._room = (seed or 0) % 3
        return self._look()

    async def step(self, action: Action) -> Observation:
        if action.name != "go":
            if self._strict:
                raise KeyError(action.name)
            return Observation(text="there is no such action", is_error=True)
        self._room += int(action.arguments["by"])
        return self._look()

    async def close(self) -> None:
        if self._closed and self._fragile:
            raise RuntimeError("closed already")
        self._closed = True

    def _look(self) -> Observation:
        mood = f", mood {next(self._moods)}" if self._moody else ""
        return Observation(text=f"room {self._room}{mood}")


WALK = (Action(name="go", arguments={"by": 1}), Action(name="go", arguments={"by": -1}))


async def test_an_environment_that_keeps_its_obligations_is_let_through() -> None:
    await check_environment(Corridor(), WALK)


@pytest.mark.parametrize(
    ("corridor", "complaint"),
    [
        (Corridor(moody=True), "with the same seed and actions, reset showed something else"),
        (Corridor(strict=True), "an unknown action raised KeyError"),
        (Corridor(fragile=True), "closing it twice raised RuntimeError"),
    ],
)
async def test_an_environment_that_breaks_an_obligation_is_told_which(
    corridor: Corridor, complaint: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        await check_environment(corridor, WALK)
