"""What would have to give for a model to have a solution: the least relaxation of its rows.

An elastic model (Chinneck 2008, Feasibility and Infeasibility in Optimization, chapter 6): rows may be missed
by amounts that cost a price each, and the total price is the objective. The sum of amounts, not of their
squares, keeps the rows few.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentkit.errors import SolverError
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.linear_model import Floats, LinearModel, rows_from_triplets

__all__ = ["Relaxation", "least_relaxation"]

SMALLEST = 1e-6
"""What is missed by less, relative to the row's size, is not missed."""


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """By how much each row has to give."""

    amounts: Floats
    """For each row: above 0, its upper end has to be so much higher; below 0, its lower end so much lower."""
    price: float
    """What all that costs."""
    values: Floats
    """A solution that is possible then, for each column."""
    proven: bool
    """Whether nothing cheaper would do."""

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows that have to give."""
        return tuple(np.flatnonzero(self.amounts).tolist())


def least_relaxation(
    model: LinearModel, prices: Floats | None = None, limits: SolveLimits | None = None
) -> Relaxation | None:
    """The cheapest way to make room for a solution; None where there is none, or none was found in time.

    `prices` is what a unit costs in each row; an infinite price is for rows that must hold. By default
    relaxing a row by its own size costs 1. Column bounds and integrality always hold.

    >>> rows = rows_from_triplets(2, [0, 0, 1], [0, 1, 0], [1.0, 1.0, 1.0])
    >>> model = LinearModel(np.zeros(2), np.zeros(2), np.full(2, 9.0), np.array([False, False]),
    ...     np.array([-np.inf, 7.0]), np.array([4.0, np.inf]), rows.starts, rows.indices, rows.values)
    >>> least_relaxation(model, np.array([1.0, 5.0])).amounts
    array([3., 0.])
    """
    price = _default_prices(model) if prices is None else np.asarray(prices, dtype=np.float64)
    if len(price) != model.rows:
        raise SolverError(f"{len(price)} prices for {model.rows} rows", where="relaxation")
    above = np.flatnonzero(np.isfinite(price) & np.isfinite(model.row_upper))
    below = np.flatnonzero(np.isfinite(price) & np.isfinite(model.row_lower))
    elastic = _elastic(model, above, below, np.concatenate([price[above], price[below]]))
    outcome = solve_linear(elastic, limits or SolveLimits())
    if outcome.status not in ("optimal", "feasible"):
        return None
    added = outcome.values[model.columns :]
    amounts = np.zeros(model.rows)
    amounts[above] += added[: len(above)]
    amounts[below] -= added[len(above) :]
    size = np.maximum(_finite_size(model), 1.0)
    amounts[np.abs(amounts) <= SMALLEST * size] = 0.0
    total = float(outcome.objective or 0.0)
    return Relaxation(amounts, total, outcome.values[: model.columns], outcome.status == "optimal")


def _finite_size(model: LinearModel) -> Floats:
    """The size of each row's right side."""
    ends = np.array([model.row_lower, model.row_upper])
    size: Floats = np.max(np.where(np.isfinite(ends), np.abs(ends), 0.0), axis=0, initial=0.0)
    return size


def _default_prices(model: LinearModel) -> Floats:
    return 1.0 / np.maximum(_finite_size(model), 1.0)


def _elastic(model: LinearModel, above: NDArray[Any], below: NDArray[Any], price: Floats) -> LinearModel:
    """The model with columns by which rows give, which alone cost something."""
    count = len(above) + len(below)
    rows = np.repeat(np.arange(model.rows), np.diff(model.starts))
    matrix = rows_from_triplets(
        model.rows,
        np.concatenate([rows, above, below]),
        np.concatenate([model.indices, model.columns + np.arange(count)]),
        np.concatenate([model.values, -np.ones(len(above)), np.ones(len(below))]),
    )
    return replace(
        model,
        cost=np.concatenate([np.zeros(model.columns), price]),
        col_lower=np.concatenate([model.col_lower, np.zeros(count)]),
        col_upper=np.concatenate([model.col_upper, np.full(count, np.inf)]),
        integer=np.concatenate([model.integer, np.zeros(count, dtype=bool)]),
        starts=matrix.starts,
        indices=matrix.indices,
        values=matrix.values,
        maximise=False,
        offset=0.0,
        quadratic=None,
    )
