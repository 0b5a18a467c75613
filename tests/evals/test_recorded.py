"""A strong model's evaluation on `gaia-style`, recorded blind, replays exactly, with tools and scorer live.

`make evals` shows the same as tables.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.evals.record import Record
from agentkit.evals.runner import Evaluated, evaluate

CASSETTES = Path(__file__).parent / "cassettes"

SAMPLES = tuple(sorted({path.name.removesuffix("-e1.jsonl") for path in CASSETTES.glob("*/*.jsonl")}))

RIGHT = {"bare": 19, "bare-tools": 19, "workforce": 19}
"""How many of the samples each agent got when it was recorded."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=sorted(RIGHT))
def agent(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def replay(agent: str, out: Path) -> Evaluated:
    return await evaluate(
        "gaia-style", agent, replay=CASSETTES, strict=True, sample_ids=SAMPLES, out=out, parallel=4
    )


async def test_it_replays_without_drift_to_the_score_that_it_had(agent: str, tmp_path: Path) -> None:
    done = await replay(agent, tmp_path)
    assert (done.summary.error, done.summary.drift, done.stopped) == (0, 0, "")
    assert done.summary.total == len(SAMPLES) >= 15
    assert done.summary.right == RIGHT[agent]


async def test_it_replays_the_same_way_twice(agent: str, tmp_path: Path) -> None:
    def told(record: Record) -> object:
        return record.answer, record.outcome, record.steps, record.tool_calls, record.usage.tokens

    runs = [await replay(agent, tmp_path / name) for name in ("one", "two")]
    first, second = ({r.sample: told(r) for r in run.folder.records()} for run in runs)
    assert first == second
