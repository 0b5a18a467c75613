"""The view that a run's events add up to, and how it is drawn."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from agentkit.budget import Usage
from agentkit.cli.lines import line_of
from agentkit.cli.tree import draw
from agentkit.cli.view import RunView, read_events
from agentkit.events import (
    Event,
    ModelCalled,
    PlanMade,
    PlanRevised,
    QuestionAsked,
    RecoveryChosen,
    RunFinished,
    RunStarted,
    SubtaskFinished,
    SubtaskStarted,
    TokenDelta,
    ToolCalled,
)
from agentkit.plan import Plan, Subtask
from agentkit.result import Failure, Question, WorkerResult

PLAN = Plan(
    subtasks=(
        Subtask(id="a", goal="read"),
        Subtask(id="b", goal="count", needs=("a",)),
        Subtask(id="c", goal="report", needs=("b",)),
    )
)
SPENT = Usage(calls=1, prompt_tokens=90, completion_tokens=10, usd=0.01)


def at(time: float, kind: type[Event], **fields: Any) -> Event:
    """An event of this run at this second."""
    return kind(run_id="r", at=time, **fields)


def done(subtask: str, attempt: int = 1, failure: str = "") -> Event:
    """A worker's end after a second, at a cost."""
    why = Failure(kind="gave_up", message=failure) if failure else None
    result = WorkerResult(answer="ok", worker="w", attempts=attempt, usage=SPENT, seconds=1.0, failure=why)
    return at(5, SubtaskFinished, subtask=subtask, result=result)


BEGUN = (
    at(0, RunStarted, goal="report the sales"),
    at(1, PlanMade, plan=PLAN),
    at(2, SubtaskStarted, subtask="a", worker="w"),
)


def states(view: RunView) -> str:
    """The first letters of the subtasks' states."""
    return "".join(s.state[0] for s in view.subtasks.values())


def screen(view: RunView, now: float = 10.0, width: int = 80, **options: Any) -> list[str]:
    """The tree's lines as a terminal shows them."""
    console = Console(width=width, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as captured:
        console.print(draw(view, now, **options))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_before_the_plan_it_says_that_planning_is_under_way() -> None:
    assert screen(RunView.of(BEGUN[:1])) == ["report the sales", "└── ▶ planning…"]


def test_what_runs_has_a_clock_and_what_is_to_come_says_what_it_waits_for() -> None:
    lines = screen(RunView.of(BEGUN), now=4.5)
    assert lines[1].startswith("├── ▶ a  read") and lines[1].endswith("w · 2.5 s")
    assert lines[2].startswith("├── · b  count") and lines[2].endswith("after a")


def test_the_end_of_what_is_being_written_is_shown_until_the_answer_is_there() -> None:
    view = RunView.of(BEGUN)
    for text in ("The sum\n", "is ", "42"):
        view.apply(at(3, TokenDelta, stage="work", subtask="a", text=text))
    assert screen(view)[2] == "│   └── …The sum is 42"
    view.apply(at(3, TokenDelta, stage="work", subtask="a", text="Anew", restart=True))
    assert screen(view)[2] == "│   └── …Anew"
    view.apply(at(4, ModelCalled, stage="work", subtask="a", model="m", usage=SPENT))
    assert "Anew" not in "\n".join(screen(view))


def test_a_tool_call_is_shown_under_its_subtask() -> None:
    view = RunView.of(BEGUN)
    view.apply(at(3, ToolCalled, tool="query_tables", arguments={"sql": "select 1"}, subtask="a"))
    assert screen(view)[2] == "│   └── query_tables(select 1)"
    assert view.tools == {"query_tables": 1}


def test_costs_add_up_and_answers_from_the_journal_cost_nothing() -> None:
    view = RunView.of(BEGUN)
    view.apply(at(3, ModelCalled, stage="work", subtask="a", model="m", usage=SPENT))
    view.apply(at(3, ModelCalled, stage="work", subtask="a", model="m", usage=SPENT, replayed=True))
    assert (view.usage, view.subtasks["a"].usage.calls) == (SPENT, 2)
    assert screen(view, seconds=61.0)[-1] == "$0.0100 · 100 tokens · 1 call · 1:01 min"


def test_tries_add_up_and_failures_say_why() -> None:
    view = RunView.of([*BEGUN, done("a", failure="no file")])
    view.apply(
        at(6, RecoveryChosen, subtask="a", recovery="retry", failure=Failure(kind="error", message="no file"))
    )
    assert states(view) == "fpp"
    assert screen(view)[2] == "│   └── no file → retry"
    view.apply(at(7, SubtaskStarted, subtask="a", worker="w", attempt=2))
    view.apply(done("a", attempt=2))
    assert states(view) == "dpp"
    assert screen(view)[1].endswith("w · try 2 · 2.0 s · 200 tokens · $0.0200")


def test_what_needs_a_failed_subtask_is_blocked_at_the_end() -> None:
    view = RunView.of([*BEGUN, done("a", failure="no file")])
    view.apply(at(8, RunFinished, status="failed", usage=SPENT, reason="no file"))
    assert states(view) == "fbb"
    assert (view.status, view.usage) == ("failed", SPENT)


def test_what_waits_for_a_person_is_marked_until_it_goes_on() -> None:
    view = RunView.of(BEGUN)
    question = Question(id="q", kind="question", prompt="Which year?", subtask="a")
    view.apply(at(3, QuestionAsked, question=question))
    assert states(view) == "wpp"
    assert screen(view)[2] == "│   └── Which year?"
    view.apply(at(4, ModelCalled, stage="work", subtask="a", model="m", usage=SPENT))
    assert states(view) == "rpp"


def test_a_resumed_run_keeps_what_is_done_also_of_plans_that_are_told_again() -> None:
    split = PLAN.graft("b", Plan(subtasks=(Subtask(id="x", goal="half"), Subtask(id="y", goal="rest"))))
    story = [*BEGUN, done("a"), at(6, PlanRevised, plan=split, reason="b was split"), done("b.x")]
    view = RunView.of([*story, at(7, SubtaskStarted, subtask="b.y", worker="w")])
    assert states(view) == "ddrp"
    for event in (
        at(90, RunStarted, goal="report the sales", resumed=True),
        at(91, PlanMade, plan=PLAN),
        at(92, PlanRevised, plan=split, reason="b was split"),
    ):
        view.apply(event)
    assert states(view) == "ddpp"
    assert view.revisions == 1


def test_most_at_once_counts_what_really_ran_side_by_side() -> None:
    view = RunView.of([*BEGUN, at(3, SubtaskStarted, subtask="b", worker="w"), done("a"), done("b")])
    view.apply(at(6, SubtaskStarted, subtask="c", worker="w"))
    assert view.most_at_once == 2


def test_a_workflow_without_a_plan_lists_what_was_worked_on() -> None:
    view = RunView.of([BEGUN[0], at(1, SubtaskStarted, subtask="w-1", worker="w"), done("w-1")])
    assert screen(view)[1].startswith("└── ✓ w-1")


def test_a_plan_larger_than_the_screen_shows_what_matters_and_counts_the_rest() -> None:
    many = Plan(subtasks=tuple(Subtask(id=f"s{n}", goal="work") for n in range(200)))
    view = RunView.of([BEGUN[0], at(1, PlanMade, plan=many)])
    for n in range(100):
        view.apply(done(f"s{n}"))
    view.apply(at(6, SubtaskStarted, subtask="s150", worker="w"))
    lines = screen(view, lines=24, seconds=1.0)
    assert len(lines) <= 24
    assert any("▶ s150" in line for line in lines)
    assert lines[-2] == "└── … and 80 pending, 100 done"


def test_long_texts_never_break_a_line_and_control_characters_never_reach_the_screen() -> None:
    plan = Plan(subtasks=(Subtask(id="a", goal="long " * 50 + "\nsecond line \x1b[31m"),))
    view = RunView.of([at(0, RunStarted, goal="many\nlines\x1b[2J " * 20), at(1, PlanMade, plan=plan)])
    lines = screen(view, width=60)
    assert len(lines) == 2
    assert all(len(line) <= 60 for line in lines)
    assert "\x1b" not in "".join(lines)


def test_events_come_back_from_the_journal_as_they_were() -> None:
    story = [*BEGUN, done("a", failure="no file")]
    assert read_events([event.model_dump_json() for event in story]) == story


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (BEGUN[0], "run r begins: report the sales"),
        (BEGUN[1], "plan: 3 subtasks: a, b (after a), c (after b)"),
        (done("a"), "a: done (1.0 s, 100 tokens): ok"),
        (done("a", failure="no\nfile"), "a: failed (1.0 s, 100 tokens): no file"),
        (at(0, TokenDelta, stage="work", text="x"), None),
        (
            at(0, ToolCalled, tool="t", arguments={}, subtask="a", is_error=True, preview="no", seconds=2.0),
            "a: tool t in 2.0 s: failed: no",
        ),
        (at(0, ModelCalled, stage="plan", model="m", usage=SPENT, replayed=True),
         "model for plan: $0.0100 · 100 tokens · 1 call (from the journal)"),
        (at(0, RunFinished, status="partial", usage=SPENT, reason="no time"), "run r: partial (no time)"),
        (at(0, RunStarted, goal="x" * 500), f"run r begins: {'x' * 145}…"),
    ],
)  # fmt: skip
def test_an_event_is_a_line(event: Event, line: str | None) -> None:
    assert line_of(event) == line
