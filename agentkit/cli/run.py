"""`agentkit run`: begins a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentkit.budget import Budget
from agentkit.cli.conduct import Conductor
from agentkit.cli.recording import check_recordable
from agentkit.cli.setup import CONFIG_KEY, TeamSetup
from agentkit.engine.workforce import Workforce
from agentkit.result import RunResult
from agentkit.task import Task

__all__ = ["run_task"]


def run_task(
    task: str | Task,
    attach: Sequence[Path],
    setup: TeamSetup,
    budget: Budget,
    *,
    home: Path | None = None,
    as_json: bool = False,
    conductor: Conductor | None = None,
) -> int:
    """Do a task; returns the exit code. Raises `AgentkitError` for what could not begin or broke."""
    setup.check()
    whole = Task.of(task, attach)
    if setup.record is not None:
        check_recordable(setup.record)

    async def carry(force: Workforce, shown: Conductor) -> RunResult:
        return await force.run(
            whole,
            budget=budget,
            home=home,
            on_event=shown.listen,
            answer=shown.answerer(),
            config={CONFIG_KEY: setup.model_dump(mode="json")},
        )

    return (conductor or Conductor(setup, as_json, home)).conduct(carry)
