"""What all samples of one evaluation share: the benchmark, the agent, the model and the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit.allocation.ledger import Scope
from agentkit.budget import Budget
from agentkit.engine.store import OpenStore
from agentkit.evals.agents import Agent
from agentkit.evals.context import AgentContext, CountingScreen, SampleMeter
from agentkit.evals.recording import DriftingReplay, Recorder, cassette_path
from agentkit.protocols import Benchmark, ChatModel
from agentkit.sample import Sample

__all__ = ["Bench"]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where samples are carried out."""

    benchmark: Benchmark
    agent: Agent
    opened: OpenStore
    scope: Scope
    """Whose budget the samples are paid out of."""
    model: ChatModel | None = None
    sample_budget: Budget | None = None
    timeout: float | None = None
    """Seconds for each sample, all tries together."""
    retries: int = 2
    """Further tries after errors of the infrastructure."""
    recorder: Recorder | None = None
    replay: Path | None = None
    """The folder of cassettes that answer in the model's place."""
    strict: bool = False
    """Whether a prompt that is not the recorded one is an error."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    hanging: list[asyncio.Future[Any]] = field(default_factory=list)
    """Agents that did not stop when they were told to."""

    def model_for(self, run_id: str) -> ChatModel | None:
        """The model that answers this sample. Raises `CassetteError` where its recording is missing."""
        if self.replay is None:
            return self.model
        return DriftingReplay(cassette_path(self.replay, self.agent.name, run_id), strict=self.strict)

    @contextmanager
    def context(
        self, sample: Sample, epoch: int, run_id: str, model: ChatModel | None, again: bool = False
    ) -> Iterator[AgentContext]:
        """What the agent may use for a sample, within limits of its own."""
        scope = self.scope.child(run_id, self.sample_budget)
        recording: AbstractContextManager[ChatModel | None] = nullcontext(model)
        if self.recorder is not None and model is not None:
            recording = self.recorder.recording(model, run_id)
        try:
            with recording as recorded:
                context = AgentContext(
                    run_id,
                    epoch,
                    self.opened,
                    agent=self.agent.name,
                    goal=sample.task.goal,
                    meter=SampleMeter(recorded, scope) if recorded is not None else None,
                    screen=self._screen(sample),
                    again=again,
                )
                if self.sample_budget is not None and not self.sample_budget.unlimited:
                    # The evaluation has counted it; the sample's own limits are to hold over all sessions.
                    scope.add_spent(context.figures().usage, above=False)
                yield context
        finally:
            scope.close()

    def is_whole(self, path: str | None) -> bool:
        """Whether a scope of this path is that of the whole evaluation, or of more than it."""
        return path is not None and f"{self.scope.path}/".startswith(f"{path}/")

    def _screen(self, sample: Sample) -> CountingScreen | None:
        make = getattr(self.benchmark, "screen", None)
        return CountingScreen(make(sample)) if make is not None else None
