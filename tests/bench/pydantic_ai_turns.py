"""CPU time a tool turn in one long run of a pydantic-ai agent."""

# mypy: disable-error-code="import-not-found"
# (pydantic-ai is installed only in its own environment.)

from __future__ import annotations

import asyncio

from measure import report, timed, turn_figures
from pydantic_ai.usage import UsageLimits
from pydantic_ai_agent import agent

__all__: list[str] = []


async def cpu(turns: int) -> float:
    """CPU milliseconds a turn."""
    caller = agent(turns)
    free = UsageLimits(request_limit=None)
    return 1000 * (await timed(lambda: caller.run("Count.", usage_limits=free), repeats=3)).cpu / turns


async def main() -> None:
    """Measure and report."""
    figures = await turn_figures(cpu)
    report("turns", "pydantic_ai", figures, ("pydantic-ai-slim",), "one agent run, no checkpoints")


if __name__ == "__main__":
    asyncio.run(main())
