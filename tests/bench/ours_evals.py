"""agentkit's evaluations: 1,000 samples at 100 at a time, records, journal and all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evals_sums import PARALLEL, answer, child, figures, goal, target
from measure import report

from agentkit.evals.context import AgentContext
from agentkit.evals.runner import evaluate
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.protocols import ModelInfo, OnDelta
from agentkit.sample import Sample, Score
from agentkit.task import Task

__all__: list[str] = []


@dataclass(slots=True)
class Sums:
    """The benchmark."""

    size: int
    name: str = "sums"

    def samples(self, data: Path | None = None) -> Iterator[Sample]:
        """One at a time."""
        for number in range(self.size):
            yield Sample(id=f"s{number}", task=Task(goal=goal(number)), target=target(number))

    def score(self, sample: Sample, given: str | None) -> Score:
        """Right or wrong."""
        return Score(value=float(given == sample.target))


@dataclass(slots=True)
class SlowModel:
    """A model that takes its time and is always right; it remembers nothing."""

    seconds: float
    info: ModelInfo = field(default_factory=lambda: ModelInfo(name="sums"))

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The answer, after a while."""
        await asyncio.sleep(self.seconds)
        return Completion(text=answer(request.messages[-1].content))


async def ask(sample: Sample, context: AgentContext) -> str:
    """The agent: one question, budgeted and journaled."""
    messages = (Message(role="user", content=sample.task.goal),)
    return (await context.model.complete(ChatRequest(messages=messages))).text


async def run(size: int, seconds: float, folder: str) -> int:
    """Evaluate; how many answers were right."""

    done = await evaluate(Sums(size), ask, model=SlowModel(seconds), parallel=PARALLEL, out=folder)
    return done.summary.right


if __name__ == "__main__":
    if not child(run):
        report("evals", "ours", figures(), ("agentkit",), "every record fsynced, every call journaled")
