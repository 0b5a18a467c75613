"""The whole way with a real model, small and clumsy: SmolLM2 in this process, over loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.engine.workforce import Workforce
from agentkit.models.local import LocalModel
from agentkit.workers.reasoning import ReasoningWorker

WEIGHTS = sorted((Path(__file__).resolve().parents[2] / ".models").glob("SmolLM2*.gguf"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WEIGHTS, reason="there are no weights in .models: make model"),
]


@pytest.fixture
def model() -> LocalModel:
    pytest.importorskip("xllamacpp", reason="needs agentkit[local]")
    return LocalModel(WEIGHTS[0])


async def test_a_task_in_one_piece_ends_with_an_answer_or_an_honest_failure(
    home: Path, model: LocalModel
) -> None:
    worker = ReasoningWorker(tools=(), max_steps=2, max_tokens=96)
    team = Workforce([worker], planner="fixed", model=model, home=home)
    result = await team.run("Name the capital of France in one word.")
    assert result.usage.calls >= 1
    assert result.usage.prompt_tokens > 0
    assert result.usage.completion_tokens > 0
    assert result.usage.unpriced_calls == 0
    if result.status == "answered":
        assert result.answer.strip()
    else:
        assert (result.status, result.answer) == ("failed", "")
        assert result.reason
    resumed = await team.resume(result.run_id)
    if result.status == "answered":
        assert resumed == result
