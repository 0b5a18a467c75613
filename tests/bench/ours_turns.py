"""CPU time a tool turn in one long subtask of agentkit's reasoning worker."""

from __future__ import annotations

import asyncio
import tempfile

from measure import report, timed, turn_figures
from ours_team import call

from agentkit.engine.workforce import Workforce
from agentkit.messages import ChatRequest, Completion
from agentkit.planners.fixed import FixedPlanner
from agentkit.testing import FunctionModel
from agentkit.tools.tool import tool
from agentkit.workers.reasoning import ReasoningWorker

__all__: list[str] = []


@tool
async def successor(x: int) -> int:
    """The next number."""
    return x + 1


async def cpu(turns: int) -> float:
    """CPU milliseconds a turn."""

    def answer(request: ChatRequest) -> str | Completion:
        turn = len(request.messages) // 2 - 1
        return call(turn) if turn < turns else "done"

    worker = ReasoningWorker(tools=(successor,), max_steps=turns + 1)
    model = FunctionModel(answer, native_tools=True)
    with tempfile.TemporaryDirectory() as home:
        force = Workforce([worker], planner=FixedPlanner(), model=model, home=home)

        async def run() -> None:
            result = await force.run("Count.")
            if result.status != "answered":
                raise RuntimeError(result.reason)

        return 1000 * (await timed(run, repeats=3)).cpu / turns


async def main() -> None:
    """Measure and report."""
    report("turns", "ours", await turn_figures(cpu), ("agentkit",), "every call journaled on disk")


if __name__ == "__main__":
    asyncio.run(main())
