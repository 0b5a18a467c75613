"""`LinearModel`: a linear, mixed-integer or quadratic program as arrays, as solvers take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Flags", "Floats", "Indices", "LinearModel", "Quadratic", "rows_from_triplets"]

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int32]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Quadratic:
    """The part x'Qx/2 of an objective: the lower triangle of Q, column by column."""

    starts: Indices
    """Where each column's entries begin; one more than there are columns."""
    indices: Indices
    """The row of each entry."""
    values: Floats
    """Its value."""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Minimise (or maximise) cost·x + offset, with Ax and x between bounds.

    With n columns and m rows: `cost`, `col_lower`, `col_upper` and `integer` have length n, `row_lower` and
    `row_upper` length m; A is stored row by row in `starts` (m + 1), `indices` and `values`. No bound is an
    infinity.
    """

    cost: Floats
    col_lower: Floats
    col_upper: Floats
    integer: Flags
    row_lower: Floats
    row_upper: Floats
    starts: Indices
    indices: Indices
    values: Floats
    maximise: bool = False
    offset: float = 0.0
    quadratic: Quadratic | None = field(default=None)

    @property
    def columns(self) -> int:
        """How many variables."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """How many constraints."""
        return len(self.row_lower)

    @property
    def nonzeros(self) -> int:
        """How many entries A has."""
        return len(self.values)

    def row_activity(self, x: Floats) -> Floats:
        """Ax, one figure for each row.

        >>> sums = rows_from_triplets(1, [0, 0], [0, 1], [1.0, 2.0])
        >>> two = np.zeros(2)
        >>> rest = (np.array([-np.inf]), np.array([4.0]), sums.starts, sums.indices, sums.values)
        >>> LinearModel(two, two, two + 3, two > 0, *rest).row_activity(np.array([1.0, 1.5]))
        array([4.])
        """
        per_entry = self.values * x[self.indices]
        sums: Floats = np.zeros(self.rows)
        filled = np.flatnonzero(np.diff(self.starts))
        if len(filled):
            sums[filled] = np.add.reduceat(per_entry, self.starts[filled])
        return sums

    def with_rows(self, keep: Flags) -> LinearModel:
        """The same with only those rows."""
        counts = np.diff(self.starts)[keep]
        entries = np.repeat(keep, np.diff(self.starts))
        return replace(
            self,
            row_lower=self.row_lower[keep],
            row_upper=self.row_upper[keep],
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            indices=self.indices[entries],
            values=self.values[entries],
        )


@dataclass(frozen=True, slots=True)
class SparseRows:
    """A matrix row by row."""

    starts: Indices
    indices: Indices
    values: Floats


def rows_from_triplets(
    rows: int,
    row_of: Sequence[int] | NDArray[Any],
    col_of: Sequence[int] | NDArray[Any],
    value_of: Sequence[float] | NDArray[Any],
) -> SparseRows:
    """A matrix out of (row, column, value) triplets in any order; what meets in one place is added up.

    >>> rows_from_triplets(2, [1, 0, 1], [0, 2, 0], [1.0, 5.0, 2.0]).values
    array([5., 3.])
    """
    row = np.asarray(row_of, dtype=np.int64)
    col = np.asarray(col_of, dtype=np.int64)
    value = np.asarray(value_of, dtype=np.float64)
    width = int(col.max()) + 1 if len(col) else 1
    key = row * width + col
    if len(key) > 1 and not bool(np.all(key[1:] > key[:-1])):
        order = np.argsort(key, kind="stable")
        key, value = key[order], value[order]
        new = np.concatenate([[True], key[1:] != key[:-1]])
        if not new.all():
            value = np.add.reduceat(value, np.flatnonzero(new))
            key = key[new]
    kept = value != 0
    if not kept.all():
        key, value = key[kept], value[kept]
    counts = np.bincount(key // width, minlength=rows) if len(key) else np.zeros(rows, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return SparseRows(starts, (key % width).astype(np.int32), value)
