"""agentkit with a model that takes 0.1 s a call: 50 subtasks, 5 workers, every answer verified."""

from __future__ import annotations

import asyncio

from measure import report, timed
from ours_team import Team

__all__: list[str] = []


async def main() -> None:
    """Measure and report: plan, assign, work, verify and compose follow each other, 0.5 s in all."""
    from agentkit.planners.decompose import DecomposePlanner

    team = Team(count=5, delay=0.1, planner=DecomposePlanner(max_subtasks=50), verifier=True, parallel=50)
    wall = (await timed(team.run, repeats=3)).wall
    note = "chain of 0.5 s: plan, assign, work, verify, compose; journal and checkpoints on"
    report("latency", "ours", {"latency_wall": wall}, ("agentkit",), note)


if __name__ == "__main__":
    asyncio.run(main())
