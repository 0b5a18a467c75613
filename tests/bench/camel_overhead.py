"""CPU time that CAMEL's Workforce spends on a subtask when its model answers at once."""

from __future__ import annotations

import asyncio

from camel_team import Script, Team
from dags import Node
from measure import report, timed

__all__: list[str] = []


async def cpu(count: int, repeats: int) -> float:
    """CPU milliseconds a subtask, for `count` subtasks that do not wait for each other."""
    nodes = [Node(f"s{n}", (), 0.0) for n in range(count)]
    teams = iter([Team(Script(nodes), workers=5, checks=False) for _ in range(repeats + 1)])
    timing = await timed(lambda: next(teams).run(), repeats=repeats, warm=count < 1000)
    return 1000 * timing.cpu / count


async def main() -> None:
    """Measure and report."""
    figures = {"subtask_100": await cpu(100, repeats=5), "subtask_1000": await cpu(1000, repeats=2)}
    report("overhead", "camel", figures, ("camel-ai",), "Workforce, 5 workers, no checks, no checkpoints")


if __name__ == "__main__":
    asyncio.run(main())
