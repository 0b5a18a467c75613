"""`agentkit demo`: does two whole jobs before the reader's eyes: one by a team, one by a solver."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path

from agentkit.budget import Budget
from agentkit.cli.conduct import Conductor
from agentkit.cli.figures import printable
from agentkit.cli.run import run_task
from agentkit.cli.setup import TeamSetup
from agentkit.cli.view import RunView
from agentkit.errors import ModelNotFoundError
from agentkit.models.find import find_model
from agentkit.settings import load_settings
from agentkit.task import Task

__all__ = ["orchestration_text", "show_demo"]

_CASSETTE = Path("demo/cassette.jsonl")
_NETWORK_CASSETTE = Path("demo/network.jsonl")
"""Recordings of the two tasks, for want of a model."""


def show_demo(*, live: bool = False, home: Path | None = None, record: Path | None = None) -> int:
    """Do the demonstration's tasks; returns the exit code.

    A model that is set up does them live; where there is none, a recorded model's words are replayed.
    Raises `ModelNotFoundError` where `live` is wanted and there is no model.
    """
    from agentkit.demo.job import demo_task
    from agentkit.demo.network import network_task

    by_model = live or record is not None or asyncio.run(_model_is_set_up())
    second = record and record.with_stem(f"{record.stem}-network")
    review = TeamSetup(record=record) if by_model else TeamSetup(replay=_place(_CASSETTE))
    network = TeamSetup(
        workers=("optimization",),
        planner="whole",
        record=second,
        replay=None if by_model else _place(_NETWORK_CASSETTE),
    )
    print("1. A yearly review, by a team.", file=sys.stderr)
    code = _show(demo_task(), review, home)
    print("\n2. A distribution network: a model formulates it, a solver solves it.", file=sys.stderr)
    return code or _show(network_task(), network, home)


def _place(cassette: Path) -> Path:
    return Path(__file__).resolve().parent.parent / cassette


def _show(task: Task, setup: TeamSetup, home: Path | None) -> int:
    _tell_task(task)
    conductor = Conductor(setup, home=home)
    code = run_task(task, (), setup, Budget(), home=home, conductor=conductor)
    print(orchestration_text(conductor.view), file=sys.stderr)
    return code


async def _model_is_set_up() -> bool:
    """Whether somebody chose a model. The small embedded one that comes with a wheel is nobody's choice."""
    settings = load_settings()
    try:
        found = await find_model(settings)
    except ModelNotFoundError:
        return False
    embedded = any(place.found and place.place == "embedded" for place in found.tried)
    return not embedded or settings.local_model is not None


def _tell_task(task: Task) -> None:
    print(f"the task:\n\n{printable(task.goal)}\n\nits files:", file=sys.stderr)
    for file in task.attachments:
        print(f"  {file.name}  {file.size:,} bytes", file=sys.stderr)
    print(file=sys.stderr)


def orchestration_text(view: RunView) -> str:
    """What was set in motion, in a sentence or two.

    >>> orchestration_text(RunView())
    'orchestration: no plan; no model calls; no tool calls; no changes of the plan'
    """
    count = len(view.plan.subtasks) if view.plan else 0
    if count > 1:
        plan = f"a plan of {count} subtasks, at most {view.most_at_once} at a time"
    else:
        plan = "the task as one piece, as it needed no splitting" if count else "no plan"
    changed = f"{view.revisions} changes of the plan" if view.revisions else "no changes of the plan"
    parts = [plan, _counted(view.stages, "model calls"), _counted(view.tools, "tool calls"), changed]
    if view.recoveries:
        parts.append(_counted(view.recoveries, "recoveries"))
    return f"orchestration: {'; '.join(parts)}"


def _counted(counts: Counter[str], noun: str) -> str:
    if not counts:
        return f"no {noun}"
    listing = ", ".join(f"{name} {number}" for name, number in counts.most_common())
    return f"{counts.total()} {noun} ({listing})"
