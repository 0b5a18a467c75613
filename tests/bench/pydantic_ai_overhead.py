"""CPU time of an agent run of pydantic-ai when its model answers at once."""

from __future__ import annotations

import asyncio

from measure import report, timed
from pydantic_ai_agent import agent

__all__: list[str] = []


async def cpu(count: int) -> float:
    """CPU milliseconds a run, for `count` independent runs."""
    plain = agent()

    async def all_runs() -> None:
        await asyncio.gather(*(plain.run("Compute it.") for _ in range(count)))

    return 1000 * (await timed(all_runs, repeats=3)).cpu / count


async def main() -> None:
    """Measure and report."""
    figures = {f"subtask_{count}": await cpu(count) for count in (100, 1000)}
    note = "independent agent runs: no plan, no assignment, no checkpoints"
    report("overhead", "pydantic_ai", figures, ("pydantic-ai-slim",), note)


if __name__ == "__main__":
    asyncio.run(main())
