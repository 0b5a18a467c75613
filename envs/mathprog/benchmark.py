"""The benchmark: optimisation problems in words, scored by the value of the objective."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from agentkit.envs.mathprog.layout import question_of, read_samples
from agentkit.envs.mathprog.scorer import is_right
from agentkit.sample import Sample, Score

__all__ = ["DATA", "ONLY_SECOND", "SECOND", "Mathprog"]

DATA = Path(__file__).resolve().parents[1] / "data" / "mathprog" / "own.jsonl"
"""Our own problems, each proven by a computation of its own in the tests."""

SECOND = "second labels"
"""The name of the score against the second labels."""

ONLY_SECOND = "right by second label"
"""What a failure is called that is none by the second label."""


class Mathprog:
    """Optimisation problems in words: right is who names the optimal value of the objective.

    Our own small set comes with the library. The published ones (IndustryOR, MAMO, OptMATH-Bench, OptiBench,
    NL4OPT-E, OptiGuide's what-if questions) are read from a folder or a file. `scorer` says what is right,
    `labels` how far the published golds can be trusted.

    >>> bench = Mathprog()
    >>> bench.score(Sample(id="1", task="How much at most?", target="17"), "ANSWER: $17.00").value
    1.0
    """

    name = "mathprog"
    agents = ("bare", "formal")
    """What is compared where nobody says which agents: thought alone, and formulating and solving."""

    def samples(self, data: Path | None = None) -> Iterator[Sample]:
        """The problems in a folder or a file of JSON lines, set after set.

        None is the folder that the environment variable AGENTKIT_MATHPROG names, else our own set. Raises
        `TaskError` where there are no problems, saying how to get them, and for broken second labels.
        """
        return read_samples(_default_data() if data is None else data)

    def score(self, sample: Sample, answer: str | None) -> Score:
        """1 for the optimal value, else 0; beside it the same against the second label where there is one.

        No value where the sample has no target. Raises `ValueError` where it cannot be read.
        """
        if sample.target is None:
            return Score(value=None)
        question = question_of(sample)
        golds = sample.target if isinstance(sample.target, (list, tuple)) else [sample.target]
        first, *second = (float(is_right(answer, str(gold), question)) for gold in golds)
        if not second:
            return Score(value=first)
        label = ONLY_SECOND if second[0] > first else ""
        return Score(value=first, label=label, others={SECOND: second[0]})


def _default_data() -> Path:
    folder = os.environ.get("AGENTKIT_MATHPROG", "").strip()
    return Path(folder) if folder else DATA
