"""What the coordinator does with a plan: who gets what, in which order, and what follows a failure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agentkit.budget import Budget
from agentkit.engine.workforce import Workforce
from agentkit.errors import (
    ModelRefusedError,
    ModelUnavailableError,
    OutputError,
    PlanError,
    UsageError,
)
from agentkit.events import PlanRevised, RecoveryChosen, SubtaskAssigned, SubtaskFinished, SubtaskStarted
from agentkit.messages import ChatRequest, Completion
from agentkit.plan import Plan, Subtask
from agentkit.protocols import Assignment, ChatModel, PlanRequest, Verdict, Worker, WorkerContext
from agentkit.result import FailureKind, WorkerResult
from agentkit.testing import FunctionModel, FunctionWorker, ScriptedModel
from agentkit.workers.human import HumanWorker
from agentkit.workers.reasoning import ReasoningWorker
from tests.engine.conftest import Heard
from tests.engine.scripted_teams import (
    COMPOSER,
    by_stage,
    does,
    fails,
    joined,
    part,
    piece,
    plan_text,
    prompts,
    recoveries,
    stages,
    turn,
)

Words = str | BaseModel | Callable[[str], Any]

# A task in one piece


async def test_a_task_in_one_piece_costs_no_call_but_its_worker_s(home: Path, heard: Heard) -> None:
    model = by_stage(work=turn("42"))
    result = await Workforce(model=model, home=home).run("what is it?", on_event=heard)
    assert (result.status, result.answer, result.output) == ("answered", "42", "42")
    assert stages(model) == ["work"]
    assert (result.usage.calls, list(result.stages)) == (1, ["work"])
    told = [kind for kind in heard.kinds() if kind != "token_delta"]
    assert told == [
        *("run_started", "plan_made", "subtask_started", "model_called"),
        *("subtask_finished", "run_finished"),
    ]


async def test_with_a_worker_that_cannot_tell_by_itself_the_planner_is_asked_and_nobody_else(
    home: Path,
) -> None:
    model = by_stage(plan='{"subtasks": []}')
    result = await Workforce([does(task="42")], model=model, home=home).run("what is it?")
    assert (result.status, result.answer, result.output) == ("answered", "42", "42")
    assert stages(model) == ["plan"]


async def test_in_one_piece_the_worker_is_told_the_task_itself(home: Path) -> None:
    model = by_stage(work="42")
    await Workforce(model=model, planner="fixed", home=home).run("what is it, as a number?")
    assert "Task: what is it, as a number?" in prompts(model, "work")[0]


async def test_one_subtask_that_is_not_the_task_is_told_as_it_stands(home: Path) -> None:
    model = by_stage(work="42")
    team = Workforce(
        [ReasoningWorker(tools=())], planner=[Subtask(id="a", goal="use an abacus")], model=model, home=home
    )
    assert (await team.run("what is it?")).answer == "42"
    assert "use an abacus" in prompts(model, "work")[0]


class Total(BaseModel):
    total: int


@pytest.mark.parametrize(
    ("output_type", "said", "value"),
    [(Total, '{"total": 3}', Total(total=3)), (list[int], "[1, 2]", [1, 2]), (int, "7", 7)],
)
async def test_in_one_piece_an_answer_of_the_wanted_type_is_taken_as_it_is(
    home: Path, output_type: Any, said: str, value: Any
) -> None:
    model = by_stage(work=said)
    team = Workforce(
        [ReasoningWorker(tools=())], planner="fixed", model=model, home=home, output_type=output_type
    )
    result = await team.run("add up")
    assert (result.output, result.answer) == (value, said)
    assert stages(model) == ["work"]
    assert (await team.resume(result.run_id)).output == value


async def test_an_answer_of_another_form_is_brought_into_the_wanted_type(home: Path) -> None:
    model = by_stage(work="the total is three", compose='{"total": 3}')
    team = Workforce([ReasoningWorker(tools=())], planner="fixed", model=model, home=home, output_type=Total)
    result = await team.run("add up")
    assert (result.status, result.output, result.answer) == ("answered", Total(total=3), '{"total":3}')
    assert stages(model) == ["work", "compose"]


async def test_the_last_of_several_gives_the_answer_without_another_call(home: Path) -> None:
    worker = does(b="42")
    team = Workforce(
        [worker], planner=[piece("a"), piece("b", "a")], model=by_stage(), home=home, output_type=int
    )
    result = await team.run("what is it?")
    assert (result.status, result.answer, result.output) == ("answered", "42", 42)
    assert {a.subtask.id: a.final for a in worker.assignments} == {"a": False, "b": True}


async def test_where_several_come_last_the_answer_is_composed(home: Path) -> None:
    model, worker = by_stage(**COMPOSER), does()
    result = await Workforce([worker], planner=[piece("a"), piece("b")], model=model, home=home).run("x")
    assert (result.status, result.answer) == ("answered", "a done + b done")
    assert not any(a.final for a in worker.assignments)


# Who does what


async def test_two_workers_are_assigned_in_one_call_and_a_name_that_nobody_has_falls_back(
    home: Path, heard: Heard
) -> None:
    choices = [("a", "second"), ("b", "nobody"), ("c", "first"), ("elsewhere", "second")]
    said = json.dumps({"assignments": [{"subtask": s, "worker": w} for s, w in choices]})
    model = by_stage(assign=said, **COMPOSER)
    first, second = does("first"), does("second")
    team = Workforce(
        [first, second], planner=[piece("a"), piece("b"), piece("c")], model=model, home=home, on_event=heard
    )
    result = await team.run("everything")
    assert result.status == "answered"
    assert stages(model) == ["assign", "compose"]
    assert "Is second." in model.requests[0].messages[0].content
    assert sorted(a.subtask.id for a in first.assignments) == ["b", "c"]
    assert [a.subtask.id for a in second.assignments] == ["a"]
    told = {e.subtask: e.worker for e in heard if isinstance(e, SubtaskAssigned)}
    assert told == {"a": "second", "b": "first", "c": "first"}


async def test_nobody_is_asked_who_does_what_where_the_plan_says_so(home: Path) -> None:
    model = by_stage(**COMPOSER)
    first, second = does("first"), does("second")
    pieces = [piece("a", worker="second"), piece("b", worker="first")]
    await Workforce([first, second], planner=pieces, model=model, home=home).run("everything")
    assert stages(model) == ["compose"]
    assert [a.subtask.id for a in second.assignments] == ["a"]


async def test_a_model_that_cannot_choose_leaves_the_work_to_the_first(home: Path) -> None:
    model = by_stage(assign="whoever likes to", **COMPOSER)
    first, second = does("first"), does("second")
    result = await Workforce([first, second], planner=[piece("a"), piece("b")], model=model, home=home).run(
        "x"
    )
    assert result.status == "answered"
    assert len(first.assignments) == 2


async def test_a_plan_that_names_somebody_who_is_not_there_is_an_error(home: Path) -> None:
    team = Workforce([does()], planner=[piece("a", worker="ghost")], model=by_stage(), home=home)
    with pytest.raises(PlanError, match=r"subtask a is for 'ghost'.*doer"):
        await team.run("x")


def test_workers_of_a_team_need_names_of_their_own() -> None:
    with pytest.raises(UsageError, match="names of their own"):
        Workforce([does("twin"), does("twin")])
    with pytest.raises(UsageError):
        Workforce([])


# Order


async def test_a_slow_subtask_holds_up_only_what_needs_it(home: Path, heard: Heard) -> None:
    async def act(assignment: Assignment, _: WorkerContext) -> str:
        await asyncio.sleep(1.0 if assignment.subtask.id == "slow" else 0.02)
        return "done"

    chain = [piece("c1"), piece("c2", "c1"), piece("c3", "c2"), piece("c4", "c3")]
    pieces = [piece("slow"), piece("after", "slow"), *chain]
    model = by_stage(compose="all")
    team = Workforce([FunctionWorker(act)], planner=pieces, model=model, home=home, on_event=heard)
    assert (await team.run("x")).status == "answered"
    ended = [e.subtask for e in heard if isinstance(e, SubtaskFinished)]
    assert ended.index("c4") < ended.index("slow") < ended.index("after")
    began = {e.subtask: e.at for e in heard if isinstance(e, SubtaskStarted)}
    over = {e.subtask: e.at for e in heard if isinstance(e, SubtaskFinished)}
    assert all(began[s.id] >= over[need] for s in pieces for need in s.needs)


async def test_no_more_than_allowed_run_at_a_time(home: Path) -> None:
    now = most = 0

    async def act(assignment: Assignment, _: WorkerContext) -> str:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.02)
        now -= 1
        return "done"

    model = by_stage(compose="all")
    pieces = [piece(f"s{n}") for n in range(9)] + [piece("end", *(f"s{n}" for n in range(9)))]
    result = await Workforce([FunctionWorker(act)], planner=pieces, model=model, home=home, parallel=3).run(
        "x"
    )
    assert result.status == "answered"
    assert most == 3


async def test_a_worker_is_told_its_part_and_the_results_that_it_needs_and_no_others(home: Path) -> None:
    def speak(prompt: str) -> str:
        return f"SECRET-{part(prompt)}"

    model = by_stage(work=speak, compose="all")
    pieces = [piece("a"), piece("b"), piece("c", "a", expects="a sum"), piece("d", "b", "c")]
    await Workforce([ReasoningWorker(tools=())], planner=pieces, model=model, home=home).run("THE GOAL")
    told = {part(p): p for p in prompts(model, "work")}
    assert all("THE GOAL" in prompt for prompt in told.values())
    assert "SECRET" not in told["a"] + told["b"]
    assert "SECRET-a" in told["c"]
    assert "SECRET-b" not in told["c"]
    assert "a sum" in told["c"]
    assert "SECRET-b" in told["d"]
    assert "SECRET-c" in told["d"]
    assert "SECRET-a" not in told["d"]


# Recovery by rule


@pytest.mark.parametrize("kind", ["bad_output", "rejected", "unavailable"])
async def test_once_more_may_help(home: Path, heard: Heard, kind: FailureKind) -> None:
    worker = does(a=[fails(kind, "odd commas"), "fine"])
    team = Workforce(
        [worker], planner=[piece("a"), piece("b", "a")], model=by_stage(compose="all"), home=home
    )
    result = await team.run("x", on_event=heard)
    assert result.status == "answered"
    assert recoveries(heard) == [("a", "retry")]
    assert (result.results["a"].answer, result.results["a"].attempts) == ("fine", 2)
    feedback = worker.assignments[1].feedback
    assert ("odd commas" in feedback) == (kind != "unavailable")
    assert worker.assignments[2].inputs[0].answer == "fine"


async def test_another_worker_may_help(home: Path, heard: Heard) -> None:
    first, second = does("first", a=fails("error", "no browser")), does("second")
    pieces = [piece("a", worker="first"), piece("b", worker="first")]
    team = Workforce([first, second], planner=pieces, model=by_stage(**COMPOSER), home=home)
    result = await team.run("x", on_event=heard)
    assert result.status == "answered"
    assert recoveries(heard) == [("a", "reassign")]
    assert result.results["a"].worker == "second"
    assert "no browser" in second.assignments[0].feedback


async def test_what_is_too_much_for_one_go_is_split(home: Path, heard: Heard) -> None:
    worker = does(a=fails("step_limit", "no end"))
    first = plan_text(("a", ()), ("side", ()), ("b", ("a", "side")))
    plans = iter([first, plan_text(("x", ()), ("y", ("x",)))])
    model = by_stage(plan=lambda _: next(plans), **COMPOSER)
    result = await Workforce([worker], model=model, home=home).run("x", on_event=heard)
    assert result.status == "answered"
    assert recoveries(heard) == [("a", "split")]
    assert "no end" in prompts(model, "plan")[1]
    assert result.plan is not None
    assert [s.id for s in result.plan.subtasks] == ["a.x", "a.y", "side", "b"]
    assert result.plan.by_id["b"].needs == ("side", "a.y")
    given = {a.subtask.id: a for a in worker.assignments}
    assert [i.answer for i in given["a.y"].inputs] == ["a.x done"]
    assert [i.answer for i in given["b"].inputs] == ["side done", "a.y done"]


async def test_pieces_of_pieces_are_not_split_again(home: Path, heard: Heard) -> None:
    worker = does(a=fails("step_limit"), more={"a.x": fails("step_limit")})
    plans = iter([plan_text(("a", ()), ("b", ())), plan_text(("x", ()), ("y", ())), plan_text(("z", ()))])
    model = by_stage(plan=lambda _: next(plans), **COMPOSER)
    result = await Workforce([worker], model=model, home=home).run("x", on_event=heard)
    assert result.status == "answered"
    assert recoveries(heard) == [("a", "split"), ("a.x", "replan")]
    assert result.plan is not None
    assert [s.id for s in result.plan.subtasks] == ["a.y", "b", "z"]  # what was finished, and the new one
    asked = prompts(model, "plan")[2]
    assert "Failed [a.x]" in asked
    assert "Failed [a]" not in asked  # its pieces stand in its place


async def test_two_that_are_split_at_once_keep_their_own_pieces_on_resuming(home: Path) -> None:
    """Whichever of the two is planned first this time."""
    slow, broken = "a", True

    async def act(assignment: Assignment, _: WorkerContext) -> Any:
        key = assignment.subtask.id
        if key in ("a", "b"):
            await asyncio.sleep(0.1 if key == slow else 0)
            return fails("step_limit", "no end")
        if key == "end" and broken:
            raise RuntimeError("the power is off")
        return f"{key} done"

    def plan(prompt: str) -> str:
        part = "a" if "Task: do a" in prompt else "b"
        return plan_text((f"{part}1", ()), (f"{part}2", (f"{part}1",)))

    class Planner:
        name = "mixed"

        async def plan(self, request: PlanRequest, model: ChatModel) -> Plan | None:
            from agentkit.planners.decompose import DecomposePlanner

            if request.feedback:
                return await DecomposePlanner().plan(request, model)
            return Plan(subtasks=(piece("a"), piece("b"), piece("end", "a", "b")))

    model = by_stage(plan=plan, **COMPOSER)
    team = Workforce([FunctionWorker(act)], planner=Planner(), model=model, home=home)
    with pytest.raises(RuntimeError):
        await team.run("x")
    slow, broken = "b", False
    from agentkit.engine.store import open_journal

    journal = open_journal(home)
    run_id = journal.runs()[0].id
    journal.close()
    result = await team.resume(run_id)
    assert result.plan is not None
    assert [s.id for s in result.plan.subtasks] == ["a.a1", "a.a2", "b.b1", "b.b2", "end"]
    assert len(prompts(model, "plan")) == 2


async def test_when_nothing_else_helps_the_plan_is_made_anew_and_keeps_what_is_done(
    home: Path, heard: Heard
) -> None:
    worker = does(bad=fails("gave_up", "the file is empty"), late="late done")
    plans = iter(
        [
            plan_text(("good", ()), ("bad", ("good",)), ("late", ("bad",)), ("side", ())),
            plan_text(("other", ("good",)), ("end", ("other", "side"))),
        ]
    )
    model = by_stage(plan=lambda _: next(plans), **COMPOSER)
    result = await Workforce([worker], model=model, home=home).run("x", on_event=heard)
    assert (result.status, result.replans) == ("answered", 1)
    assert [a.subtask.id for a in worker.assignments] == ["good", "side", "bad", "other", "end"]
    again = prompts(model, "plan")[1]
    assert "Finished [good] do good\ngood done" in again
    assert "Failed [bad] do bad\nWhy: the file is empty" in again
    assert "Failed [late]" not in again  # it was only in the way of another's failure
    assert result.answer == "end done"
    (revised,) = [e for e in heard if isinstance(e, PlanRevised)]
    assert revised.reason == "bad: the file is empty"


async def test_when_replanning_ends_the_answer_is_as_good_as_it_can_be(home: Path) -> None:
    numbers = iter(range(9))
    plans = iter([plan_text(("good", ()), ("bad0", ())), plan_text(("bad1", ())), plan_text(("bad2", ()))])
    bad = {f"bad{n}": fails("gave_up", f"reason {n}") for n in numbers}
    model = by_stage(plan=lambda _: next(plans), **COMPOSER)
    result = await Workforce([does(more=bad)], model=model, home=home, max_replans=2).run("x")
    assert (result.status, result.replans, result.answer) == ("partial", 2, "good done")
    assert "2 replans" in result.reason
    assert "bad2: reason 2" in result.reason
    assert "reason 2" in prompts(model, "compose")[0]
    failure = result.results["bad2"].failure
    assert failure is not None
    assert failure.kind == "gave_up"


async def test_a_fixed_plan_that_failed_gives_what_it_has(home: Path) -> None:
    worker = does(bad=fails("gave_up", "no data"))
    pieces = [piece("good"), piece("bad"), piece("after", "bad")]
    result = await Workforce([worker], planner=pieces, model=by_stage(**COMPOSER), home=home).run("x")
    assert (result.status, result.answer) == ("partial", "good done")
    assert result.reason == "bad: no data"
    blocked = result.results["after"].failure
    assert blocked is not None
    assert (blocked.kind, blocked.message) == ("blocked", "bad, which it needs, failed")


async def test_with_nothing_done_there_is_no_answer(home: Path) -> None:
    result = await Workforce(
        [does(task=fails("gave_up", "no data"))], planner="fixed", model=by_stage(), home=home
    ).run("x")
    assert (result.status, result.answer, result.output) == ("failed", "", None)
    assert "no data" in result.reason


# Recovery by the model's judgement


def judges(action: str, worker: str = "", advice: str = "try harder") -> dict[str, Words]:
    return {"recover": json.dumps({"action": action, "worker": worker, "advice": advice})}


@pytest.mark.parametrize(
    ("action", "worker", "who", "recovery"),
    [
        ("retry", "", "first", "retry"),
        ("reassign", "second", "second", "reassign"),
        ("reassign", "nobody", "first", "retry"),
        ("reassign", "first", "first", "retry"),
    ],
)
async def test_where_rules_do_not_decide_the_model_does(
    home: Path, heard: Heard, action: str, worker: str, who: str, recovery: str
) -> None:
    model = by_stage(**judges(action, worker), **COMPOSER)
    first, second = does("first", a=[fails("gave_up", "too hard"), "a done"]), does("second")
    pieces = [piece("a", worker="first"), piece("b", worker="first")]
    result = await Workforce([first, second], planner=pieces, model=model, home=home).run("x", on_event=heard)
    assert result.status == "answered"
    assert recoveries(heard) == [("a", recovery)]
    assert result.results["a"].worker == who
    asked = prompts(model, "recover")[0]
    assert "do a" in asked
    assert "first: gave_up: too hard" in asked
    tried = {"first": first, "second": second}[who].assignments
    assert [a.feedback for a in tried if a.subtask.id == "a"][-1] == "try harder"


@pytest.mark.parametrize("action", ["stop", "replan"])
async def test_the_model_may_say_that_it_is_hopeless(home: Path, heard: Heard, action: str) -> None:
    model = by_stage(**judges(action), **COMPOSER)
    first = does("first", a=fails("gave_up", "too hard"))
    pieces = [piece("a", worker="first"), piece("b", worker="first")]
    team = Workforce([first, does("second")], planner=pieces, model=model, home=home)
    result = await team.run("x", on_event=heard)
    assert recoveries(heard) == [("a", action)]
    assert (result.status, result.answer) == ("partial", "b done")
    assert "too hard" in result.reason


async def test_the_model_may_have_it_split(home: Path, heard: Heard) -> None:
    plans = iter([plan_text(("a", ()), ("b", ())), plan_text(("x", ()), ("y", ()))])
    said = json.dumps({"assignments": []})
    model = by_stage(plan=lambda _: next(plans), assign=said, **judges("split"), **COMPOSER)
    first = does("first", {"a": fails("gave_up", "too hard"), "a.x": fails("gave_up", "still too hard")})
    team = Workforce([first, does("second")], model=model, home=home, max_replans=0)
    result = await team.run("x", on_event=heard)
    # Asked again about a piece, it would split that too: pieces are not split.
    assert recoveries(heard) == [("a", "split"), ("a.x", "replan")]
    assert (result.status, result.answer) == ("partial", "a.y done + b done")


# What stops everything


async def test_a_model_that_is_gone_ends_the_run_with_a_reason(home: Path) -> None:
    async def gone(request: ChatRequest) -> str:
        raise ModelUnavailableError("nobody answers", model="m")

    alone: list[Worker] = [ReasoningWorker()]
    for workers, planner in ((alone, "fixed"), (alone, "decompose"), ([*alone, does()], "decompose")):
        team = Workforce(workers, planner=planner, model=FunctionModel(gone), home=home)
        result = await team.run("x")
        assert (result.status, result.answer) == ("failed", "")
        assert "nobody answers" in result.reason
        assert result.failure is not None
        assert (result.failure.kind, "nobody answers" in result.failure.message) == ("unavailable", True)
        back = by_stage(plan='{"subtasks": []}', assign='{"assignments": []}', work=turn("42"))
        well = await team.resume(result.run_id, model=back)
        assert (well.status, well.answer, well.failure) == ("answered", "42", None)


async def test_a_planner_whose_model_makes_no_plan_ends_the_run_with_a_reason(home: Path) -> None:
    model = by_stage(plan="I would rather talk about the weather.")
    team = Workforce([does()], model=model, home=home)
    result = await team.run("x")
    assert result.status == "failed"
    assert result.reason.startswith("no plan could be made")
    again = by_stage(plan='{"subtasks": []}')
    assert (await team.resume(result.run_id, model=again)).answer == "task done"


async def test_a_budget_that_is_used_up_half_way_leaves_what_is_done(home: Path) -> None:
    model = by_stage(work=lambda prompt: f"{part(prompt)} done", compose=joined)
    chain = [piece("a"), piece("b", "a"), piece("c", "b"), piece("d", "c")]
    team = Workforce([ReasoningWorker(tools=())], planner=chain, model=model, home=home)
    result = await team.run("x", budget=Budget(calls=2))
    assert (result.status, result.usage.calls) == ("partial", 2)
    assert "the budget of 2 calls is used up" in result.reason
    assert "a done" in result.answer
    assert "b done" in result.answer
    richer = await team.resume(result.run_id, budget=Budget(calls=10))
    assert (richer.status, richer.answer) == ("answered", "d done")
    assert richer.usage.calls == 4 == len(model.requests)


async def test_a_composer_that_fails_leaves_the_last_results(home: Path) -> None:
    model = by_stage(compose="")
    team = Workforce([does()], planner=[piece("a"), piece("b")], model=model, home=home)
    result = await team.run("x")
    assert (result.status, result.answer) == ("partial", "a done\nb done")
    assert "empty" in result.reason
    assert (await team.resume(result.run_id, model=by_stage(compose="all"))).answer == "all"


async def test_a_mistake_in_a_worker_is_not_hidden(home: Path) -> None:
    def broken(assignment: Assignment, _: WorkerContext) -> str:
        raise ZeroDivisionError("a mistake in the program")

    team = Workforce([FunctionWorker(broken)], planner=[piece("a"), piece("b")], model=by_stage(), home=home)
    with pytest.raises(ZeroDivisionError):
        await team.run("x")


async def test_an_error_of_agentkit_in_a_worker_is_a_failure(home: Path) -> None:
    def odd(assignment: Assignment, _: WorkerContext) -> str:
        raise OutputError("gibberish", model="m")

    result = await Workforce([FunctionWorker(odd)], planner="fixed", model=by_stage(), home=home).run("x")
    failure = result.results["task"].failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("bad_output", "m: gibberish")


@pytest.mark.parametrize("by_filter", [True, False])
async def test_a_model_that_declines_is_told_apart(home: Path, heard: Heard, by_filter: bool) -> None:
    """Whether its provider's filter refuses the question or the model says so itself."""

    def decline(request: ChatRequest) -> Completion:
        if by_filter:
            raise ModelRefusedError("the filter refuses this", model="m")
        return Completion(text="I would rather not.", finish="refused")

    team = Workforce(planner="fixed", model=FunctionModel(decline), home=home)
    result = await team.run("x", on_event=heard)
    assert (result.status, recoveries(heard)) == ("failed", [("task", "replan")])
    assert result.failure is not None
    assert result.failure.kind == "refused"


async def test_what_a_filter_refused_may_be_asked_again_later(home: Path) -> None:
    def decline(request: ChatRequest) -> str:
        raise ModelRefusedError("the filter refuses this", model="m")

    team = Workforce(planner="fixed", model=FunctionModel(decline), home=home)
    first = await team.run("x")
    result = await team.resume(first.run_id, model=by_stage(work=turn("42")))
    assert (result.status, result.answer) == ("answered", "42")


async def test_where_one_s_model_declines_another_worker_may_not(home: Path, heard: Heard) -> None:
    def declines(assignment: Assignment, _: WorkerContext) -> str:
        raise ModelRefusedError("I would rather not", model="m")

    first, second = FunctionWorker(declines, name="first"), does("second")
    pieces = [piece("a", worker="first")]
    team = Workforce([first, second], planner=pieces, model=by_stage(), home=home)
    result = await team.run("x", on_event=heard)
    assert (result.status, result.answer) == ("answered", "a done")
    assert [(e.failure.kind, e.recovery) for e in heard if isinstance(e, RecoveryChosen)] == [
        ("refused", "reassign")
    ]


# What is to blame


async def test_nothing_is_to_blame_for_an_answer_nor_for_waiting(home: Path) -> None:
    worker = does(a=[fails("bad_output"), "fine"])
    result = await Workforce([worker], planner=[piece("a")], model=by_stage(), home=home).run("x")
    assert (result.status, result.failure) == ("answered", None)
    waiting = await Workforce([HumanWorker()], planner="fixed", model=by_stage(), home=home).run("x")
    assert (waiting.status, waiting.failure) == ("waiting", None)


async def test_the_first_failure_that_no_other_explains_is_to_blame(home: Path) -> None:
    worker = does(bad=fails("gave_up", "no data"), worse=fails("gave_up", "no light"))
    pieces = [piece("after", "bad"), piece("good"), piece("bad"), piece("worse")]
    result = await Workforce([worker], planner=pieces, model=by_stage(**COMPOSER), home=home).run("x")
    assert (result.status, result.failure) == ("partial", fails("gave_up", "no data"))


async def test_where_no_subtask_failed_the_composer_s_error_is_to_blame(home: Path) -> None:
    team = Workforce([does()], planner=[piece("a"), piece("b")], model=by_stage(compose=""), home=home)
    result = await team.run("x")
    assert result.status == "partial"
    assert result.failure is not None
    assert (result.failure.kind, "empty" in result.failure.message) == ("bad_output", True)


async def test_where_there_is_no_plan_the_planner_s_error_is_to_blame(home: Path) -> None:
    result = await Workforce([does()], model=by_stage(plan="The weather!"), home=home).run("x")
    assert result.failure is not None
    assert (result.status, result.failure.kind) == ("failed", "bad_output")


# Verifiers


class Picky:
    """Accepts only what has the word `sourced`, and takes its time."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.asked: list[str] = []

    async def verify(self, assignment: Assignment, result: WorkerResult, model: ChatModel) -> Verdict:
        self.asked.append(assignment.subtask.id)
        await asyncio.sleep(self.seconds)
        good = "sourced" in result.answer
        return Verdict(accepted=good, reason="" if good else "name your source")


async def test_a_rejected_answer_is_tried_again_with_the_reason(home: Path, heard: Heard) -> None:
    worker = does(a=["from memory", "sourced"], b="sourced")
    verifier = Picky()
    team = Workforce(
        [worker],
        planner=[piece("a"), piece("b", "a")],
        model=by_stage(compose="all"),
        home=home,
        verifier=verifier,
    )
    result = await team.run("x", on_event=heard)
    assert result.status == "answered"
    assert verifier.asked == ["a", "a", "b"]
    assert recoveries(heard) == [("a", "retry")]
    assert "name your source" in worker.assignments[1].feedback
    assert worker.assignments[2].inputs[0].answer == "sourced"  # nobody built on the rejected one


async def test_verifying_goes_on_beside_other_subtasks(home: Path, heard: Heard) -> None:
    worker = does(a="sourced", b="sourced", c="sourced")
    team = Workforce(
        [worker],
        planner=[piece("a"), piece("b"), piece("c")],
        model=by_stage(compose="all"),
        home=home,
        verifier=Picky(0.5),
    )
    await team.run("x", on_event=heard)
    began = [e.at for e in heard if isinstance(e, SubtaskStarted)]
    over = [e.at for e in heard if isinstance(e, SubtaskFinished)]
    assert max(began) < min(over)
    assert max(over) - min(began) < 1.4  # three in a row would take 1.5


async def test_the_model_itself_can_verify(home: Path) -> None:
    verdicts = iter(['{"accepted": false, "reason": "wrong sum"}', '{"accepted": true, "reason": ""}'])
    answers = iter(["41", "42"])
    model = by_stage(work=lambda _: next(answers), verify=lambda _: next(verdicts))
    team = Workforce([ReasoningWorker(tools=())], planner="fixed", model=model, home=home, verifier=True)
    result = await team.run("what is it?")
    assert (result.status, result.answer) == ("answered", "42")
    assert result.results["task"].attempts == 2
    assert result.results["task"].usage.calls == 4  # both attempts, and their checks
    assert "wrong sum" in prompts(model, "work")[1]


# People


async def test_a_person_in_the_team_is_waited_for_while_the_others_work(home: Path) -> None:
    model = by_stage(**COMPOSER)
    doer = does()
    pieces = [
        piece("ask", worker="human"),
        piece("a", worker="doer"),
        piece("end", "ask", "a", worker="doer"),
    ]
    team = Workforce([HumanWorker(), doer], planner=pieces, model=model, home=home)
    first = await team.run("x")
    assert first.status == "waiting"
    assert [(q.prompt, q.subtask) for q in first.questions] == [("do ask", "ask")]
    assert list(first.results) == ["a"]
    result = await team.resume(first.run_id, {first.questions[0].id: "by hand"})
    assert result.status == "answered"
    given = next(a for a in doer.assignments if a.subtask.id == "end")
    assert [i.answer for i in given.inputs] == ["by hand", "a done"]
    assert [a.subtask.id for a in doer.assignments] == ["a", "end"]


async def approving(team: Workforce, answer: str) -> Any:
    first = await team.run("x")
    (question,) = first.questions
    assert question.kind == "plan"
    assert "[a] do a" in question.detail
    assert "[b] do b (after a, c)" in question.detail
    return await team.resume(first.run_id, {question.id: answer})


def needs_leave(home: Path, *plans: str) -> tuple[Workforce, FunctionWorker, FunctionModel]:
    said = iter([plan_text(("a", ()), ("c", ()), ("b", ("a", "c"))), *plans])
    model, worker = by_stage(plan=lambda _: next(said), **COMPOSER), does()
    return Workforce([worker], model=model, home=home, approve_plan=True), worker, model


async def test_a_plan_is_carried_out_once_a_person_agrees(home: Path) -> None:
    team, _, model = needs_leave(home)
    result = await approving(team, "yes")
    assert (result.status, result.answer) == ("answered", "b done")
    assert len(prompts(model, "plan")) == 1


async def test_nothing_is_done_of_a_plan_that_a_person_refuses(home: Path) -> None:
    team, worker, _ = needs_leave(home)
    result = await approving(team, "No.")
    assert (result.status, result.reason) == ("failed", "a person refused the plan")
    assert worker.assignments == []


async def test_a_wish_changes_the_plan_which_is_shown_again(home: Path) -> None:
    team, worker, model = needs_leave(home, plan_text(("c", ())))
    second = await approving(team, "only c, please")
    assert second.status == "waiting"
    assert "only c, please" in prompts(model, "plan")[1]
    assert second.questions[0].detail == "[c] do c"
    result = await team.resume(second.run_id, {second.questions[0].id: "yes"})
    assert (result.status, result.answer) == ("answered", "c done")
    assert [a.subtask.id for a in worker.assignments] == ["c"]


async def test_a_person_may_wish_for_no_splitting_at_all(home: Path) -> None:
    team, _, _ = needs_leave(home, '{"subtasks": []}')
    second = await approving(team, "do it in one piece")
    assert second.questions[0].detail == "[task] x"


async def test_a_fixed_plan_cannot_be_wished_otherwise(home: Path) -> None:
    pieces = [piece("a"), piece("c"), piece("b", "a", "c")]
    team = Workforce([does()], planner=pieces, model=by_stage(), home=home, approve_plan=True)
    result = await approving(team, "differently")
    assert (result.status, result.reason) == ("failed", "the planner fixed cannot change its plan")


# Reports


async def test_the_result_tells_what_became_of_everything(home: Path) -> None:
    model = by_stage(work="fine", compose="all")
    team = Workforce([ReasoningWorker(tools=())], planner=[piece("a"), piece("b")], model=model, home=home)
    result = await team.run("x")
    assert {i: (r.answer, r.worker, r.attempts, r.usage.calls) for i, r in result.results.items()} == {
        "a": ("fine", "reasoning", 1, 1),
        "b": ("fine", "reasoning", 1, 1),
    }
    assert {stage: usage.calls for stage, usage in result.stages.items()} == {"work": 2, "compose": 1}
    assert result.usage.calls == 3
    assert result.output == result.answer == "all"


async def test_a_team_streams_its_events_and_stops_when_nobody_listens_any_more(home: Path) -> None:
    stopped = asyncio.Event()

    async def act(assignment: Assignment, _: WorkerContext) -> str:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return "never"

    team = Workforce([FunctionWorker(act)], planner="fixed", model=ScriptedModel([]), home=home)
    stream = team.stream("x")
    kinds = []
    async for event in stream:
        kinds.append(event.model_dump()["kind"])
        if kinds[-1] == "subtask_started":
            await asyncio.sleep(0.05)
            break
    await stream.aclose()
    assert kinds == ["run_started", "plan_made", "subtask_started"]
    assert stopped.is_set()
