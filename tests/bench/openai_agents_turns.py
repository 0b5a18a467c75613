"""CPU time a tool turn in one long run of an agent of openai-agents."""

# mypy: disable-error-code="import-not-found"
# (openai-agents is installed only in its own environment.)

from __future__ import annotations

import asyncio

from agents import Runner
from measure import report, timed, turn_figures
from openai_agents_agent import agent

__all__: list[str] = []


async def cpu(turns: int) -> float:
    """CPU milliseconds a turn."""
    caller = agent(turns)
    return 1000 * (await timed(lambda: Runner.run(caller, "Count.", max_turns=10_000), repeats=3)).cpu / turns


async def main() -> None:
    """Measure and report."""
    figures = await turn_figures(cpu)
    note = "one agent run, tracing off, no checkpoints"
    report("turns", "openai_agents", figures, ("openai-agents",), note)


if __name__ == "__main__":
    asyncio.run(main())
