"""A strong model's formulations, recorded blind, replay exactly, with compilers, solvers and scorers live.

`make formal` shows the same as tables, with the largest problems, which take minutes. The recordings of word
problems leave the questions out, as these belong to others; they replay where the data are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentkit.envs.mathprog import Mathprog
from agentkit.evals.runner import Evaluated, evaluate
from agentkit.evals.sample_run import run_id_of

TAPES = Path(__file__).parent / "formal"
DATA = Path(__file__).parents[3] / "shared" / "data" / "optimization"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Recorded:
    """What an agent got when it was recorded."""

    benchmark: str
    agent: str
    total: int
    right: int
    data: Path | None = None
    folder: str = ""
    """Where the recordings are, where not under the benchmark's name."""

    @property
    def tapes(self) -> Path:
        """The folder of cassettes."""
        return TAPES / (self.folder or self.benchmark)

    @property
    def samples(self) -> tuple[str, ...]:
        """The samples that are recorded, by the names of the runs; the largest are left out here."""
        names = sorted(p.stem for p in (self.tapes / self.agent).glob("*.jsonl"))
        return tuple(n for n in names if "-large-" not in n)


RECORDED = (
    Recorded("mathprog", "bare", 39, 31, DATA),
    Recorded("mathprog", "formal", 39, 30, DATA),
    Recorded("planning", "bare", 14, 14),
    Recorded("planning", "formal", 14, 14),
    Recorded("ladder", "bare", 20, 20),
    Recorded("ladder", "formal", 20, 20),
    # Further instances, answered after the last change of a prompt.
    Recorded("ladder", "formal", 2, 2, folder="unseen"),
)


async def replay(recorded: Recorded, out: Path, ids: tuple[str, ...]) -> Evaluated:
    options: dict[str, Any] = {"data": recorded.data} if recorded.data is not None else {}
    return await evaluate(
        recorded.benchmark,
        recorded.agent,
        replay=recorded.tapes,
        strict=True,
        sample_ids=ids,
        out=out,
        parallel=2,
        **options,
    )


def ids_of(recorded: Recorded) -> tuple[str, ...]:
    """The samples' ids: runs are called after them, with a digest where letters had to be replaced."""
    if recorded.data is None:
        return tuple(name.removesuffix("-e1") for name in recorded.samples)
    known = {run_id_of(sample.id, 1): sample.id for sample in Mathprog().samples(recorded.data)}
    return tuple(known[name] for name in recorded.samples)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda r: f"{r.folder or r.benchmark}-{r.agent}")
async def test_it_replays_without_drift_to_the_score_that_it_had(recorded: Recorded, tmp_path: Path) -> None:
    if recorded.data is not None and not recorded.data.is_dir():
        pytest.skip("the published word problems are not here (../shared/data/optimization)")
    done = await replay(recorded, tmp_path, ids_of(recorded))
    assert (done.summary.error, done.summary.drift, done.stopped) == (0, 0, "")
    assert (done.summary.total, done.summary.right) == (recorded.total, recorded.right)
