"""A run that was given a name is found by it: whoever runs it again goes on where it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import BaseModel

from agentkit.budget import Budget
from agentkit.engine.context import WorkflowContext
from agentkit.engine.store import open_journal
from agentkit.engine.workflow import workflow
from agentkit.engine.workforce import Workforce
from agentkit.errors import RunBusyError, UsageError
from agentkit.events import RunStarted
from agentkit.messages import ChatRequest
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, WorkerContext
from agentkit.testing import FunctionModel, FunctionWorker, ScriptedModel
from tests.engine.conftest import Heard

SILENT = ScriptedModel([])
"""For what is to ask no model."""


@pytest.fixture
def echo() -> FunctionModel:
    """An echo, so that every question has an answer of its own."""
    return FunctionModel(lambda request: f"<{request.messages[-1].content}>")


def asked(model: FunctionModel) -> list[str]:
    return [r.messages[-1].content for r in model.requests]


def names(home: Path) -> list[str]:
    """Of all runs that there are."""
    journal = open_journal(home)
    try:
        return sorted(r.id for r in journal.runs())
    finally:
        journal.close()


@workflow
async def ask(ctx: WorkflowContext, text: str) -> str:
    return await ctx.ask(text)


@workflow
async def ask_thrice(ctx: WorkflowContext, text: str) -> str:
    return "".join([await ctx.ask(f"{text}{n}") for n in range(3)])


async def test_a_run_has_the_name_that_it_was_given(home: Path, heard: Heard, echo: FunctionModel) -> None:
    result = await ask.run("x", run_id="sums-1", model=echo, home=home, on_event=heard)
    assert (result.run_id, result.answer) == ("sums-1", "<x>")
    assert {e.run_id for e in heard} == {"sums-1"}
    assert names(home) == ["sums-1"]


async def test_without_a_name_every_run_is_a_new_one(home: Path, echo: FunctionModel) -> None:
    first, second = [await ask.run("x", model=echo, home=home) for _ in range(2)]
    assert first.run_id != second.run_id
    assert len(asked(echo)) == 2


async def test_one_that_has_answered_gives_its_result_again(home: Path, echo: FunctionModel) -> None:
    first = await ask.run("x", run_id="one", model=echo, home=home)
    assert await ask.run("x", run_id="one", model=SILENT, home=home) == first
    assert names(home) == ["one"]


async def test_what_it_was_begun_with_counts_whatever_it_is_given_later(
    home: Path, echo: FunctionModel
) -> None:
    await ask_thrice.run("a", run_id="one", model=echo, home=home, budget=Budget(calls=1))
    result = await ask_thrice.run("b", run_id="one", model=echo, home=home, budget=Budget(calls=9))
    assert result.answer == "<a0><a1><a2>"


async def test_one_that_was_cut_off_goes_on_and_pays_for_nothing_twice(home: Path, heard: Heard) -> None:
    broken = True

    def speak(request: ChatRequest) -> str:
        question = request.messages[-1].content
        if broken and question == "x1":
            raise RuntimeError("the power is off")
        return f"<{question}>"

    model = FunctionModel(speak)
    with pytest.raises(RuntimeError):
        await ask_thrice.run("x", run_id="one", model=model, home=home)
    broken = False
    result = await ask_thrice.run("x", run_id="one", model=model, home=home, on_event=heard)
    assert (result.run_id, result.answer, result.usage.calls) == ("one", "<x0><x1><x2>", 3)
    assert asked(model) == ["x0", "x1", "x1", "x2"]
    (started,) = [e for e in heard if isinstance(e, RunStarted)]
    assert started.resumed


async def test_one_that_ran_out_of_budget_goes_on_with_another(home: Path, echo: FunctionModel) -> None:
    first = await ask_thrice.run("x", run_id="one", model=echo, home=home, budget=Budget(calls=2))
    assert first.status == "partial"
    same = await ask_thrice.run("x", run_id="one", model=echo, home=home)
    assert same.status == "partial", "the old budget holds where no other is given"
    result = await ask_thrice.run("x", run_id="one", model=echo, home=home, budget=Budget(calls=3))
    assert (result.status, result.usage.calls) == ("answered", 3)


async def test_one_that_waits_for_a_person_waits_on_until_they_have_answered(home: Path) -> None:
    @workflow
    async def colour(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask_person(text)

    first = await colour.run("Which?", run_id="one", model=SILENT, home=home)
    again = await colour.run("Which?", run_id="one", model=SILENT, home=home)
    assert (again.status, again.questions) == ("waiting", first.questions)
    await colour.resume("one", {first.questions[0].id: "red"}, model=SILENT, home=home)
    assert (await colour.run("Which?", run_id="one", model=SILENT, home=home)).answer == "red"


async def test_the_beginning_of_another_run_s_name_is_a_name_of_its_own(
    home: Path, echo: FunctionModel
) -> None:
    """Unlike when resuming, where people may be brief."""
    await ask.run("x", run_id="sums-10", model=echo, home=home)
    result = await ask.run("y", run_id="sums-1", model=echo, home=home)
    assert (result.run_id, result.answer) == ("sums-1", "<y>")
    assert names(home) == ["sums-1", "sums-10"]


async def test_a_name_belongs_to_one_workflow(home: Path, echo: FunctionModel) -> None:
    await ask.run("x", run_id="one", model=echo, home=home)
    with pytest.raises(UsageError, match=r"run of another workflow than 'ask_thrice'.*'ask'"):
        await ask_thrice.run("x", run_id="one", model=echo, home=home)


async def test_homes_have_names_of_their_own(home: Path, tmp_path: Path, echo: FunctionModel) -> None:
    await ask.run("x", run_id="one", model=echo, home=home)
    result = await ask.run("y", run_id="one", model=echo, home=tmp_path / "other")
    assert result.answer == "<y>"


async def test_a_run_that_is_under_way_is_not_begun_a_second_time(home: Path) -> None:
    release = asyncio.Event()

    async def speak(request: ChatRequest) -> str:
        await release.wait()
        return "done"

    model = FunctionModel(speak)
    running = asyncio.ensure_future(ask.run("x", run_id="one", model=model, home=home))
    while not model.requests:
        await asyncio.sleep(0.01)
    with pytest.raises(RunBusyError):
        await ask.run("x", run_id="one", model=model, home=home)
    release.set()
    assert (await running).answer == "done"
    assert len(model.requests) == 1


# Teams


class Total(BaseModel):
    total: int


async def test_a_team_s_runs_can_be_named_too(home: Path) -> None:
    worker = FunctionWorker(lambda *_: '{"total": 3}')
    team = Workforce([worker], planner="fixed", model=SILENT, home=home, output_type=Total)
    first = await team.run("add up", run_id="sums-1")
    again = await team.run("add up", run_id="sums-1")
    assert (first.run_id, first.output) == ("sums-1", Total(total=3))
    assert again == first
    assert len(worker.assignments) == 1


async def test_a_team_goes_on_with_its_files_and_what_is_done(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text("region,amount\nnorth,10\n")
    broken = True

    def act(assignment: Assignment, _: WorkerContext) -> str:
        if broken and assignment.subtask.id == "b":
            raise RuntimeError("the power is off")
        return f"{assignment.subtask.id} saw {assignment.attachments[0].name}"

    pieces = [Subtask(id="a", goal="first"), Subtask(id="b", goal="second", needs=("a",))]
    worker = FunctionWorker(act)
    team = Workforce([worker], planner=pieces, model=SILENT, home=home)
    with pytest.raises(RuntimeError):
        await team.run("x", [file], run_id="one")
    broken = False
    result = await team.run("x", [file], run_id="one")
    assert (result.status, result.answer) == ("answered", "b saw sales.csv")
    assert [a.subtask.id for a in worker.assignments] == ["a", "b", "b"]
