"""Directions in which a model's objective improves without end, by as few columns as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.linear_model import Floats, LinearModel

__all__ = ["few_columns", "improving_ray"]

STEEP = 1e-7
"""An objective that improves by less than this, within a box of side 2, does not improve."""


def improving_ray(
    model: LinearModel, still: NDArray[np.bool_] | None = None, limits: SolveLimits | None = None
) -> Floats:
    """The steepest direction, within the box of side 2, that no row and no bound of the continuous relaxation
    ever stops, a figure for each column; empty where there is none. `still` columns do not move.

    >>> none = np.empty(0)
    >>> free = LinearModel(np.array([1.0, 0.0]), np.zeros(2), np.array([np.inf, 5.0]), np.zeros(2, bool),
    ...     none, none, np.zeros(1, np.int32), none.astype(np.int32), none, maximise=True)
    >>> improving_ray(free)
    array([1., 0.])
    """
    fixed = np.zeros(model.columns, dtype=bool) if still is None else still
    cone = replace(
        model,
        col_lower=np.where(np.isfinite(model.col_lower) | fixed, 0.0, -1.0),
        col_upper=np.where(np.isfinite(model.col_upper) | fixed, 0.0, 1.0),
        row_lower=np.where(np.isfinite(model.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(model.row_upper), 0.0, np.inf),
        integer=np.zeros(model.columns, dtype=bool),
        offset=0.0,
        quadratic=None,
    )
    outcome = solve_linear(cone, limits)
    size = max(1.0, float(np.abs(model.cost).max(initial=0.0)))
    if outcome.objective is None or abs(outcome.objective) <= STEEP * size:
        return np.empty(0)
    return np.where(np.abs(outcome.values) > 1e-9, outcome.values, 0.0)


def few_columns(
    model: LinearModel,
    groups: Sequence[NDArray[np.int64]],
    still: NDArray[np.bool_],
    limits: SolveLimits | None = None,
) -> list[int]:
    """Groups of columns of which none can be held still if the objective is to improve without end by them.

    Returns their places in `groups`. Columns in no group may always move, `still` ones never. Empty where the
    objective cannot improve without end at all.
    """
    ray = improving_ray(model, still, limits)
    if not len(ray):
        return []
    kept = [n for n, columns in enumerate(groups) if np.any(ray[columns])]
    held = still.copy()
    for n, columns in enumerate(groups):
        if n not in kept:
            held[columns] = True
    for n in list(kept):
        tried = held.copy()
        tried[groups[n]] = True
        if len(improving_ray(model, tried, limits)):
            held = tried
            kept.remove(n)
    return kept
