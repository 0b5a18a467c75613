"""Directions in which a model's objective improves without end, by as few columns as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from agentkit.solvers.highs import LinearOutcome, SolveLimits, solve_linear
from agentkit.solvers.linear_model import Floats, LinearModel, rows_from_triplets

__all__ = ["few_columns", "has_run_away", "improving_ray"]

STEEP = 1e-7
"""An objective that improves by less than this, within a box of side 2, does not improve."""

FAR = 1e5
"""A quadratic optimum with no figure beyond this is taken for one."""


def improving_ray(
    model: LinearModel, still: NDArray[np.bool_] | None = None, limits: SolveLimits | None = None
) -> Floats:
    """The steepest direction, within the box of side 2, that no row and no bound of the continuous relaxation
    ever stops, a figure for each column; empty where there is none. `still` columns do not move. Where the
    objective is quadratic, its quadratic part stays as it is along the direction.

    >>> none = np.empty(0)
    >>> free = LinearModel(np.array([1.0, 0.0]), np.zeros(2), np.array([np.inf, 5.0]), np.zeros(2, bool),
    ...     none, none, np.zeros(1, np.int32), none.astype(np.int32), none, maximise=True)
    >>> improving_ray(free)
    array([1., 0.])
    """
    fixed = np.zeros(model.columns, dtype=bool) if still is None else still
    cone = replace(
        _with_still_squares(model),
        col_lower=np.where(np.isfinite(model.col_lower) | fixed, 0.0, -1.0),
        col_upper=np.where(np.isfinite(model.col_upper) | fixed, 0.0, 1.0),
        integer=np.zeros(model.columns, dtype=bool),
        offset=0.0,
        quadratic=None,
    )
    cone = replace(
        cone,
        row_lower=np.where(np.isfinite(cone.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(cone.row_upper), 0.0, np.inf),
    )
    outcome = solve_linear(cone, limits)
    size = max(1.0, float(np.abs(model.cost).max(initial=0.0)))
    if outcome.objective is None or abs(outcome.objective) <= STEEP * size:
        return np.empty(0)
    return np.where(np.abs(outcome.values) > 1e-9, outcome.values, 0.0)


def has_run_away(model: LinearModel, outcome: LinearOutcome) -> bool:
    """Whether an optimum that HiGHS claims for a quadratic objective is a point on the way to infinity.

    HiGHS adds a little curvature to every column, so that its quadratic solver comes to rest far out where a
    convex objective has no end.
    """
    if model.quadratic is None or outcome.status != "optimal" or not len(outcome.values):
        return False
    return bool(np.abs(outcome.values).max() > FAR) and len(improving_ray(model)) > 0


def _with_still_squares(model: LinearModel) -> LinearModel:
    """With rows Qx = 0 for a quadratic part x'Qx/2."""
    quadratic = model.quadratic
    if quadratic is None:
        return model
    column = np.repeat(np.arange(model.columns), np.diff(quadratic.starts))
    row, value = quadratic.indices.astype(np.int64), quadratic.values
    beside = row != column
    used, place = np.unique(np.concatenate([row, column[beside]]), return_inverse=True)
    across = np.concatenate([column, row[beside]])
    flat = rows_from_triplets(len(used), place, across, np.concatenate([value, value[beside]]))
    zeros = np.zeros(len(used))
    return replace(
        model,
        row_lower=np.concatenate([model.row_lower, zeros]),
        row_upper=np.concatenate([model.row_upper, zeros]),
        starts=np.concatenate([model.starts, model.starts[-1] + flat.starts[1:]]).astype(np.int32),
        indices=np.concatenate([model.indices, flat.indices]).astype(np.int32),
        values=np.concatenate([model.values, flat.values]),
    )


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
