"""Reads optimisation problems from the files as people have them on disk: one JSON object a line.

A file is a set, named for it. A line has the question (`question`; `en_question` and `Question` in some
downloads) and the right answer (`answer`, `en_answer`, `Answer`), or `results` with several by name, of which
the objective is taken; also an id (`id` or `index`; else the line's number) and, in some sets, a `kind`.
A set whose name begins with `whatif_` asks about a base problem in `whatif_problems.json` beside it.
`nl4opt_declarations.jsonl` has formulations but no objective, and is left out of a folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.envs.mathprog.labels import SECOND_LABELS, read_labels
from agentkit.envs.mathprog.results import objective_of
from agentkit.envs.mathprog.scorer import read_gold
from agentkit.envs.mathprog.whatif import PREFIX, Bases, read_bases, whatif_text
from agentkit.errors import TaskError
from agentkit.prompts import load_prompt
from agentkit.sample import Sample
from agentkit.task import Task

__all__ = ["HOW_TO_GET", "NOT_ASKED", "question_of", "read_samples"]

HOW_TO_GET = (
    "download IndustryOR, MAMO (easy and complex LP), OptMATH-Bench, OptiBench, NL4OPT-E (the last two come "
    "with ReSocratic) or the what-if questions of OptiGuide, write each as JSON lines with id, question and "
    "answer, and pass their folder with --data, or set AGENTKIT_MATHPROG to it; without either our own small "
    "set is asked"
)
"""What errors say to those who have no data."""

NOT_ASKED = ("nl4opt_declarations.jsonl", SECOND_LABELS)
"""Files of a folder that hold no problems with a gold objective."""

_MEND_LINE = "mend the line, or remove it"


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a set."""

    place: Path
    number: int
    content: dict[str, Any]
    """What stands in it; nothing where it cannot be read."""

    @property
    def set_name(self) -> str:
        return self.place.stem

    @property
    def id(self) -> str:
        name = self.first("id", "index")
        return f"{self.set_name}/{f'line-{self.number}' if name is None else name}"

    def first(self, *columns: str) -> Any:
        """What the first of these columns holds that is there; None where none is."""
        return next((self.content[name] for name in columns if self.content.get(name) is not None), None)


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is asked, and what is right."""

    text: str
    gold: str
    objective: str = ""
    """What the set calls the objective."""


def read_samples(data: Path) -> Iterator[Sample]:
    """The problems in a folder or in one file, in the order of the files' names and lines.

    A line that cannot be asked is a sample with a `fault`. Where there is a file of second labels, every
    target is a list: the set's own label and the second one. Raises `TaskError`, at once, where there is no
    problem at all, or where none of the second labels is for one.
    """
    files = _files(data)
    folder = files[0].parent
    rows = [row for file in files for row in _rows(file)]
    if not any(row.first("question", "en_question", "Question") for row in rows):
        raise TaskError("holds no optimisation problem", where=str(data), mend=HOW_TO_GET)
    labels = read_labels(folder)
    if labels and not labels.keys() & {row.id for row in rows}:
        what = "none of the second labels is for a problem that is read"
        raise TaskError(what, where=str(folder / SECOND_LABELS), mend="their ids are like industryor/1")
    return _samples(rows, read_bases(folder), labels)


def question_of(sample: Sample) -> str:
    """The problem without our words about the answer's form."""
    begins, _, _ = load_prompt(__file__, "form").partition("{name}")
    return sample.task.goal.rpartition(f"\n\n{begins}")[0] or sample.task.goal


def _files(data: Path) -> list[Path]:
    place = data.expanduser().absolute()
    if place.is_file():
        if place.suffix != ".jsonl" or place.name in NOT_ASKED:
            what = "is no .jsonl file of problems with an objective"
            raise TaskError(what, where=str(data), mend=HOW_TO_GET)
        return [place]
    if not place.is_dir():
        raise TaskError("there is no such file or folder", where=str(data), mend=HOW_TO_GET)
    files = sorted(file for file in place.glob("*.jsonl") if file.name not in NOT_ASKED)
    if not files:
        raise TaskError("there is no .jsonl file of problems here", where=str(data), mend=HOW_TO_GET)
    return files


def _rows(file: Path) -> Iterator[_Row]:
    try:
        lines = file.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        what, mend = f"cannot be read: {error.strerror}", "check its permissions"
        raise TaskError(what, where=str(file), mend=mend) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _Row(file, number, _json_object(line))


def _json_object(line: bytes) -> dict[str, Any]:
    """Empty where it is none."""
    try:
        content = json.loads(line.decode("utf-8"))
        json.dumps(content, ensure_ascii=False).encode("utf-8")  # halves of surrogate pairs are no text
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _samples(rows: list[_Row], bases: Bases, labels: Mapping[str, str] | None) -> Iterator[Sample]:
    for row in rows:
        kind = row.first("kind")
        tags = {"set": row.set_name} | ({"kind": kind} if isinstance(kind, str) else {})
        try:
            problem = _problem(row, bases)
        except ValueError as error:
            fault = str(TaskError(str(error), where=f"{row.place.name}, line {row.number}", mend=_MEND_LINE))
            text = str(row.first("question", "en_question", "Question") or "").strip()
            yield Sample(
                id=row.id, task=Task(goal=text or "(no question)"), group=row.set_name, tags=tags, fault=fault
            )
            continue
        gold: str | list[str] = problem.gold
        if labels is not None:
            gold = [problem.gold, labels.get(row.id, problem.gold)]
        goal = f"{problem.text}\n\n{_form(problem.objective)}"
        yield Sample(id=row.id, task=Task(goal=goal), target=gold, group=row.set_name, tags=tags)


def _problem(row: _Row, bases: Bases) -> _Problem:
    """Raises `ValueError` for what makes a line useless."""
    if not row.content:
        raise ValueError("this is no JSON object in UTF-8, or an empty one")
    question = row.first("question", "en_question", "Question")
    if not isinstance(question, str) or not question.strip():
        raise ValueError("there is no question")
    text = question.strip()
    if row.set_name.startswith(PREFIX):
        text = whatif_text(row.set_name, text, bases)
    results, answer = row.first("results"), row.first("answer", "en_answer", "Answer")
    if answer is None and isinstance(results, dict):
        found = objective_of(results)
        return _Problem(text, _checked(found.value), found.name)
    if answer is None:
        raise ValueError("there is neither an answer nor results")
    return _Problem(text, _checked(answer))


def _checked(answer: object) -> str:
    """The gold as a text; of words for there being none only the first line, which says which."""
    if isinstance(answer, bool) or not isinstance(answer, (str, int, float)):
        raise ValueError("the answer is neither text nor number")
    gold = str(answer).strip().partition("\n")[0]
    read_gold(gold)
    return gold


def _form(objective: str) -> str:
    name = f' ("{objective}")' if objective else ""
    return load_prompt(__file__, "form").replace("{name}", name)
