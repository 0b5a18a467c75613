"""CPU time a subtask of agentkit's Workforce when its model answers at once."""

from __future__ import annotations

import asyncio

from measure import report, timed
from ours_team import Team, plan

__all__: list[str] = []


async def cpu(count: int, parallel: int | None = None) -> float:
    """CPU milliseconds a subtask, for `count` subtasks, the whole run's costs included."""
    team = Team(planner=plan(count), parallel=parallel)
    return 1000 * (await timed(team.run)).cpu / count


async def main() -> None:
    """Measure and report."""
    figures = {f"subtask_{count}": await cpu(count) for count in (100, 1000)}
    figures["subtask_1000_at_once"] = await cpu(1000, parallel=1000)
    note = "journal and SQLite checkpoints on; 32 at a time (the default) but in the last row"
    report("overhead", "ours", figures, ("agentkit", "langgraph"), note)


if __name__ == "__main__":
    asyncio.run(main())
