"""Reads the number, or the word in a number's place, that an answer to an optimisation problem comes to.

Read leniently, since it is the optimum that is measured and not the handwriting:

- The last line with `ANSWER:` says it (the next line where that one ends there); of a text without such a
  line, whichever number or word comes last.
- On that line what stands in brackets is left out, what follows the last `=` counts, and of that the first
  number, or "infeasible" or "unbounded" where the word comes first. Two numbers side by side ("40 to 45",
  "40 or 45") are no answer.
- Thousands may be marked by commas, blanks, apostrophes or underscores, also in the Indian way; the decimal
  mark is a point. Currencies, units, Markdown and LaTeX do not matter. `1.2e6`, `1.2 x 10^6`, `2^10`, `7/3`
  and `\\frac{7}{3}` are numbers; numbers in words are none.
- "%" and "thousand", "million", "billion", "trillion" or a "k" behind a number are kept apart from it
  (`percent`, `scale`): what they mean depends on the question.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

__all__ = ["Reading", "Status", "read_answer", "status_of"]

Status = Literal["infeasible", "unbounded", "no optimum"]
"""Why there is no number; "no optimum" leaves open which of the two it is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says; neither value nor status where nothing can be read."""

    value: float | None = None
    scale: float = 1.0
    """What a word behind the number multiplies it by; the value is without it."""
    percent: bool = False
    """Whether a sign of per cent follows; the value is the number before it."""
    status: Status | None = None


_MARK = re.compile(r"\banswer\b[*\s]*(?:\([^)\n]*\)|is)?[*\s]*[:=]", re.IGNORECASE)

_STATUS = re.compile(
    r"(?P<infeasible>\b(?:in|un)feasib\w+|\bnot feasible\b|\bno feasible\b|\bno solution\b)"
    r"|(?P<unbounded>\bunbounded\b|\binfinit(?:e|y)\b(?! (?:number|many))|∞|\bno finite\b)"
    r"|(?P<neither>\bno (?:best|optimal) solution\b|\bno optimum\b)",
    re.IGNORECASE,
)

_DIGITS = r"""(?:
      \d{1,3}(?P<mark>[,' _])\d{3}(?:(?P=mark)\d{3})*(?!\d)   # 1,234,567
    | \d{1,2}(?:,\d{2}){1,6},\d{3}(?!\d)                        # 12,34,567
    | \d+ )(?:\.\d+)?(?:e[-+]?\d{1,3}(?!\w))? | \.\d+(?:e[-+]?\d{1,3}(?!\w))?"""

_NUMBER = re.compile(
    rf"""(?P<sign>(?<![\w.)])[-+]\s?)? (?<![\w.^]) (?P<digits>{_DIGITS})
    (?: \s?/\s?(?P<under>\d+(?:\.\d+)?)(?![\w/])
      | (?:\^|\*\*)\(?(?P<power>-?\d{{1,2}})\)?(?!\d)
      | \s?[\u00d7x*·]\s?10(?:\^|\*\*)\(?(?P<tens>[-+]?\d{{1,3}})\)? )?
    (?: [\s-]?(?P<word>thousand|million|billion|trillion)s?\b
      | (?P<kilo>k)\b
      | \s?(?P<percent>%|per\s?cent\b) )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

_SUPERSCRIPTS = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b]+")
_REWRITTEN = (
    (re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\(?:times|cdot)\b"), "\u00d7"),
    (re.compile(r"\\infty\b"), "∞"),
    (re.compile(r"\\(?:approx|simeq|sim|eq)\b|[≈≃~]"), "="),
    (re.compile(r"\\[,;:! ]|\{,\}(?!\d{3})"), ""),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\^\{([-+]?\d+)\}"), r"^\1"),
    (re.compile(r"[\u2212\u2013\u2014](?=\s?[\d.$€£¥₹])"), "-"),
    (re.compile(r"(?i)\b(?:us|a|c|hk)\$|\b(?:usd|eur|gbp|cny|rmb|inr|rs)\b\.?"), "$"),
    (re.compile(r"(?<=[^\W\d])\\?[$€£¥₹]"), " "),
    (re.compile(r"\\?[$€£¥₹]\s?(?=[-+\d.])|\\?[$€£¥₹]"), ""),
    (re.compile(r"(?<!\d)\*\*|\*\*(?![-\d(])|`|\\text\b|\\(?=%)"), " "),
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_BESIDE = re.compile(r"\W*(?:or|to|and)\W*|\s*[-\u2013]\s*|\s*\.{2,3}\s*", re.IGNORECASE)


def read_answer(answer: str) -> Reading:
    """What an answer comes to.

    >>> read_answer("Buy both.\\n**ANSWER:** $1,250.50 a week").value
    1250.5
    >>> read_answer("ANSWER: infeasible (28 shifts, 26 workers)").status
    'infeasible'
    >>> read_answer("x = 3 and y = 4, which gives 3*5 + 4*2 = 23").value
    23.0
    """
    text = _plain(answer)
    marks = list(_MARK.finditer(text))
    if marks:
        return _read_line(_line_after(text, marks[-1].end()))
    return _read_last(text)


def status_of(text: str) -> Status | None:
    """The first word for there being no optimum; "no optimum" where both causes are named.

    >>> status_of("infeasible"), status_of("infeasible or unbounded"), status_of("12")
    ('infeasible', 'no optimum', None)
    """
    kinds = {str(match.lastgroup) for match in _STATUS.finditer(text)}
    if kinds == {"infeasible"}:
        return "infeasible"
    if kinds == {"unbounded"}:
        return "unbounded"
    return "no optimum" if kinds else None


def _plain(text: str) -> str:
    """The same with one sign for each thing, and without what only makes it look good."""
    text = _SUPERSCRIPTS.sub(lambda power: f"^{power[0]}", text)
    text = unicodedata.normalize("NFKC", text)
    for pattern, written in _REWRITTEN:
        text = pattern.sub(written, text)
    return text


def _line_after(text: str, place: int) -> str:
    """The rest of the line; the next one that says something where nothing is left of it."""
    lines = [line for line in text[place:].splitlines() if re.search(r"\w|∞", line)]
    return lines[0] if lines else ""


def _read_line(line: str) -> Reading:
    """What the answer's own line says."""
    outside = _BRACKETS.sub(" ", line)
    for said in (outside, line):
        for part in reversed(said.split("=")):
            if _NUMBER.search(part) or _STATUS.search(part):
                return _read_first(part)
    return Reading()


def _read_first(text: str) -> Reading:
    number, word = _NUMBER.search(text), _STATUS.search(text)
    if number is None or (word is not None and word.start() < number.start()):
        return Reading(status=status_of(text))
    following = _NUMBER.search(text, number.end())
    if following is not None and _BESIDE.fullmatch(text, number.end(), following.start()):
        return Reading()
    return _reading_of(number)


def _read_last(text: str) -> Reading:
    numbers, words = list(_NUMBER.finditer(text)), list(_STATUS.finditer(text))
    if words and (not numbers or words[-1].start() > numbers[-1].start()):
        return Reading(status=status_of(words[-1][0]))
    return _reading_of(numbers[-1]) if numbers else Reading()


def _reading_of(number: re.Match[str]) -> Reading:
    """The value of a match, as far as it has one: 1/0 and 9^99 have none, nor has 1e999."""
    value = float(re.sub(r"[,' _]", "", number["digits"]))
    try:
        if number["under"]:
            value /= float(number["under"])
        if number["power"]:
            value **= int(number["power"])
        if number["tens"]:
            value *= 10.0 ** int(number["tens"])
    except (ZeroDivisionError, OverflowError):
        return Reading()
    if not math.isfinite(value):
        return Reading()
    word = number["word"]
    scale = _SCALES[word.lower()] if word else 1e3 if number["kilo"] else 1.0
    negative = (number["sign"] or "").startswith("-")
    return Reading(-value if negative else value, scale, percent=bool(number["percent"]))
