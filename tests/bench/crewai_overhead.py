"""CPU time of a crew of one task of crewAI when its model answers at once."""

# mypy: disable-error-code="import-not-found,misc"
# (crewAI is installed only in its own environment.)

from __future__ import annotations

import asyncio
from typing import Any

from crewai import Agent, BaseLLM, Crew, Task
from measure import report, timed

__all__: list[str] = []


class Scripted(BaseLLM):
    """Answers at once."""

    def call(self, messages: Any, *args: Any, **options: Any) -> str:
        return "Thought: I now can give a great answer\nFinal Answer: done"

    async def acall(self, messages: Any, *args: Any, **options: Any) -> str:
        return self.call(messages)

    def supports_function_calling(self) -> bool:
        return False

    def supports_stop_words(self) -> bool:
        return False


MODEL = Scripted(model="scripted")


def crew() -> Crew:
    """One agent with one task."""
    agent = Agent(role="clerk", goal="compute", backstory="none", llm=MODEL, verbose=False)
    task = Task(description="Compute it.", expected_output="a number", agent=agent)
    return Crew(agents=[agent], tasks=[task], verbose=False, memory=False, cache=False)


async def cpu(count: int, repeats: int) -> float:
    """CPU milliseconds a crew, for `count` independent crews."""

    async def all_crews() -> None:
        await asyncio.gather(*(crew().kickoff_async() for _ in range(count)))

    return 1000 * (await timed(all_crews, repeats=repeats, warm=repeats > 1)).cpu / count


async def main() -> None:
    """Measure and report."""
    figures = {"subtask_100": await cpu(100, repeats=3), "subtask_1000": await cpu(1000, repeats=1)}
    note = "independent crews of one task: no plan, no checkpoints"
    report("overhead", "crewai", figures, ("crewai",), note)


if __name__ == "__main__":
    asyncio.run(main())
