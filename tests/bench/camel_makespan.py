"""CAMEL's Workforce on the random DAGs; its model is instant but for the workers' answers."""

from __future__ import annotations

import asyncio

from camel_team import Script, Team
from dags import Node
from measure import makespan_ratio, report

__all__: list[str] = []


async def run(nodes: list[Node]) -> float:
    """Carry a graph out."""
    return await Team(Script(nodes), workers=5, checks=False).run()


async def main() -> None:
    """Measure and report."""
    figures = {f"makespan_{size}": await makespan_ratio(size, run) for size in (10, 100)}
    report("makespan", "camel", figures, ("camel-ai",), "Workforce, 5 workers, no checks, no checkpoints")


if __name__ == "__main__":
    asyncio.run(main())
