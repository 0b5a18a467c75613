"""Inspect's evaluations: the same 1,000 samples at 100 at a time, with its own log."""

# mypy: disable-error-code="import-not-found,misc"
# (Inspect is installed only in its own environment.)

from __future__ import annotations

import asyncio
from typing import Any

from evals_sums import PARALLEL, answer, child, figures, goal, target
from inspect_ai import Task, eval_async
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, get_model, modelapi
from inspect_ai.scorer import match
from inspect_ai.solver import generate
from measure import report

__all__: list[str] = []


@modelapi(name="sums")
class SumsAPI(ModelAPI):
    """A model that takes its time and is always right."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        seconds: float = 0.0,
        **_: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], GenerateConfig())
        self._seconds = seconds

    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        """The answer, after a while."""
        await asyncio.sleep(self._seconds)
        return ModelOutput.from_content(self.model_name, answer(input[-1].text))

    def max_connections(self) -> int:
        """As many as there are samples at a time."""
        return PARALLEL


async def run(size: int, seconds: float, folder: str) -> int:
    """Evaluate; how many answers were right."""
    samples = [Sample(id=f"s{n}", input=goal(n), target=target(n)) for n in range(size)]
    task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match(location="exact"))
    model = get_model(
        "sums/model", seconds=seconds, config=GenerateConfig(max_connections=PARALLEL), memoize=False
    )
    (log,) = await eval_async(task, model=model, max_samples=PARALLEL, log_dir=folder)
    metric = log.results.scores[0].metrics["accuracy"].value if log.results else 0.0
    return round(metric * size)


if __name__ == "__main__":
    if not child(run):
        report("evals", "inspect", figures(), ("inspect-ai",), "its .eval log with all samples")
