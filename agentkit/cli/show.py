"""`agentkit show`: tells all that is known of one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentkit.budget import Usage
from agentkit.cli.errors import OK
from agentkit.cli.figures import cost_line, duration_text, first_line, printable
from agentkit.cli.home import folder_of, journal_of
from agentkit.cli.outcome import resume_line
from agentkit.cli.runs import STATE_STYLES, state_of
from agentkit.cli.tree import draw
from agentkit.cli.view import RunView, read_events
from agentkit.engine.journal import CallRecord, Journal, RunRecord
from agentkit.errors import UsageError
from agentkit.result import Question, RunResult

__all__ = ["show_run"]


@dataclass(frozen=True, slots=True)
class _Story:
    """A run as the journal tells it."""

    record: RunRecord
    state: str
    view: RunView
    result: RunResult | None
    usage: Usage
    stages: dict[str, Usage]
    questions: tuple[Question, ...]
    calls: Sequence[CallRecord]


def show_run(
    run_id: str,
    *,
    home: Path | None = None,
    as_json: bool = False,
    mermaid: bool = False,
    calls: bool = False,
) -> int:
    """Print it on stdout; returns the exit code. Raises `RunNotFoundError`, and `UsageError` where a
    chart is wanted of a run without a plan."""
    with journal_of(home) as journal:
        story = _read(journal, run_id, folder_of(home))
    if mermaid:
        if story.view.plan is None:
            raise UsageError("it has no plan to draw", where=f"run {story.record.id}")
        print(story.view.plan.mermaid({s.id: s.state for s in story.view.subtasks.values()}))
    elif as_json:
        print(json.dumps(_as_json(story, calls), indent=2, ensure_ascii=False))
    else:
        _print(story, home, calls)
    return OK


def _read(journal: Journal, run_id: str, folder: Path) -> _Story:
    record = journal.run(run_id)
    state = state_of(record, folder)
    calls = journal.calls(record.id)
    stages: dict[str, Usage] = {}
    for call in calls:
        if call.kind == "model" and call.usage:
            stages[call.name] = stages.get(call.name, Usage()) + Usage.model_validate_json(call.usage)
    usage = sum(stages.values(), Usage())
    view = RunView.of(read_events(journal.events(record.id)), usage)
    if state != "running":
        view.stop()
    result = RunResult.model_validate_json(record.result) if record.result else None
    asked = tuple(journal.open_questions(record.id)) if state != "cancelled" else ()
    return _Story(record, state, view, result, usage, stages, asked, calls)


def _as_json(story: _Story, with_calls: bool) -> dict[str, Any]:
    record, result, plan = story.record, story.result, story.view.plan
    told: dict[str, Any] = {
        "id": record.id,
        "workflow": record.workflow,
        "goal": record.goal,
        "state": story.state,
        "reason": record.reason,
        "created": record.created,
        "updated": record.updated,
        "seconds": record.elapsed,
        "plan": plan.model_dump(mode="json") if plan else None,
        "subtasks": [_subtask_json(story.view, key) for key in story.view.subtasks],
        "answer": result.answer if result else "",
        "output": result.output if result else None,
        "questions": [q.model_dump(mode="json") for q in story.questions],
        "usage": story.usage.model_dump(mode="json"),
        "stages": {name: usage.model_dump(mode="json") for name, usage in story.stages.items()},
    }
    return told | ({"calls": [_call_json(call) for call in story.calls]} if with_calls else {})


def _subtask_json(view: RunView, key: str) -> dict[str, Any]:
    subtask = view.subtasks[key]
    result = subtask.result
    return {
        "id": subtask.id,
        "goal": subtask.goal,
        "needs": list(subtask.needs),
        "state": subtask.state,
        "worker": subtask.worker,
        "attempts": subtask.attempt,
        "seconds": round(subtask.seconds(view.began or 0.0), 3),
        "usage": subtask.usage.model_dump(mode="json"),
        "answer": result.answer if result else "",
        "failure": result.failure.model_dump(mode="json") if result and result.failure else None,
    }


def _call_json(call: CallRecord) -> dict[str, Any]:
    return {
        "kind": call.kind,
        "name": call.name,
        "scope": call.scope,
        "state": call.state,
        "started": call.started,
        "seconds": call.seconds,
        "usage": json.loads(call.usage) if call.usage else None,
        "request": json.loads(call.request),
        "response": json.loads(call.response) if call.response else None,
    }


def _print(story: _Story, home: Path | None, with_calls: bool) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    reason = f" ({first_line(story.record.reason)})" if story.record.reason else ""
    state = Text(story.state, style=STATE_STYLES.get(story.state, ""))
    console.print(Text.assemble(f"run {story.record.id}: ", state, reason))
    view = story.view
    view.goal = view.goal or story.record.goal
    console.print(draw(view, story.record.updated, seconds=story.record.elapsed))
    if story.result and story.result.answer:
        console.print(Text("\nanswer", style="dim"))
        console.print(Text(printable(story.result.answer)))
    for question in story.questions:
        console.print(Text(f"\nquestion {question.id}: {first_line(question.prompt)}", style="cyan"))
        if question.detail:
            console.print(Text(printable(question.detail), style="dim"))
    if story.stages:
        console.print(_stage_table(story))
    if with_calls:
        console.print(_call_table(story.calls))
    if story.state in ("waiting", "interrupted", "cut off"):
        more = [part for q in story.questions for part in ("--answer", f"{q.id}=YOUR ANSWER")]
        console.print(Text(f"\ngo on with: {resume_line(story.record.id, *more, home=home)}"), soft_wrap=True)


def _stage_table(story: _Story) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", title="", title_justify="left")
    table.add_column("stage")
    for name in ("calls", "sent", "received", "cached", "cost", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for stage, usage in [*story.stages.items(), ("all", story.usage)]:
        sizes = (usage.calls, usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
        cost = usage.cost_text().partition(" (")[0]
        table.add_row(stage, *(f"{size:,}" for size in sizes), cost, duration_text(usage.seconds))
    return table


def _call_table(calls: Sequence[CallRecord]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", title="", expand=True)
    rows = [
        (f"{call.kind} {call.name}", call.scope.removeprefix("run/"), duration_text(call.seconds))
        for call in calls
    ]
    for place, name in enumerate(("call", "for", "time")):
        width = min(32, max((len(row[place]) for row in rows), default=0))
        justify: Literal["left", "right"] = "right" if name == "time" else "left"
        table.add_column(name, no_wrap=True, min_width=max(width, len(name)), justify=justify)
    table.add_column("what came of it", no_wrap=True, overflow="ellipsis", ratio=1)
    for row, call in zip(rows, calls, strict=True):
        table.add_row(*(Text(cell) for cell in row), Text(_outcome(call)))
    return table


def _outcome(call: CallRecord) -> str:
    if call.response is None:
        return "not finished"
    response = json.loads(call.response)
    if call.kind == "model":
        usage = Usage.model_validate_json(call.usage) if call.usage else Usage()
        wanted = ", ".join(c["name"] for c in response.get("tool_calls", ()))
        return first_line(f"[{cost_line(usage)}] {response.get('text') or wanted}")
    failed = "failed: " if response.get("is_error") else ""
    arguments = json.dumps(json.loads(call.request), ensure_ascii=False)
    return first_line(f"{arguments} → {failed}{response.get('text', '')}")
