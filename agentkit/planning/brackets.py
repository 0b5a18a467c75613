"""Reads text made of words and round brackets, remembering the line that each stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agentkit.errors import FormulationError

__all__ = ["Group", "Node", "Word", "read_brackets"]

_TOKEN = re.compile(r"[()]|[^\s();]+|;[^\n]*|\n")
_DEEPEST = 200
"""More brackets in brackets than anybody writes, and fewer than Python's own stack takes."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, in small letters."""

    text: str
    """The word."""
    line: int
    """Its line, from 1."""


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between two brackets."""

    items: tuple[Word | Group, ...]
    """Words and further groups."""
    line: int
    """The line of the opening bracket, from 1."""

    @property
    def head(self) -> str:
        """The first word; empty where there is none."""
        return self.items[0].text if self.items and isinstance(self.items[0], Word) else ""

    @property
    def rest(self) -> tuple[Word | Group, ...]:
        """What follows the first item."""
        return self.items[1:]


Node = Word | Group


def read_brackets(text: str, source: str) -> Group:
    """The one group that a text consists of; what follows a semicolon on a line is a comment.

    Raises `FormulationError` with the line where brackets do not match.

    >>> read_brackets("(a (B c)) ; so", "x").items[1].head
    'b'
    """
    tokens = list(_tokens(text))
    if not tokens or tokens[0].text != "(":
        raise FormulationError(
            "the text does not begin with an opening bracket", where=source, mend="it must be (define …)"
        )
    open_groups: list[tuple[int, list[Node]]] = []
    for place, token in enumerate(tokens):
        if token.text == "(":
            open_groups.append((token.line, []))
            if len(open_groups) > _DEEPEST:
                raise FormulationError("the brackets are nested too deep", where=f"{source}:{token.line}")
        elif token.text == ")":
            line, items = open_groups.pop()
            group = Group(tuple(items), line)
            if not open_groups:
                if place + 1 < len(tokens):
                    after = tokens[place + 1]
                    raise FormulationError(
                        f"{after.text!r} follows after the last closing bracket",
                        where=f"{source}:{after.line}",
                        mend="a bracket is closed too early, or there is one too many",
                    )
                return group
            open_groups[-1][1].append(group)
        else:
            open_groups[-1][1].append(token)
    raise FormulationError(
        f"{len(open_groups)} brackets are not closed, the innermost opened here",
        where=f"{source}:{open_groups[-1][0]}",
    )


def _tokens(text: str) -> Iterator[Word]:
    line = 1
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif not token.startswith(";"):
            yield Word(token.lower(), line)
