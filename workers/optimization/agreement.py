"""Several formulations of one problem: the optimum on which most of them agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.workers.optimization.conversation import Outcome

__all__ = ["Agreement", "agreement_of"]

SAME = 1e-6
"""The relative difference up to which two optima are the same."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The formulation that is kept, and how many agree with it."""

    outcome: Outcome
    drawn: int
    agreeing: int
    optimum: float | None = None
    """On which they agree; None where it is on there being no solution."""
    disagreement: str = ""
    """What the formulations come to, where not even two of several agree."""


def agreement_of(outcomes: Sequence[Outcome]) -> Agreement:
    """The largest group of outcomes with the same optimum; of equally large ones the first."""
    groups: list[list[Outcome]] = []
    for outcome in outcomes:
        for group in groups:
            if _same(group[0], outcome):
                group.append(outcome)
                break
        else:
            groups.append([outcome])
    answered = [group for group in groups if group[0].done] or groups
    best = max(answered, key=len)
    split = len(outcomes) > 1 and len(best) == 1
    words = "the formulations disagree: " + ", ".join(_words(group[0]) for group in groups) if split else ""
    return Agreement(best[0], len(outcomes), len(best), _optimum(best[0]), words)


def _optimum(outcome: Outcome) -> float | None:
    found = outcome.attempt.solution if outcome.attempt is not None else None
    return found.objective if found is not None else None


def _words(outcome: Outcome) -> str:
    optimum = _optimum(outcome)
    if optimum is not None:
        return f"{optimum:.10g}"
    if outcome.attempt is not None and outcome.attempt.solution is not None:
        return outcome.attempt.solution.status
    return "no formulation"


def _same(one: Outcome, other: Outcome) -> bool:
    first, second = _optimum(one), _optimum(other)
    if first is None or second is None:
        return first is second and one.done == other.done and _words(one) == _words(other)
    return one.done == other.done and math.isclose(first, second, rel_tol=SAME, abs_tol=SAME)
