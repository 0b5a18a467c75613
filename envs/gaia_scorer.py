"""Whether an answer to a GAIA question is right, by the official rules and nothing else.

The rules are those of the scorer that the authors published with the benchmark's leaderboard (Mialon et
al. 2023, arXiv 2311.12983, section 3: "quasi exact match"). They are kept to the letter, odd ends included,
because a kinder scorer would make figures that cannot be compared with anybody's:

- Whatever Python's `float()` takes is a number: also "1_000", "1e3", " 12 ", digits of other scripts, "inf"
  and "nan".
- What was to be a number and is none counts as infinity. So anything unreadable, and no answer at all, is
  right where the answer is infinite ("inf", "1e999"). And nothing is right where it is "nan".
- A right answer such as "1,234" is no number but a list of two.
- Only ASCII punctuation is punctuation, accents count, and lower case is `str.lower`.
- No answer is the text "None".
"""

from __future__ import annotations

import math
import re
import string

__all__ = ["question_scorer"]

_SEPARATOR = re.compile(r"[,;]")
_SPACE = re.compile(r"\s")
_WITHOUT_SIGNS = str.maketrans("", "", "$%,")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def question_scorer(answer: str | None, gold: str) -> bool:
    """Whether `answer` is right where `gold` is the right answer.

    Numbers are compared as floating-point numbers without `$`, `%` and commas; lists element by element, in
    order; texts without white space, punctuation and case.

    >>> question_scorer("$1,234.50", "1234.5"), question_scorer("17 kg", "17")
    (True, False)
    >>> question_scorer("pear; 2.0", "Pear, 2"), question_scorer("2, pear", "Pear, 2")
    (True, False)
    >>> question_scorer("St Petersburg", "St. Petersburg"), question_scorer("the castle", "castle")
    (True, False)
    """
    given = "None" if answer is None else answer
    if (number := _number(gold)) is not None:
        return _read_number(given) == number
    if _SEPARATOR.search(gold):
        return _same_lists(_SEPARATOR.split(given), _SEPARATOR.split(gold))
    return _squeezed(given).translate(_WITHOUT_PUNCTUATION) == _squeezed(gold).translate(_WITHOUT_PUNCTUATION)


def _same_lists(given: list[str], gold: list[str]) -> bool:
    return len(given) == len(gold) and all(map(_same_elements, given, gold))


def _same_elements(given: str, gold: str) -> bool:
    """Unlike in a text that stands alone, punctuation counts here."""
    if (number := _number(gold)) is not None:
        return _read_number(given) == number
    return _squeezed(given) == _squeezed(gold)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read_number(answer: str) -> float:
    """The number that an answer means; infinity where it is none."""
    number = _number(answer.translate(_WITHOUT_SIGNS))
    return math.inf if number is None else number


def _squeezed(text: str) -> str:
    """Without white space and case."""
    return _SPACE.sub("", text).lower()
