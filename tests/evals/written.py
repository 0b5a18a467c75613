"""Evaluations as `agentkit eval` leaves them, written without running anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agentkit.budget import Usage
from agentkit.evals.config import EvalConfig
from agentkit.evals.folder import Asked, EvalFolder, Selection
from agentkit.evals.record import Outcome, Record

__all__ = ["LETTERS", "asked", "record", "records", "selection", "write_eval"]

LETTERS: Mapping[str, Outcome] = {"+": "right", "-": "wrong", "e": "error", "l": "limit", "?": "unscored"}
"""How `records` takes outcomes; a dot is a sample without a record."""


def asked(number: int, *, group: str = "", **tags: str) -> Asked:
    """Sample number so and so."""
    return Asked(f"s{number}", f"digest {number}", group, tuple(tags.items()))


def selection(
    size: int, epochs: int = 1, *, groups: Sequence[str] = (), levels: Sequence[str] = ()
) -> Selection:
    """This many samples, from s1 on; groups and levels are given to them in turn."""
    return Selection(
        tuple(
            asked(
                number + 1,
                group=groups[number % len(groups)] if groups else "",
                **({"level": levels[number % len(levels)]} if levels else {}),
            )
            for number in range(size)
        ),
        epochs,
    )


def record(number: int, outcome: Outcome = "right", epoch: int = 1, **more: Any) -> Record:
    """The record of sample number so and so: 100 tokens, a cent and two seconds unless told otherwise."""
    score = {"right": 1.0, "unscored": None}.get(outcome, 0.0)
    usage = Usage(calls=2, prompt_tokens=90, completion_tokens=10, usd=0.01, seconds=1.5)
    facts = {"digest": f"digest {number}", "score": score, "usage": usage, "seconds": 2.0, "steps": 3}
    return Record(sample=f"s{number}", epoch=epoch, outcome=outcome, **{**facts, **more})


def records(outcomes: str, epoch: int = 1, **more: Any) -> list[Record]:
    """A record for each letter, of the samples from s1 on.

    >>> [one.outcome for one in records("+-.e")]
    ['right', 'wrong', 'error']
    """
    return [
        record(place + 1, LETTERS[letter], epoch, **more)
        for place, letter in enumerate(outcomes)
        if letter != "."
    ]


def write_eval(path: Path, selection: Selection, records: Iterable[Record], **config: Any) -> EvalFolder:
    """The folder of an evaluation that is done."""
    path.mkdir(parents=True)
    folder = EvalFolder(path)
    facts = {"benchmark": "sums", "agent": path.name, "model": "scripted"}
    folder.adopt(EvalConfig(**{**facts, **config}))
    folder.write_selection(selection)
    with folder.records_file.open("w", encoding="utf-8") as file:
        file.writelines(one.model_dump_json() + "\n" for one in records)
    return folder
