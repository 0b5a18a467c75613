"""Figures as people write them in sentences: words, percents, shares, thousands."""

from __future__ import annotations

import re

__all__ = ["read_number"]

_UNITS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WHOLE = {
    **{word: float(n) for n, word in enumerate(_UNITS)},
    **{word: 10.0 * (n + 2) for n, word in enumerate(_TENS)},
    "a": 1.0,
    "an": 1.0,
}
_SCALES = {
    "dozen": 12.0,
    "hundred": 100.0,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "m": 1e6,
    "billion": 1e9,
}
_TIMES = {"once": 1.0, "twice": 2.0, "double": 2.0, "thrice": 3.0, "triple": 3.0}
_PARTS = {
    **{"half": 2.0, "halves": 2.0, "quarter": 4.0, "third": 3.0, "fourth": 4.0, "fifth": 5.0},
    **{"sixth": 6.0, "seventh": 7.0, "eighth": 8.0, "ninth": 9.0, "tenth": 10.0},
}
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+|[a-z]+|%|/")


def read_number(text: str) -> float:
    """The figure that a text says. Raises `ValueError` where it says none.

    >>> [read_number(text) for text in ("$1,000", "fifteen percent", "1.5 times", "a third", "twenty-five")]
    [1000.0, 0.15, 1.5, 0.3333333333333333, 25.0]
    """
    total, current, seen = 0.0, None, False
    tokens = _TOKEN.findall(text.lower())
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token == "and":
            total, current = total + (current or 0.0), None
            continue
        found = _after(current, token, divides=before == "/")
        if found is not None:
            current, seen = found, True
    if not seen:
        raise ValueError(f"no figure in {text!r}")
    return total + (current or 0.0)


def _after(current: float | None, token: str, *, divides: bool) -> float | None:
    """What the figure so far becomes with another word; None for words that say none: dollars, times."""
    so_far = 1.0 if current is None else current
    if token[0].isdigit() or token[0] == ".":
        figure = float(token.replace(",", ""))
        return so_far / figure if divides else figure
    if token in _WHOLE:
        return (current or 0.0) + _WHOLE[token]
    if token in _TIMES:
        return _TIMES[token]
    if token in _SCALES:
        return so_far * _SCALES[token]
    if token in ("%", "percent", "percents"):
        return so_far / 100
    part = _PARTS.get(token) or _PARTS.get(token.removesuffix("s"))
    return None if part is None else so_far / part
