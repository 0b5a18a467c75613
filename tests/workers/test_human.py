"""The worker that is a person."""

from __future__ import annotations

from typing import Any, cast

import pytest

from agentkit.plan import Subtask
from agentkit.protocols import Assignment, FinishedSubtask, WorkerContext
from agentkit.workers.human import HumanWorker


class Person:
    """A context with somebody who says the same to everything."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.heard: list[tuple[str, str]] = []

    async def ask_person(self, prompt: str, detail: str = "") -> str:
        self.heard.append((prompt, detail))
        return self.answer


GIVEN = Assignment(
    goal="plan the trip",
    subtask=Subtask(id="s", goal="choose a hotel", expects="a name"),
    inputs=(FinishedSubtask(id="city", goal="choose a city", answer="Rome"),),
)


async def ask(answer: str, given: Assignment = GIVEN) -> tuple[Any, Person]:
    person = Person(answer)
    return await HumanWorker().run(given, cast(WorkerContext, person)), person


async def test_a_person_is_told_what_is_wanted_and_what_is_known() -> None:
    result, person = await ask(" Hotel Roma \n")
    assert (result.ok, result.answer, result.steps) == (True, "Hotel Roma", 1)
    ((prompt, detail),) = person.heard
    assert prompt == "choose a hotel"
    assert "part of: plan the trip" in detail
    assert "Wanted: a name" in detail
    assert "[city] Rome" in detail


async def test_a_person_is_told_what_was_wrong_with_their_last_answer() -> None:
    _, person = await ask("x", GIVEN.model_copy(update={"feedback": "it has closed"}))
    assert "it has closed" in person.heard[0][1]


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        ("", "bad_output", "the answer is empty"),
        ("  ", "bad_output", "the answer is empty"),
        ("cannot: all are full", "gave_up", "all are full"),
        ("Cannot:", "gave_up", "no reason given"),
    ],
)
async def test_a_person_may_fail_too(answer: str, kind: str, message: str) -> None:
    result, _ = await ask(answer)
    assert (result.failure.kind, result.failure.message) == (kind, message)
