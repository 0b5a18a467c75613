"""Which of several named results is the objective: OptiBench and NL4OPT-E list the variables too.

Yang et al. 2024 (arXiv 2407.09887) call an answer right where every one of these values is. Optima are often
not unique, so that a right plan can differ in its variables; later papers compare the objective only, and so
do we. Its name is told with the question, as the authors tell their models the names of all values: some
questions ask for two optima, one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Objective", "objective_of"]

_OF_THE_WHOLE = re.compile(
    r"\b(?:total|overall|maxim\w*|minim\w*|optimal number|costs?|profits?|revenue|earnings|npv|ratio)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Objective:
    """A value, and what the set calls it."""

    name: str
    value: str


def objective_of(results: Mapping[str, object]) -> Objective:
    """The last result whose name speaks of the whole ("Maximized Profit"), else the last one.

    Raises `ValueError` where there is none: no results at all, or variables only, told by the last name being
    one of a row ("Quantity of Fertilizer 4", "Quantity of Fertilizer 5").

    >>> objective_of({"Number of vans": "4.0", "Minimum cost is": "310.0", "Van 2 is used": "1.0"})
    Objective(name='Minimum cost', value='310.0')
    """
    names = list(results)
    if not names:
        raise ValueError("there are no results")
    whole = [name for name in names if _OF_THE_WHOLE.search(name)]
    if not whole and len(names) > 1 and _row(names[-1]) == _row(names[-2]):
        raise ValueError("the results are variables only; the objective is not among them")
    name = (whole or names)[-1]
    return Objective(re.sub(r"(?:\s+is)?[\s:]*$", "", name), str(results[name]).strip())


def _row(name: str) -> str:
    """What the names of a row have in common."""
    return re.sub(r"\d+|\b[A-Z]\b", "#", name)
