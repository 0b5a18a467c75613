"""Finds in an answer what the tasks asked for: a number or a plan, and perhaps a bound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PlanClaim", "ValueClaim", "read_plan", "read_value"]

_NUMBER = r"([-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,.]*\d)|[-+]?\d+(?:\.\d+)?(?![\d,.]*\d))"
_AFTER_MARK = rf"[*_`]*\s*[:=][\s*_`$€]*{_NUMBER}"
_ANSWER = re.compile(rf"\bANSWER{_AFTER_MARK}(?=[^\d\n]*(?:$|\bBOUND\b))", re.IGNORECASE | re.MULTILINE)
_BOUND = re.compile(rf"\bBOUND{_AFTER_MARK}[^\d\n]*$", re.IGNORECASE | re.MULTILINE)
_ALONE = re.compile(rf"[\s*_`$€]*{_NUMBER}[^\d]{{0,20}}")
_PLAN = re.compile(r"^\W*PLAN\b\W*$", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(r"\w[\w-]*")


@dataclass(frozen=True, slots=True)
class ValueClaim:
    """A number that is said to be the optimum, or near it."""

    value: float
    bound: float | None
    """What no plan is said to beat; None where nothing is said."""


@dataclass(frozen=True, slots=True)
class PlanClaim:
    """A plan that is said to be shortest, or nearly so."""

    steps: tuple[tuple[str, ...], ...]
    """Each an action's name and its arguments, in small letters."""
    bound: float | None
    """The number of actions that no plan is said to go below; None where nothing is said."""


def read_value(answer: str) -> ValueClaim | None:
    """The last number after "ANSWER:", or the only thing that there is; None where there is no such number.

    >>> read_value("So it is 12.\\nANSWER: 1,204 euros")
    ValueClaim(value=1204.0, bound=None)
    >>> read_value("ANSWER: 258\\nBOUND: 249.5")
    ValueClaim(value=258.0, bound=249.5)
    """
    found = [match[1] for match in _ANSWER.finditer(answer)]
    if not found:
        alone = _ALONE.fullmatch(_BOUND.sub("", answer))
        found = [alone[1]] if alone else []
    return ValueClaim(_number(found[-1]), _bound(answer)) if found else None


def read_plan(answer: str, actions: Mapping[str, int]) -> PlanClaim | None:
    """The actions below the last line "PLAN:", or all that the answer names; None where there are none.

    Numbers before actions, brackets and commas do not matter, and lines that name no action are passed over.
    One with too few or too many arguments stays, so that it can be told.

    >>> read_plan("PLAN:\\n1. unstack A B\\n2. (put-down A)", {"unstack": 2, "put-down": 1}).steps
    (('unstack', 'a', 'b'), ('put-down', 'a'))
    """
    places = [match.end() for match in _PLAN.finditer(answer)]
    lines = answer[places[-1] if places else 0 :].splitlines()
    steps = [step for line in lines if (step := _step(line, actions, strictly=not places))]
    return PlanClaim(tuple(steps), _bound(answer)) if steps or places else None


def _step(line: str, actions: Mapping[str, int], *, strictly: bool) -> tuple[str, ...] | None:
    words = [word.lower() for word in _WORD.findall(line)]
    while words and words[0].isdigit():
        del words[0]
    if not words or words[0] not in actions or (strictly and len(words) != actions[words[0]] + 1):
        return None
    return tuple(words)


def _bound(answer: str) -> float | None:
    found = [match[1] for match in _BOUND.finditer(answer)]
    return _number(found[-1]) if found else None


def _number(text: str) -> float:
    return float(text.replace(",", ""))
