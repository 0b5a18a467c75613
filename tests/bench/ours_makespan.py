"""agentkit's Workforce on the random DAGs: plan in Python, journal and SQLite checkpoints on disk."""

from __future__ import annotations

import asyncio
import time

from dags import Node
from measure import makespan_ratio, report
from ours_team import Sleeper, Team

from agentkit.plan import Subtask

__all__: list[str] = []


async def run(nodes: list[Node]) -> float:
    """Carry a graph out; the answer's composing is instant."""
    plan = [Subtask(id=n.id, goal=repr(n.seconds), needs=n.needs) for n in nodes]
    team = Team([Sleeper()], planner=plan, parallel=500)
    began = time.perf_counter()
    await team.run()
    return time.perf_counter() - began


async def main() -> None:
    """Measure and report."""
    await run([Node("s0", (), 0.0)])  # what a process does only once
    figures = {f"makespan_{size}": await makespan_ratio(size, run) for size in (10, 100, 500)}
    report("makespan", "ours", figures, ("agentkit", "langgraph"), "journal and SQLite checkpoints on")


if __name__ == "__main__":
    asyncio.run(main())
