"""The step in which sums of whole numbers times known figures move: what strict comparisons must know."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

__all__ = ["FINEST", "common_measure"]

FINEST = 1e-5
"""The step where figures have no measure in common worth the name: more than what solvers forgive."""

MOST_FIGURES = 10_000
"""Of more figures than this no measure is sought."""


def common_measure(figures: Iterable[float]) -> float:
    """The greatest figure of which all these are multiples.

    >>> common_measure([0.5, 0.75]), common_measure([1 / 3, 2.0]), common_measure([0.123456789])
    (0.25, 0.3333333333333333, 1e-05)
    """
    unique = {abs(figure) for figure in figures} - {0.0}
    if not unique:
        return 1.0
    if len(unique) > MOST_FIGURES:
        return FINEST
    parts = {figure: Fraction(figure).limit_denominator(10_000) for figure in unique}
    if any(abs(float(part) - figure) > 1e-12 * max(figure, 1.0) for figure, part in parts.items()):
        return FINEST
    below = math.lcm(*(part.denominator for part in parts.values()))
    if below > 1 / FINEST:
        return FINEST
    return math.gcd(*(int(part * below) for part in parts.values())) / below
