"""Reads plans and numbers out of answers, however they are set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

__all__ = ["read_number", "read_plan"]

Step = tuple[str, ...]

_MARKER = re.compile(r"^[\s#>*]*(?:final\s+answer|answer|plan)[\s*]*:[\s*]*", re.IGNORECASE | re.MULTILINE)
_NUMBERING = re.compile(r"^(?:[\s>*•-]|(?:step\s*)?\d+\s*[.):]|step\s*\d+\s+)+", re.IGNORECASE)
_BRACKETS = re.compile(r"\(([^()]*)\)")
_CALL = re.compile(r"^([\w-]+)\s*\(([^()]*)\)")
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?:\s*/\s*\d+)?|[-+]?\.\d+")


def read_plan(answer: str, arities: Mapping[str, int]) -> list[Step]:
    """The steps of an answer; `arities` has for each action's name how many arguments it takes.

    Steps may be numbered, stand in brackets or not, one a line or several, with spaces or commas, or be
    written as calls. Where steps stand in several places, apart from each other, the last ones count.

    >>> read_plan("1. unstack(c, b)\\n2. (put-down c)", {"unstack": 2, "put-down": 1})
    [('unstack', 'c', 'b'), ('put-down', 'c')]
    """
    text = _after_marker(answer.replace("`", " ").replace("**", " "))
    runs: list[list[Step]] = [[]]
    for line in text.lower().splitlines():
        steps = _steps(line, arities)
        if steps:
            runs[-1] += steps
        elif line.strip() and runs[-1]:
            # Words between steps end what went before; a title before the first does not.
            runs.append([])
    found = [run for run in runs if run]
    return found[-1] if found else []


def read_number(answer: str) -> float | None:
    """The last number of the last line that has one; None where there is none.

    >>> read_number("3 robots need\\n1,204.5 minutes")
    1204.5
    """
    for line in reversed(answer.strip().splitlines()):
        found = _NUMBER.findall(line.replace("`", " ").replace("*", " "))
        if found:
            return _value(found[-1])
    return None


def _after_marker(text: str) -> str:
    """What follows the last "answer:" or "plan:" at the beginning of a line, if there is any."""
    rest = _MARKER.split(text)[-1]
    return rest if rest.strip() else text


def _steps(line: str, arities: Mapping[str, int]) -> list[Step]:
    bare = _NUMBERING.sub("", line.strip()).strip()
    call = _CALL.match(bare)
    if call and call[1] in arities:
        return [(call[1], *_words(call[2]))]
    grouped = [tuple(_words(group)) for group in _BRACKETS.findall(line)]
    steps = [group for group in grouped if group and group[0] in arities]
    if steps:
        return steps
    words = tuple(_words(bare.rstrip(".;,")))
    # Without brackets it might be a sentence that begins like an action.
    if words and words[0] in arities and len(words) == arities[words[0]] + 1:
        return [words]
    return []


def _words(text: str) -> Iterable[str]:
    return [word.strip("?'\"") for word in re.split(r"[\s,]+", text.strip()) if word.strip("?'\"")]


def _value(text: str) -> float | None:
    try:
        return float(Fraction(text.replace(",", "").replace(" ", "")))
    except (ValueError, ZeroDivisionError):
        return None
