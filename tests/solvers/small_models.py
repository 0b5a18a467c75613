"""Small models for the tests of solvers."""

from __future__ import annotations

import numpy as np

from agentkit.solvers.linear_model import LinearModel, rows_from_triplets

__all__ = ["model_of", "random_model"]


def model_of(
    matrix: list[list[float]],
    lower: list[float],
    upper: list[float],
    *,
    most: float = np.inf,
    integer: bool = False,
) -> LinearModel:
    """Rows between lower and upper, columns between 0 and `most`."""
    dense = np.array(matrix, dtype=float)
    rows, columns = dense.shape
    at = np.nonzero(dense)
    sparse = rows_from_triplets(rows, at[0], at[1], dense[at])
    return LinearModel(
        np.ones(columns),
        np.zeros(columns),
        np.full(columns, most),
        np.full(columns, integer),
        np.array(lower, dtype=float),
        np.array(upper, dtype=float),
        sparse.starts,
        sparse.indices,
        sparse.values,
    )


def random_model(seed: int, *, integer: bool) -> LinearModel:
    """A box that equations are too many for."""
    generator = np.random.default_rng(seed)
    rows, columns = 14, 6
    dense = generator.integers(-3, 6, (rows, columns)) * (generator.random((rows, columns)) < 0.5)
    centre = generator.integers(2, 40, rows).astype(float)
    return model_of(dense.tolist(), (centre - 1).tolist(), (centre + 1).tolist(), most=9.0, integer=integer)
