"""CPU time of an agent run of openai-agents when its model answers at once."""

# mypy: disable-error-code="import-not-found"
# (openai-agents is installed only in its own environment.)

from __future__ import annotations

import asyncio

from agents import Runner
from measure import report, timed
from openai_agents_agent import agent

__all__: list[str] = []


async def cpu(count: int) -> float:
    """CPU milliseconds a run, for `count` independent runs."""
    # An agent each: runs that share one look at all others that do, which takes three times as long.
    agents = [agent() for _ in range(count)]

    async def all_runs() -> None:
        await asyncio.gather(*(Runner.run(each, "Compute it.") for each in agents))

    return 1000 * (await timed(all_runs, repeats=3)).cpu / count


async def main() -> None:
    """Measure and report."""
    figures = {f"subtask_{count}": await cpu(count) for count in (100, 1000)}
    note = "independent runs, an agent each, tracing off: no plan, no assignment, no checkpoints"
    report("overhead", "openai_agents", figures, ("openai-agents",), note)


if __name__ == "__main__":
    asyncio.run(main())
