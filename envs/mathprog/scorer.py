"""Whether an answer is the optimum that a set of problems has on file.

The published scorers differ, so compare figures only where the rule is the same. MAMO's script (Huang et al.
2024, arXiv 2405.13144) allows 1e-4 of the right value or one unit of its last printed digit; ReSocratic's,
which made OptiBench (Yang et al. 2024, arXiv 2407.09887), an absolute 1e-4 on the objective and on every
variable; those of ORLM (Tang et al. 2024, arXiv 2405.17743) and of OptMATH round both to whole numbers and
allow 5 % unless told otherwise, 1e-4 in later uses of the same script. All but ReSocratic's compare the
objective only. Here it is the objective, and right is what meets one of these:

- It is within 1e-4 of the gold, relative to the gold; absolute where the gold is 0.
- The gold is printed with two decimals or more, and the answer is within half a unit of the last one: such
  golds are rounded ("7.78" for 7 7/9). One decimal or none counts as exact ("62.5").
- The question says how to round, and the answer rounded so is the gold, or is the gold rounded so. "Nearest"
  takes any place ("dollar", "whole number", "thousand"), with "up" and "down" where they are said; "rounded
  off" alone stands for whole numbers.

An answer in per cent may be the number before the sign or a hundredth of it. "1.5 million" is 1500000; where
the question speaks of millions itself, 1.5 will do too. Where there is no optimum the word must be the right
one; a set that does not say which ("No Best Solution") takes either.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from agentkit.envs.mathprog.reading import Reading, Status, read_answer, status_of

__all__ = ["ABSOLUTE", "RELATIVE", "Gold", "is_right", "read_gold"]

RELATIVE = 1e-4
"""How far an answer may be off, as a share of the gold."""

ABSOLUTE = 1e-4
"""How far it may be off where the gold is 0."""

_ROUNDED_DECIMALS = 2
"""Decimals from which on a gold is taken for rounded."""

_NEAREST = re.compile(
    r"\bround\w*\b(?P<way>[^.?!]{0,20}?)\bnearest\s+(?:whole\s+)?(?P<what>\w+)", re.IGNORECASE
)
_PLACES = re.compile(
    r"\bround\w*\b(?P<way>[^.?!]{0,20}?)\b(?P<what>one|two|three|four|\d)\s+decimal", re.IGNORECASE
)
_OFF = re.compile(r"\bround(?:ed)?\s+off\b(?P<way>)(?P<what>)", re.IGNORECASE)
_UNITS = {
    "thousand": 1e3, "hundred": 1e2, "ten": 10.0, "million": 1e6, "tenth": 0.1, "hundredth": 0.01,
    "cent": 0.01, "one": 0.1, "two": 0.01, "three": 0.001, "four": 0.0001,
}  # fmt: skip

_SCALES = {1e3: "thousand", 1e6: "million", 1e9: "billion", 1e12: "trillion"}

_SLACK = 1e-9
"""What floating-point numbers are off by, as a share."""


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answer, as it is printed."""

    value: float | None = None
    decimals: int = 0
    """Decimals that are printed."""
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class _Rounding:
    """How a question wants its answer rounded."""

    unit: float
    up: bool
    down: bool

    def takes(self, value: float) -> bool:
        """Whether it may result from such rounding."""
        count = value / self.unit
        return abs(count - round(count)) <= 1e-6

    def joins(self, exact: float, rounded: float) -> bool:
        """Whether the one, rounded so, is the other; a half may go either way."""
        if not self.takes(rounded):
            return False
        steps = (rounded - exact) / self.unit
        if self.up or self.down:
            steps = steps if self.up else -steps
            return -_SLACK <= steps < 1.0
        return abs(steps) <= 0.5 + _SLACK


def is_right(answer: str | None, gold: str, question: str = "") -> bool:
    """Whether an answer comes to the gold. Raises `ValueError` where the gold cannot be read.

    >>> is_right("ANSWER: 1,250.04 dollars", "1250"), is_right("ANSWER: 1251", "1250")
    (True, False)
    >>> is_right("ANSWER: 17.4", "17", "What is the least cost, rounded to the nearest dollar?")
    True
    """
    right = read_gold(gold)
    if answer is None:
        return False
    found = read_answer(answer)
    if right.value is None:
        return found.status is not None and right.status in (found.status, "no optimum")
    rounding = _rounding(question)
    return any(_agrees(value, right.value, right, rounding) for value in _values(found, question))


def read_gold(text: str) -> Gold:
    """The right answer of a set. Raises `ValueError` where it is neither a number nor a word for none.

    >>> read_gold("148.60"), read_gold("infeasible").status
    (Gold(value=148.6, decimals=2, status=None), 'infeasible')
    """
    words = text.strip()
    try:
        value = float(words.replace(",", ""))
    except ValueError:
        status = status_of(words)
        if status is None:
            raise ValueError(f"{words!r} is neither a number nor a word for there being none") from None
        return Gold(status=status)
    if not math.isfinite(value):
        raise ValueError(f"{words!r} is no finite number")
    plain = re.fullmatch(r"[-+]?[\d,]*\.(\d+)", words)
    return Gold(value, decimals=len(plain[1]) if plain else 0)


def _values(found: Reading, question: str) -> list[float]:
    """The numbers that an answer may mean."""
    if found.value is None:
        return []
    values = [found.value * found.scale]
    if found.percent:
        values.append(found.value / 100)
    word = _SCALES.get(found.scale)
    if word and re.search(rf"\b{word}", question, re.IGNORECASE):
        values.append(found.value)
    return values


def _agrees(value: float, gold: float, printed: Gold, rounding: _Rounding | None) -> bool:
    if abs(value - gold) <= (RELATIVE * abs(gold) if gold else ABSOLUTE) * (1 + _SLACK):
        return True
    half = 0.5 * 10.0**-printed.decimals
    if printed.decimals >= _ROUNDED_DECIMALS and abs(value - gold) <= half * (1 + 1e-6):
        return True
    return rounding is not None and (rounding.joins(value, gold) or rounding.joins(gold, value))


def _rounding(question: str) -> _Rounding | None:
    """What the question says last of how to round."""
    found = [*_NEAREST.finditer(question), *_PLACES.finditer(question)]
    found = found or list(_OFF.finditer(question))
    if not found:
        return None
    last = max(found, key=re.Match.start)
    what = last["what"].lower()
    unit = 10.0 ** -int(what) if what.isdecimal() else _UNITS.get(what, _UNITS.get(what.rstrip("s"), 1.0))
    way = re.findall(r"\b(?:up|down)\b", last["way"].lower())
    return _Rounding(unit, up="up" in way, down="down" in way)
