"""GAIA: real-world questions with one short right answer each, to be scored by the official rules.

Mialon et al. 2023, "GAIA: a benchmark for General AI Assistants", arXiv 2311.12983. The validation split
(165 questions) is scored here; the answers of the test split are not published, so its answers go to the
benchmark's leaderboard as a `submission`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from agentkit.envs.gaia_guard import GaiaGuard
from agentkit.envs.gaia_layout import question_of, read_samples
from agentkit.envs.gaia_scorer import question_scorer
from agentkit.sample import Sample, Score

__all__ = ["Answered", "Gaia"]

_PREFACE = re.compile(r"final answer:", re.IGNORECASE)


class Answered(Protocol):
    """What a submission needs of a record."""

    @property
    def sample(self) -> str:
        """The sample's id."""

    @property
    def answer(self) -> str | None:
        """The answer; None where there is none."""

    @property
    def reason(self) -> str:
        """What there is to say about it."""


class Gaia:
    """The benchmark, read from the files that its authors give out on request.

    >>> Gaia().score(Sample(id="1", task="How many?", target="17"), "FINAL ANSWER: 17").value
    1.0
    """

    name = "gaia"

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def samples(self, data: Path | None = None) -> Iterator[Sample]:
        """The questions of a split, validation where `data` does not say which.

        `data` may be the repository's folder, its folder `2023`, a split's folder or a metadata file; None
        is the folder that the environment variable AGENTKIT_GAIA names. Raises `TaskError` where there are
        no questions, saying how to get them.
        """
        return self._placed(read_samples(self._default_data() if data is None else data))

    def score(self, sample: Sample, answer: str | None) -> Score:
        """1 for a right answer, else 0, as the official scorer has it; no value where nobody knows it.

        What stands before "FINAL ANSWER:" is no part of an answer. No answer at all is wrong, although the
        official scorer reads it as the text "None".
        """
        if sample.target is None:
            return Score(value=None)
        right = answer is not None and question_scorer(_final(answer), str(sample.target))
        return Score(value=float(right))

    def screen(self, sample: Sample) -> GaiaGuard:
        """What keeps the benchmark's published answers from the tools' results."""
        return GaiaGuard(sample.id, question_of(sample), sample.task.attachments)

    def submission(self, records: Iterable[Answered]) -> Iterator[dict[str, str]]:
        """The lines of a file for the leaderboard: one for each record, in the order of the questions.

        Unanswered questions have an empty answer, so that none is missing.
        """
        last = len(self._places)
        for record in sorted(records, key=lambda record: self._places.get(record.sample, last)):
            yield {
                "task_id": record.sample,
                "model_answer": _final(record.answer or ""),
                "reasoning_trace": record.reason,
            }

    def _default_data(self) -> Path | None:
        """Where the files are when nobody says; benchmarks of the same form have their own place."""
        folder = os.environ.get("AGENTKIT_GAIA", "").strip()
        return Path(folder) if folder else None

    def _placed(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        for sample in samples:
            self._places.setdefault(sample.id, len(self._places))
            yield sample


def _final(answer: str) -> str:
    """What follows the last "FINAL ANSWER:"; the whole where there is none."""
    *before, final = _PREFACE.split(answer)
    return final.strip() if before else final
