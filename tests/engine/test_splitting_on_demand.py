"""A lone worker may have its task done in parts, and so nobody is asked for a plan first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agentkit.budget import Budget
from agentkit.engine.workforce import Workforce
from agentkit.events import PlanRevised
from agentkit.messages import ChatRequest
from agentkit.plan import Subtask
from agentkit.result import Question, WorkerResult
from agentkit.testing import FunctionModel, FunctionWorker
from agentkit.workers.reasoning import ReasoningWorker
from tests.engine.conftest import Heard
from tests.engine.scripted_teams import (
    Everything,
    by_stage,
    by_subtask,
    fails,
    part,
    piece,
    plan_text,
    prompts,
    recoveries,
    stages,
    turn,
)

Words = str | BaseModel | Callable[[str], Any]

FAN = (("a", ()), ("b", ()), ("end", ("a", "b")))
"""Two parts side by side, and one that combines them."""


def offered(request: ChatRequest) -> bool:
    """Whether a worker's model may propose parts."""
    return "- split_task(" in request.messages[0].content


def splitter(pieces: Sequence[tuple[str, Sequence[str]]] = FAN, **words: Words) -> FunctionModel:
    """A model that splits a task where it may, and does the rest as `by_stage` says."""

    def speak(request: ChatRequest) -> Any:
        if offered(request):
            return turn("", ("split_task", {"parts": json.loads(plan_text(*pieces))["subtasks"]}))
        said = words[request.stage]
        return said(request.messages[-1].content) if callable(said) else said

    return FunctionModel(speak)


def piecework(prompt: str) -> str:
    return turn(f"{part(prompt)} done")


async def test_a_worker_may_have_its_task_done_in_parts_without_a_call_of_the_planner(
    home: Path, heard: Heard
) -> None:
    model = splitter(work=piecework)
    result = await Workforce(model=model, home=home).run("THE GOAL", on_event=heard)
    assert (result.status, result.answer, result.replans) == ("answered", "end done", 0)
    assert {i: r.answer for i, r in result.results.items()} == {
        "task.a": "a done",
        "task.b": "b done",
        "task.end": "end done",
    }
    assert result.plan is not None
    assert result.plan.by_id["task.end"] == Subtask(
        id="task.end", goal="do end", expects="end's", needs=("task.a", "task.b")
    )
    assert recoveries(heard) == [("task", "split")]
    (revised,) = [e for e in heard if isinstance(e, PlanRevised)]
    assert (revised.reason, revised.plan) == ("task was split", result.plan)


async def test_its_first_turn_counts_among_the_costs(home: Path) -> None:
    model = splitter(work=piecework)
    result = await Workforce(model=model, home=home).run("x")
    assert stages(model) == ["work"] * 4
    assert {stage: usage.calls for stage, usage in result.stages.items()} == {"work": 4}
    assert result.usage.calls == 4
    assert sum(r.usage.calls for r in result.results.values()) == 3


async def test_pieces_are_told_the_whole_and_their_part_and_cannot_split_again(home: Path) -> None:
    model = splitter(work=piecework)
    await Workforce(model=model, home=home).run("THE GOAL")
    assert [offered(r) for r in model.requests] == [True, False, False, False]
    whole, *pieces, last = prompts(model, "work")
    assert "Task: THE GOAL" in whole
    assert all("THE GOAL" in p and "Your result must contain: " in p for p in pieces)
    assert "Task: THE GOAL\n\nOf the task, this last step is left: do end" in last
    assert "Result [task.a] do a\na done" in last
    assert "Result [task.b] do b\nb done" in last


async def test_parts_that_do_not_need_each_other_go_on_side_by_side(home: Path) -> None:
    both = asyncio.Barrier(2)

    async def together(prompt: str) -> str:
        if part(prompt) != "end":
            await asyncio.wait_for(both.wait(), 10)
        return piecework(prompt)

    result = await Workforce(model=splitter(work=together), home=home).run("x")
    assert (result.status, result.answer) == ("answered", "end done")


async def test_a_proposal_is_no_answer_that_a_verifier_would_see(home: Path) -> None:
    verifier = Everything()
    await Workforce(model=splitter(work=piecework), home=home, verifier=verifier).run("x")
    assert sorted(verifier.asked) == ["task.a", "task.b", "task.end"]


async def test_after_a_failed_part_the_planner_plans_what_is_left(home: Path, heard: Heard) -> None:
    def act(prompt: str) -> str:
        return turn(give_up="no stamps") if part(prompt) == "a" else piecework(prompt)

    again = plan_text(("other", ()), ("end", ("other", "task.b")))
    model = splitter(work=act, plan=again)
    result = await Workforce(model=model, home=home).run("x", on_event=heard)
    assert (result.status, result.answer, result.replans) == ("answered", "end done", 1)
    assert recoveries(heard) == [("task", "split"), ("task.a", "replan")]
    (asked,) = prompts(model, "plan")
    assert "Finished [task.b] do b\nb done" in asked
    assert "Failed [task.a] do a\nWhy: no stamps" in asked
    assert list(result.results) == ["task.b", "other", "end"]
    assert sum(offered(r) for r in model.requests) == 1


async def test_a_piece_that_is_tried_again_alone_cannot_split_either(home: Path) -> None:
    tries = iter(["no stamps", "no stamps", ""])

    def act(prompt: str) -> str:
        why = next(tries)
        return turn(give_up=why) if why else turn("a done")

    model = splitter(work=act, plan=plan_text(("task.a", ())))
    result = await Workforce(model=model, home=home).run("x")
    assert (result.status, result.answer, result.replans) == ("answered", "a done", 1)
    assert sum(offered(r) for r in model.requests) == 1


async def test_a_task_that_was_not_split_and_was_too_much_is_split_by_the_planner(
    home: Path, heard: Heard
) -> None:
    def speak(request: ChatRequest) -> str:
        if request.stage == "plan":
            return plan_text(*FAN)
        if offered(request):
            return turn("", ("calculate", {"expression": f"{len(request.messages)} + 1"}))
        return piecework(request.messages[-1].content)

    model = FunctionModel(speak)
    team = Workforce([ReasoningWorker(max_steps=3)], model=model, home=home)
    result = await team.run("x", on_event=heard)
    assert (result.status, result.answer) == ("answered", "end done")
    assert recoveries(heard) == [("task", "split")]
    assert stages(model) == [*["work"] * 3, "plan", *["work"] * 3]
    assert "no answer within 3 turns" in prompts(model, "plan")[0]


async def says_yes(question: Question) -> str | None:
    return "yes"


@pytest.mark.parametrize("case", ["approval", "two workers"])
async def test_where_a_person_wants_to_see_the_plan_or_several_share_it_the_planner_plans_first(
    home: Path, case: str
) -> None:
    model = splitter(plan=plan_text(*FAN), assign='{"assignments": []}', work=piecework)
    workers = [ReasoningWorker()] if case == "approval" else [ReasoningWorker(), ReasoningWorker("other")]
    team = Workforce(workers, model=model, home=home, approve_plan=case == "approval", answer=says_yes)
    result = await team.run("x")
    assert (result.status, result.answer) == ("answered", "end done")
    assert list(result.results) == ["a", "b", "end"]
    assert stages(model)[0] == "plan"
    assert not any(offered(r) for r in model.requests)


@pytest.mark.parametrize("planner", ["fixed", "whole"])
async def test_where_the_planner_does_not_leave_it_to_the_worker_it_is_not_offered(
    home: Path, planner: str
) -> None:
    model = splitter(work=turn("42"))
    assert (await Workforce(planner=planner, model=model, home=home).run("x")).answer == "42"
    assert [offered(r) for r in model.requests] == [False]


async def test_a_run_that_was_interrupted_after_the_split_is_not_split_anew(home: Path) -> None:
    broken = True

    def act(prompt: str) -> str:
        if part(prompt) == "b" and broken:
            raise RuntimeError("the power is off")
        return piecework(prompt)

    model = splitter(work=act)
    team = Workforce(model=model, home=home)
    with pytest.raises(RuntimeError):
        await team.run("x", run_id="cut-off")
    broken = False
    other = splitter([("c", ()), ("d", ()), ("end", ("c", "d"))], work=act)
    result = await team.resume("cut-off", model=other)
    assert (result.status, result.answer, result.usage.calls) == ("answered", "end done", 4)
    assert list(result.results) == ["task.a", "task.b", "task.end"]
    assert not any(offered(r) for r in other.requests)


async def test_a_larger_budget_goes_on_with_the_parts_of_a_smaller(home: Path) -> None:
    model = splitter(work=piecework)
    team = Workforce(model=model, home=home)
    first = await team.run("x", budget=Budget(calls=1))
    assert (first.status, first.usage.calls) == ("failed", 1)
    assert first.failure is not None
    assert first.failure.kind == "budget"
    result = await team.resume(first.run_id, budget=Budget(calls=9))
    assert (result.status, result.answer, result.usage.calls) == ("answered", "end done", 4)
    assert len(model.requests) == 4


class Splitting(FunctionWorker):
    """A worker of somebody else's that may propose parts."""

    splits = True


def divided(*parts: Subtask) -> WorkerResult:
    return WorkerResult(failure=fails("divided", "in parts, please"), parts=parts, steps=1)


def splitting(task: WorkerResult | list[Any], **answers: Any) -> Splitting:
    """One that does this with the task, and otherwise answers as `by_subtask` does."""
    return Splitting(by_subtask({"task": task} | answers))


async def test_any_worker_that_says_so_may_split(home: Path) -> None:
    worker = splitting(divided(piece("a"), piece("b"), piece("end", "a", "b")))
    result = await Workforce([worker], model=by_stage(), home=home).run("x")
    assert (result.status, result.answer) == ("answered", "task.end done")
    told = {a.subtask.id: (a.may_split, a.final) for a in worker.assignments}
    assert told == {
        "task": (True, True),
        "task.a": (False, False),
        "task.b": (False, False),
        "task.end": (False, True),
    }


async def test_it_may_also_split_when_it_is_sent_back_to_the_task(home: Path, heard: Heard) -> None:
    parts = divided(piece("a"), piece("b"), piece("end", "a", "b"))
    worker = splitting([fails("bad_output", "odd commas"), parts])
    result = await Workforce([worker], model=by_stage(), home=home).run("x", on_event=heard)
    assert result.status == "answered"
    assert recoveries(heard) == [("task", "retry"), ("task", "split")]
    assert [a.may_split for a in worker.assignments] == [True, True, False, False, False]


async def test_who_wants_parts_and_names_none_gets_the_planner_s(home: Path) -> None:
    model = by_stage(plan=plan_text(*FAN))
    worker = splitting(divided())
    result = await Workforce([worker], model=model, home=home).run("x")
    assert (result.status, result.answer) == ("answered", "task.end done")
    (asked,) = prompts(model, "plan")
    assert "in parts, please" in asked


@pytest.mark.parametrize(
    "parts",
    [
        (piece("a"),),
        (piece("a", "b"), piece("b", "a")),
        (piece("a"), piece("a")),
        (piece("a" * 64), piece("b")),
    ],
    ids=["one", "a circle", "twins", "too long a name"],
)
async def test_parts_that_are_no_plan_make_the_planner_plan_anew(
    home: Path, heard: Heard, parts: tuple[Subtask, ...]
) -> None:
    model = by_stage(plan=plan_text(("other", ())))
    worker = splitting(divided(*parts))
    result = await Workforce([worker], model=model, home=home).run("x", on_event=heard)
    assert (result.status, result.answer, result.replans) == ("answered", "other done", 1)
    assert "Why: in parts, please" in prompts(model, "plan")[0]


async def test_a_piece_that_wants_parts_as_well_is_planned_anew(home: Path, heard: Heard) -> None:
    parts = divided(piece("a"), piece("b"), piece("end", "a", "b"))
    worker = splitting(parts, **{"task.a": parts})
    model = by_stage(plan=plan_text(("other", ("task.b",))))
    result = await Workforce([worker], model=model, home=home).run("x", on_event=heard)
    assert (result.status, result.answer) == ("answered", "other done")
    assert recoveries(heard) == [("task", "split"), ("task.a", "replan")]
