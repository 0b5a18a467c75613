"""What kind of failure a sample is, told by rules alone.

In this order: its time or budget ran out (`limit`); the model declined (`refused`); there is no answer
(`tool error` where its last tool call failed, else `no answer`); the answer is right but for its form
(`wrong form`); it is a number within 5 % of the right one (`near miss`); its last tool call failed
(`tool error`); else it is `wrong`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from agentkit.evals.record import Label

__all__ = ["NEAR", "label_of"]

NEAR = 0.05
"""Relative distance up to which a number is a near miss."""

_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+]?\.\d+")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_REFUSALS = re.compile(
    r"^\W*(?:i(?:'m| am) sorry|sorry|i (?:can(?:no|')t|am (?:not able|unable)|won't|will not)|as an ai)\b",
    re.IGNORECASE,
)


def label_of(
    answer: str | None,
    target: Any,
    *,
    limited: bool = False,
    refused: bool = False,
    last_tool_failed: bool = False,
) -> Label:
    """The kind of failure of an answer that is not right.

    >>> label_of("about 1,050 km", "1000"), label_of("The answer is: Lyon.", "Lyon"), label_of("", "Lyon")
    ('near miss', 'wrong form', 'no answer')
    """
    text = (answer or "").strip()
    if limited:
        return "limit"
    if refused or _REFUSALS.match(text):
        return "refused"
    if not text:
        return "tool error" if last_tool_failed else "no answer"
    targets = [str(t) for t in target] if isinstance(target, (list, tuple, set)) else [str(target)]
    if target is not None and any(_same_but_for_form(text, wanted) for wanted in targets):
        return "wrong form"
    if target is not None and any(_near(text, wanted) for wanted in targets):
        return "near miss"
    return "tool error" if last_tool_failed else "wrong"


def _same_but_for_form(answer: str, target: str) -> bool:
    wanted = _normal(target)
    if not wanted:
        return False
    last_line = answer.strip().splitlines()[-1]
    candidates = [answer, last_line, answer.rpartition(":")[2], last_line.rpartition(" is ")[2]]
    if any(_normal(candidate) == wanted for candidate in candidates):
        return True
    numbers, (value, *more) = _numbers(answer), [*_numbers(target), None]
    alone = _normal(_NUMBER.sub("", target)) == "" and not more[:-1]
    return value is not None and alone and numbers == [value]


def _near(answer: str, target: str) -> bool:
    wanted = _whole_number(target)
    numbers = _numbers(answer)
    if wanted is None or not wanted or len(set(numbers)) != 1:
        return False
    return abs(numbers[0] - wanted) <= NEAR * abs(wanted)


def _whole_number(text: str) -> float | None:
    """The number that a text consists of, perhaps with a sign of money or per cent."""
    numbers = _numbers(text)
    return numbers[0] if len(numbers) == 1 and len(_normal(_NUMBER.sub("", text))) <= 4 else None


def _numbers(text: str) -> list[float]:
    found = []
    for match in _NUMBER.findall(unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")):
        value = float(match.replace(",", ""))
        if math.isfinite(value):
            found.append(value)
    return found


def _normal(text: str) -> str:
    """Letters and digits alone, small, without accents, articles and the order of a list's blanks."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return "".join(c for c in _ARTICLES.sub(" ", plain) if c.isalnum())
