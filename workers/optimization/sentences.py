"""The task in numbered sentences: a model then names its source by a number, and cannot misquote it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Sentences", "numbered"]

# Ends of sentences: not after "e.g." or a figure's point, which no space and capital follow.
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9(\"'])")
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|approx|No|Nr|Dr|Mr|Mrs|Ms|St)\.|\b[A-Z]\.|^\W*\d+\.)$")


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences, in order; the first is number 1."""

    texts: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(f"{n}| {text}" for n, text in enumerate(self.texts, start=1))

    def quoted(self, source: Any) -> str:
        """The words of a source that is given by number; other words as they are.

        >>> numbered("Cakes need flour. There are 20 kg of it.").quoted([2])
        'There are 20 kg of it.'
        """
        if isinstance(source, str) and re.fullmatch(r"\s*\d+(\s*,\s*\d+)*\s*", source):
            source = [int(part) for part in source.split(",")]
        if isinstance(source, bool) or source is None:
            return ""
        if isinstance(source, int):
            return self.texts[source - 1] if 1 <= source <= len(self.texts) else ""
        if isinstance(source, Sequence) and not isinstance(source, str):
            return " ".join(filter(None, (self.quoted(one) for one in source)))
        return str(source)


def numbered(text: str) -> Sentences:
    """Split a text; every line ends a sentence, as lists and tables need it."""
    found: list[str] = []
    for line in text.splitlines():
        whole = ""
        for part in _END.split(line.strip()):
            whole = f"{whole} {part}".strip()
            if not _ABBREVIATED.search(whole):
                found.append(whole)
                whole = ""
        found.append(whole)
    return Sentences(tuple(filter(None, found)))
