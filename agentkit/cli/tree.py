"""Draws a `RunView` as a tree: the goal, and under it the plan's subtasks, one a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from agentkit.cli.figures import cost_line, duration_text, first_line
from agentkit.cli.view import RunView, SubtaskView
from agentkit.plan import SubtaskState

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["draw"]

_LOOKS: dict[SubtaskState, tuple[str, str]] = {
    "pending": ("·", "dim"),
    "running": ("▶", "yellow"),
    "waiting": ("?", "cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "blocked": ("⊘", "red dim"),
}
"""For each state, its sign and its style."""

_URGENCY: dict[SubtaskState, int] = {
    "running": 0, "waiting": 1, "failed": 2, "blocked": 3, "pending": 4, "done": 5,
}  # fmt: skip
"""Which subtasks to show where there is no room for all: lower figures first."""

_NOTED: tuple[SubtaskState, ...] = ("running", "waiting", "failed")


def draw(
    view: RunView, now: float, *, seconds: float | None = None, lines: int | None = None
) -> RenderableType:
    """The tree at the time `now` (seconds since 1970).

    Where it is said how many `seconds` the run took, there is a line of its cost. With `lines` it is
    kept to about so many, and says what it leaves out.
    """
    heading = Text(first_line(view.goal) or "…", style="bold", no_wrap=True, overflow="ellipsis")
    tree = Tree(heading, guide_style="dim")
    shown = _choose(list(view.subtasks.values()), lines)
    for subtask in shown:
        branch = tree.add(_row(subtask, now))
        if (note := _note(subtask)) is not None:
            branch.add(note)
    if left := [s for s in view.subtasks.values() if s not in shown]:
        tree.add(Text(f"… and {_tally(left)}", style="dim"))
    if view.activity:
        tree.add(Text(f"▶ {view.activity}…", style="yellow"))
    if seconds is None:
        return tree
    return Group(tree, Text(cost_line(view.usage, seconds), style="dim"))


def _choose(subtasks: Sequence[SubtaskView], lines: int | None) -> list[SubtaskView]:
    """The subtasks that there is room for, in their order."""
    room = None if lines is None else max(1, lines - 4)
    if room is None or sum(_height(s) for s in subtasks) <= room:
        return list(subtasks)
    chosen: set[str] = set()
    for subtask in sorted(subtasks, key=lambda s: _URGENCY[s.state]):
        room -= _height(subtask)
        if room < 0:
            break
        chosen.add(subtask.id)
    return [s for s in subtasks if s.id in chosen]


def _height(subtask: SubtaskView) -> int:
    return 1 if _note(subtask) is None else 2


def _row(subtask: SubtaskView, now: float) -> Table:
    sign, style = _LOOKS[subtask.state]
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{sign} ", style=style)
    text.append(subtask.id, style="bold" if subtask.state in ("running", "waiting") else "")
    if subtask.goal and first_line(subtask.goal) != subtask.id:
        text.append(f"  {first_line(subtask.goal)}", style="dim" if subtask.state == "done" else "")
    row = Table.grid(padding=(0, 2), expand=True)
    row.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    row.add_column(justify="right", no_wrap=True)
    row.add_row(text, Text(_figures(subtask, now), style="dim"))
    return row


def _figures(subtask: SubtaskView, now: float) -> str:
    if subtask.state in ("pending", "blocked") and not subtask.finished:
        return f"after {', '.join(subtask.needs)}" if subtask.needs else ""
    usage = subtask.usage
    tries = f"try {subtask.attempt}" if subtask.attempt > 1 else ""
    spent = f"{usage.tokens:,} tokens" if usage.tokens else ""
    price = usage.cost_text() if usage.usd and not usage.unpriced_calls else ""
    parts = (subtask.worker, tries, duration_text(subtask.seconds(now)), spent, price)
    return " · ".join(part for part in parts if part)


def _note(subtask: SubtaskView) -> Text | None:
    """The line under a subtask: what is being written or done there, or why it failed."""
    if subtask.state not in _NOTED or not (subtask.tail or subtask.note):
        return None
    if subtask.tail and subtask.state == "running":
        tail = f"…{first_line(subtask.tail)[-70:]}"
        return Text(tail, style="dim italic", no_wrap=True, overflow="ellipsis")
    style = "red" if subtask.state == "failed" else "dim"
    return Text(first_line(subtask.note), style=style, no_wrap=True, overflow="ellipsis")


def _tally(subtasks: Sequence[SubtaskView]) -> str:
    """How many stand how.

    >>> _tally([SubtaskView("a"), SubtaskView("b", state="done"), SubtaskView("c")])
    '2 pending, 1 done'
    """
    counts = {state: sum(s.state == state for s in subtasks) for state in _URGENCY}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)
