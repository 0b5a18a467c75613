"""What a question of this set is: how it is invented, and how its answer is worked out a second time."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from agentkit.envs.gaia_style.dice import Dice

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["METADATA", "Draft", "Question", "one_line", "overlooked", "words"]

R = TypeVar("R", bound="DataclassInstance")

METADATA = "metadata.jsonl"
"""The file that holds all questions, by GAIA's own name for it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it was invented, with its answer."""

    text: str
    """What is asked."""
    answer: str
    """The right answer, computed from the facts as they were invented."""
    traps: tuple[str, ...]
    """Answers that hasty readings give; each must be wrong."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The attachments' contents by name."""


@dataclass(frozen=True)
class Question(ABC):
    """One question: a template (the class) and what tells it from its sisters (the fields)."""

    key: str
    """Its id, which also begins its files' names."""
    level: int
    """1, 2 or 3, as in GAIA."""
    seed: int
    """Of its own dice, so that no other question changes this one."""

    family: ClassVar[str]
    """The template's name."""
    steps: ClassVar[str]
    """The way to the answer, in short."""
    tools: ClassVar[tuple[str, ...]] = ()
    """What a person would use."""

    @abstractmethod
    def make(self, dice: Dice) -> Draft:
        """Invent the facts, and write the files, the question and the answer from them."""

    @abstractmethod
    def prove(self, folder: Path) -> str:
        """Work the answer out from what lies in the folder alone, in another way than `make`."""

    def file(self, name: str) -> str:
        """The full name of one of its files."""
        return f"{self.key}-{name}"

    def asked(self, folder: Path) -> str:
        """The question's text as it is written in the folder, for proofs of questions without files."""
        for line in (folder / METADATA).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["task_id"] == self.key:
                return str(record["Question"])
        raise LookupError(f"{METADATA} has no question {self.key}")


def one_line(text: str) -> str:
    r"""The text as one paragraph, or as several where empty lines part it.

    >>> one_line("How many\n    trees?")
    'How many trees?'
    """
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def overlooked(rules: R) -> list[R]:
    """The same rules as hasty people read them, each time with one of the rules (a field) overlooked.

    >>> @dataclass(frozen=True)
    ... class Rules:
    ...     refunds: bool = True
    >>> overlooked(Rules())
    [Rules(refunds=False)]
    """
    names = [entry.name for entry in fields(rules) if getattr(rules, entry.name) is True]
    return [replace(rules, **{name: False}) for name in names]


def words(text: str) -> tuple[str, ...]:
    """The words of a text, for long lists of names.

    >>> words("Ada  Bo")
    ('Ada', 'Bo')
    """
    return tuple(text.split())
