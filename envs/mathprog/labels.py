"""A second set of labels, and why one is not enough.

The golds of published sets are noisy. Of those that could be compared, the corrections that came with SIRL
(Chen et al. 2025, arXiv 2505.11792) change 71 of 635 answers of MAMO's easy part, 44 of 196 of its complex
part and 21 of 243 of NL4OPT; a survey that checked IndustryOR by hand kept 42 of its 100 problems. NL4OPT's
own formulations, compiled to a solver by a plain script, gave an optimum for 184 of 244: 159 of these are the
published answers, 167 the corrected ones. The usual causes are variables taken for whole or not, a table that
lost a row, and generated answers that nobody solved again. Among the what-if questions `whatif` names four
golds that fit no reading, and one line has no question.

So a difference of a few points between two agents means little against one set of labels. Put a file
`second_labels.jsonl` beside the problems, with lines like `{"id": "industryor/1", "answer": 135000}`, and
every answer is scored against both: the benchmark's score stays that of the published label, the other is
shown beside it. A problem that the file does not name, or whose answer there is null, keeps the published
label in both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.envs.mathprog.scorer import read_gold
from agentkit.errors import TaskError

__all__ = ["SECOND_LABELS", "read_labels"]

SECOND_LABELS = "second_labels.jsonl"
"""The file with the second labels, beside the problems."""

_MEND = 'write lines like {"id": "industryor/1", "answer": 135000}'


def read_labels(folder: Path) -> Mapping[str, str] | None:
    """The second labels by sample; None where there is no such file. Raises `TaskError` for a broken one."""
    place = folder / SECOND_LABELS
    if not place.is_file():
        return None
    labels: dict[str, str] = {}
    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TaskError("the second labels cannot be read", where=str(place), mend=_MEND) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            labels |= _label(line, f"{place}, line {number}")
    return labels


def _label(line: str, where: str) -> dict[str, str]:
    """One label; nothing where its answer is null."""
    try:
        content: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TaskError("this is no JSON object", where=where, mend=_MEND) from error
    name = content.get("id") if isinstance(content, dict) else None
    if not isinstance(name, str) or not name or "answer" not in content:
        raise TaskError("a label has an id and an answer", where=where, mend=_MEND)
    answer = content["answer"]
    if answer is None:
        return {}
    try:
        read_gold(str(answer))
    except ValueError as error:
        raise TaskError(f"the label cannot be read: {error}", where=where, mend=_MEND) from error
    return {name: str(answer)}
