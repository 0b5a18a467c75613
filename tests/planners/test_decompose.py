"""The planner that asks a model to split a task, or to leave it whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from agentkit.errors import ModelUnavailableError, OutputError
from agentkit.plan import Plan, Subtask
from agentkit.planners.decompose import DecomposePlanner
from agentkit.protocols import FailedSubtask, FinishedSubtask, PlanRequest, WorkerCard
from agentkit.result import Failure
from agentkit.task import Task
from agentkit.testing import ScriptedModel

CARDS = (
    WorkerCard(name="reader", description="Reads files."),
    WorkerCard(name="clerk", description="Writes letters."),
)
REQUEST = PlanRequest(task=Task(goal="answer the post"), workers=CARDS, files="post.csv: 7 rows")


def draft(*pieces: tuple[str, Sequence[str]]) -> str:
    return json.dumps(
        {"subtasks": [{"id": i, "goal": f"do {i}", "needs": list(n), "expects": f"{i}'s"} for i, n in pieces]}
    )


async def plan(*answers: Any, request: PlanRequest = REQUEST, **options: Any) -> tuple[Plan, ScriptedModel]:
    model = ScriptedModel(answers)
    made = await DecomposePlanner(**options).plan(request, model)
    assert made is not None
    assert model.left == 0
    return made, model


async def test_a_task_that_needs_no_splitting_stays_whole() -> None:
    made, model = await plan(draft())
    assert made.subtasks == (Subtask(id="task", goal="answer the post"),)
    assert model.requests[0].stage == "plan"


async def test_the_model_knows_the_task_the_files_and_of_the_workers_only_their_cards() -> None:
    _, model = await plan(draft(), max_subtasks=5)
    system, user = (m.content for m in model.requests[0].messages)
    assert "- reader: Reads files.\n- clerk: Writes letters." in system
    assert "at most 5 subtasks" in system
    assert "{" not in system
    assert "Task: answer the post" in user
    assert "post.csv: 7 rows" in user


async def test_a_split_becomes_a_plan() -> None:
    made, _ = await plan(draft(("read", ()), ("sort", ()), ("write", ("read", "sort"))))
    assert made.by_id["write"] == Subtask(
        id="write", goal="do write", expects="write's", needs=("read", "sort")
    )
    assert made.terminals == ("write",)


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (draft(("a", ("b",)), ("b", ("a",))), "in a circle"),
        (draft(("a", ("a",))), "in a circle"),
        (draft(("a", ("ghost",))), "needs ghost, which the plan does not have"),
        (draft(("a", ()), ("a", ())), "used twice: a"),
        (draft(*((f"s{n}", ()) for n in range(4))), "4 subtasks are too many (at most 3)"),
        ('{"subtasks": [{"id": "", "goal": "x", "needs": [], "expects": ""}]}', "id"),
        ("I would begin with the letters.", "JSON"),
    ],
)
async def test_a_bad_draft_goes_back_to_the_model_with_what_is_wrong(bad: str, complaint: str) -> None:
    made, model = await plan(bad, draft(("a", ())), max_subtasks=3)
    assert [s.id for s in made.subtasks] == ["a"]
    assert complaint in model.requests[1].messages[-1].content


async def test_a_model_that_never_makes_a_plan_is_an_error() -> None:
    with pytest.raises(OutputError, match="plan"):
        await plan(*["nonsense"] * 3)


async def test_a_model_that_is_gone_is_its_own_error() -> None:
    with pytest.raises(ModelUnavailableError):
        await plan(ModelUnavailableError("down"))


OLD = Plan(
    subtasks=(
        Subtask(id="read", goal="read it", needs=()),
        Subtask(id="odd", goal="odd one", needs=("read",)),
        Subtask(id="done", goal="done late", needs=("read", "odd")),
        Subtask(id="end", goal="end it", needs=("done",)),
    )
)
AGAIN = REQUEST.model_copy(
    update={
        "plan": OLD,
        "finished": (
            FinishedSubtask(id="read", goal="read it", answer="7 letters"),
            FinishedSubtask(id="done", goal="done late", answer="sorted"),
        ),
        "failed": (
            FailedSubtask(subtask=OLD.by_id["odd"], failure=Failure(kind="gave_up", message="no stamp")),
        ),
    }
)


async def test_planning_anew_keeps_what_is_finished_and_lets_the_rest_build_on_it() -> None:
    made, model = await plan(draft(("other", ("read",)), ("end", ("other", "done"))), request=AGAIN)
    assert [s.id for s in made.subtasks] == ["read", "done", "other", "end"]
    assert made.by_id["read"] == OLD.by_id["read"]
    assert made.by_id["done"].needs == ("read",)  # it needed something that is no longer there
    words = model.requests[0].messages[1].content
    assert "Finished [read] read it\n7 letters" in words
    assert "Failed [odd] odd one\nWhy: no stamp" in words


@pytest.mark.parametrize("bad", [draft(), draft(("read", ())), draft(("x", ("odd",)))])
async def test_a_new_plan_must_have_something_new_and_not_reuse_what_is_gone(bad: str) -> None:
    made, model = await plan(bad, draft(("x", ("read",))), request=AGAIN)
    assert "x" in made.by_id
    assert len(model.requests) == 2


async def test_a_wish_is_told_with_the_plan_that_it_is_about() -> None:
    wish = REQUEST.model_copy(update={"plan": OLD, "feedback": "without the odd one"})
    made, model = await plan(draft(("a", ())), request=wish)
    assert [s.id for s in made.subtasks] == ["a"]
    words = model.requests[0].messages[1].content
    assert "Plan so far [odd] odd one" in words
    assert "What must be different: without the odd one" in words


async def test_a_wish_may_be_to_leave_it_whole() -> None:
    wish = REQUEST.model_copy(update={"plan": OLD, "feedback": "in one piece"})
    made, _ = await plan(draft(), request=wish)
    assert [s.id for s in made.subtasks] == ["task"]


@pytest.mark.parametrize(
    ("pieces", "stays"),
    [
        ((("read", ()), ("count", ("read",)), ("write", ("count",))), True),
        ((("a", ()),), True),
        ((("a", ()), ("b", ()), ("both", ("a", "b"))), False),
    ],
)
async def test_steps_that_one_worker_would_take_one_after_the_other_are_no_plan(
    pieces: Sequence[tuple[str, Sequence[str]]], stays: bool
) -> None:
    alone = REQUEST.model_copy(update={"workers": CARDS[:1]})
    made, _ = await plan(draft(*pieces), request=alone)
    assert (made.subtasks == (Subtask(id="task", goal="answer the post"),)) == stays


async def test_steps_stay_where_somebody_asked_for_them_or_several_share_them() -> None:
    steps = draft(("read", ()), ("write", ("read",)))
    shared, _ = await plan(steps)
    wished = REQUEST.model_copy(update={"workers": CARDS[:1], "feedback": "in two steps, please"})
    asked_for, _ = await plan(steps, request=wished)
    assert len(shared.subtasks) == len(asked_for.subtasks) == 2


# Where the team's one worker tells by itself


ON_DEMAND = REQUEST.model_copy(update={"workers": CARDS[:1], "on_demand": True})


async def test_a_worker_that_can_tell_by_itself_gets_the_task_whole_without_a_call() -> None:
    assert DecomposePlanner.leaves_splitting
    made, model = await plan(request=ON_DEMAND)
    assert made.subtasks == (Subtask(id="task", goal="answer the post"),)
    assert model.requests == []


async def test_nothing_is_left_to_a_worker_that_nobody_said_can_tell() -> None:
    assert not REQUEST.on_demand
    _, model = await plan(draft(), request=ON_DEMAND.model_copy(update={"on_demand": False}))
    assert len(model.requests) == 1


async def test_after_a_failure_the_model_is_asked_all_the_same() -> None:
    again = AGAIN.model_copy(update={"workers": CARDS[:1], "on_demand": True})
    made, model = await plan(draft(("other", ("read",))), request=again)
    assert [s.id for s in made.subtasks] == ["read", "done", "other"]
    assert "Failed [odd] odd one" in model.requests[0].messages[1].content


async def test_a_wish_for_parts_is_put_to_the_model_too() -> None:
    wish = ON_DEMAND.model_copy(update={"feedback": "split it"})
    made, _ = await plan(draft(("a", ()), ("b", ())), request=wish)
    assert [s.id for s in made.subtasks] == ["a", "b"]
