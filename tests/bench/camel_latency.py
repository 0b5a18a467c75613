"""CAMEL's Workforce with a model that takes 0.1 s a call: 50 subtasks, 5 workers, quality checks on."""

from __future__ import annotations

import asyncio
import statistics

from camel_team import Script, Team
from dags import Node
from measure import report

__all__: list[str] = []

NODES = [Node(f"s{n}", (), 0.0) for n in range(50)]


async def wall(checks: bool) -> float:
    """Median seconds of three runs."""
    runs = [await Team(Script(NODES, latency=0.1), workers=5, checks=checks).run() for _ in range(3)]
    return statistics.median(runs)


async def main() -> None:
    """Measure and report."""
    unchecked = await wall(checks=False)
    note = f"Workforce, quality checks on, nothing composed; without checks {unchecked:.2f} s"
    report("latency", "camel", {"latency_wall": await wall(checks=True)}, ("camel-ai",), note)


if __name__ == "__main__":
    asyncio.run(main())
