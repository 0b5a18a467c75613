"""`Builder`: collects the columns and rows of a linear model while formulas are compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agentkit.errors import FormulationError
from agentkit.formulation.scope import Domain
from agentkit.formulation.universe import Codes
from agentkit.formulation.values import Affine, Floats
from agentkit.solvers.common_measure import FINEST, common_measure
from agentkit.solvers.linear_model import rows_from_triplets
from agentkit.solvers.subtours import TourArcs

__all__ = ["Builder", "Interval", "RowBlock", "UnboundedTermError"]

FEASIBLE = 1e-7
"""Bounds that are derived are widened by this share, lest rounding cut off a solution."""


class Interval(NamedTuple):
    """Between which values something lies, for each row."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RowBlock:
    """Rows that came from one element."""

    element: str
    """`constraint capacity`."""
    start: int
    """The first row."""
    count: int
    """How many."""
    domain: Domain | None
    """What its indices stand for in each row; None for auxiliary rows."""
    switched: bool = False
    """Whether a switch turns the rows on, by a figure that comes from bounds."""


@dataclass(slots=True, eq=False)
class Builder:
    """Columns and rows, in blocks as they come."""

    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    integer: list[NDArray[np.bool_]] = field(default_factory=list)
    measure: list[Floats] = field(default_factory=list)
    """For each column a figure of which it is a multiple in every solution: 1 for integers, less for what
    follows from them; 0 where it can take any value."""
    parts: list[Affine] = field(default_factory=list)
    row_lower: list[Floats] = field(default_factory=list)
    row_upper: list[Floats] = field(default_factory=list)
    blocks: list[RowBlock] = field(default_factory=list)
    tours: list[TourArcs] = field(default_factory=list)
    """Round tours among the columns, for which the solver knows cuts."""
    columns: int = 0
    rows: int = 0
    element: str = ""
    """Whose rows are being made."""
    _arrays: tuple[Floats, Floats, NDArray[np.bool_]] | None = None
    _derived: tuple[int, Interval] | None = None

    @contextmanager
    def of(self, element: str) -> Iterator[None]:
        """Rows and columns made inside belong to this element."""
        before, self.element = self.element, element
        try:
            yield
        finally:
            self.element = before

    def add_columns(self, lower: Any, upper: Any, count: int, *, integer: bool, measure: Any = 0.0) -> Codes:
        """New columns; their numbers. `measure`: of what they are multiples without being told so."""
        self.lower.append(np.array(np.broadcast_to(np.asarray(lower, dtype=np.float64), (count,))))
        self.upper.append(np.array(np.broadcast_to(np.asarray(upper, dtype=np.float64), (count,))))
        self.integer.append(np.full(count, integer))
        self.measure.append(np.array(np.broadcast_to(1.0 if integer else np.asarray(measure), (count,))))
        self.columns += count
        self._arrays = None
        return np.arange(self.columns - count, self.columns)

    def new(self, lower: Any, upper: Any, count: int, *, integer: bool = False, measure: Any = 0.0) -> Affine:
        """New columns as functions, one a row."""
        columns = self.add_columns(lower, upper, count, integer=integer, measure=measure)
        return Affine(np.zeros(count), np.arange(count), columns, np.ones(count))

    def binaries(self, count: int) -> Affine:
        """New binary columns as functions, one a row."""
        return self.new(0.0, 1.0, count, integer=True)

    def add_rows(
        self, left: Affine, lower: Any, upper: Any, domain: Domain | None = None, *, switched: bool = False
    ) -> None:
        """lower <= left <= upper, for each row; constants move to the bounds."""
        assert left.products is None
        if not left.rows:
            return
        ends = []
        for end in (lower, upper):
            given = np.broadcast_to(np.asarray(end, dtype=np.float64), (left.rows,))
            # An end that is endless stays so, whatever the constant: x <= inf is no limit.
            with np.errstate(invalid="ignore"):
                ends.append(np.where(np.isinf(given), given, given - left.constant))
        if not np.isfinite(left.coefficient).all() or (ends[0] == np.inf).any() or (ends[1] == -np.inf).any():
            raise FormulationError("an infinite figure stands where it cannot", element=self.element)
        self.row_lower.append(ends[0])
        self.row_upper.append(ends[1])
        self.parts.append(left)
        self.blocks.append(RowBlock(self.element, self.rows, left.rows, domain, switched))
        self.rows += left.rows

    def column_arrays(self) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Lower bounds, upper bounds and integrality of all columns."""
        if self._arrays is None:
            empty = np.empty(0)
            self._arrays = (
                np.concatenate([*self.lower, empty]),
                np.concatenate([*self.upper, empty]),
                np.concatenate([*self.integer, np.empty(0, dtype=bool)]),
            )
        return self._arrays

    def is_binary(self, columns: Codes) -> NDArray[np.bool_]:
        """Which of these columns are 0 or 1."""
        lower, upper, integer = self.column_arrays()
        found: NDArray[np.bool_] = integer[columns] & (lower[columns] >= 0) & (upper[columns] <= 1)
        return found

    def measures(self) -> Floats:
        """For each column a figure of which it is a multiple in every solution; 0 where there is none."""
        if len(self.measure) > 1:
            self.measure = [np.concatenate(self.measure)]
        return self.measure[0] if self.measure else np.empty(0)

    def is_integral(self, left: Affine) -> bool:
        """Whether the values of all rows are whole for whatever solution."""
        steps = self.steps(left)
        return bool(np.all((steps > 0) & (steps == np.round(steps))))

    def steps(self, left: Affine) -> Floats:
        """For each row a figure of which all its values are multiples; 0 where it can take any value."""
        left = _merged_terms(left)
        moves = left.coefficient * self.measures()[left.column]
        constant = np.where(np.isfinite(left.constant), left.constant, 0.5)
        whole = np.abs(constant - np.round(constant)) < 1e-9
        whole[left.row[moves != np.round(moves)]] = False
        free = np.zeros(left.rows, dtype=bool)
        free[left.row[(moves == 0) & (left.coefficient != 0)]] = True
        found: Floats = np.where(whole, 1.0, 0.0)
        odd = ~whole & ~free
        if odd.any():
            order = np.argsort(left.row, kind="stable")
            terms = np.split(moves[order], np.searchsorted(left.row[order], np.arange(1, left.rows)))
            for row in np.flatnonzero(odd).tolist():  # each by itself: a row says the same beside any others
                known = not len(terms[row])
                found[row] = FINEST if known else common_measure([*terms[row].tolist(), constant[row]])
        found[free] = 0.0
        return found

    def interval(self, left: Affine) -> Interval:
        """Between which values each row lies: by the columns' bounds and, where these are infinite, by
        what follows from the rows so far."""
        found = _interval(left, *self.column_arrays()[:2])
        if not (np.isfinite(found.lower).all() and np.isfinite(found.upper).all()):
            derived = self._propagated()
            found = _interval(left, derived.lower, derived.upper)
        return found

    def finite_interval(self, left: Affine, side: str = "both") -> Interval:
        """The same. Raises `FormulationError` where it is infinite on a side that is needed."""
        found = self.interval(left)
        lacking = np.zeros(left.rows, dtype=bool)
        if side in ("both", "upper"):
            lacking |= ~np.isfinite(found.upper)
        if side in ("both", "lower"):
            lacking |= ~np.isfinite(found.lower)
        if lacking.any():
            raise UnboundedTermError(self.element, _guilty(left, lacking, self.column_arrays()))
        return found

    def _propagated(self) -> Interval:
        """Column bounds that follow from the rows so far (activity-based bound propagation)."""
        if self._derived is not None and self._derived[0] == self.rows:
            known = self._derived[1]
            if len(known.lower) == self.columns:
                return known
        lower, upper, _ = self.column_arrays()
        found = Interval(lower.copy(), upper.copy())
        if self.rows:
            row, column, value = self.triplets()
            ends = (np.concatenate(self.row_lower), np.concatenate(self.row_upper))
            for _ in range(6):
                if not _tighten(found, row, column, value, ends):
                    break
        self._derived = (self.rows, found)
        return found

    def triplets(self) -> tuple[Codes, Codes, Floats]:
        """All entries of the rows: row, column, value."""
        starts = [block.start for block in self.blocks]
        none = np.empty(0, dtype=np.int64)
        row = [part.row + start for part, start in zip(self.parts, starts, strict=True)]
        return (
            np.concatenate([*row, none]),
            np.concatenate([*(part.column for part in self.parts), none]),
            np.concatenate([*(part.coefficient for part in self.parts), np.empty(0)]),
        )

    def matrix(self) -> Any:
        """All rows as a sparse matrix."""
        return rows_from_triplets(self.rows, *self.triplets())


class UnboundedTermError(FormulationError):
    """Raised where a logical condition needs a bound that a variable lacks; `columns` are the guilty ones."""

    def __init__(self, element: str, columns: Codes, names: str = "the variables") -> None:
        what = "a logical condition or a product here needs finite bounds"
        mend = f"give {names} an upper (and lower) bound, as tight as the task allows"
        super().__init__(what, element=element, mend=mend)
        self.columns = columns


def _interval(left: Affine, lower: Floats, upper: Floats) -> Interval:
    positive = left.coefficient > 0
    with np.errstate(invalid="ignore"):
        low = left.coefficient * np.where(positive, lower[left.column], upper[left.column])
        high = left.coefficient * np.where(positive, upper[left.column], lower[left.column])
    low[left.coefficient == 0] = 0.0
    high[left.coefficient == 0] = 0.0
    merged = _merged_terms(left)
    if merged is not left:
        return _interval(merged, lower, upper)
    rows = left.rows
    return Interval(
        np.bincount(left.row, weights=low, minlength=rows) + left.constant,
        np.bincount(left.row, weights=high, minlength=rows) + left.constant,
    )


def _merged_terms(left: Affine) -> Affine:
    """The same with one term for each column of a row: x - x is 0 and not between -10 and 10."""
    if not len(left.row):
        return left
    width = int(left.column.max()) + 1
    key = left.row * width + left.column
    unique, inverse = np.unique(key, return_inverse=True)
    if len(unique) == len(key):
        return left
    value = np.bincount(inverse, weights=left.coefficient)
    kept = value != 0
    return Affine(left.constant, unique[kept] // width, unique[kept] % width, value[kept])


def _guilty(left: Affine, rows: NDArray[np.bool_], arrays: Any) -> Codes:
    lower, upper, _ = arrays
    open_ended = ~np.isfinite(lower[left.column]) | ~np.isfinite(upper[left.column])
    return np.unique(left.column[rows[left.row] & open_ended])


def _tighten(bounds: Interval, row: Codes, column: Codes, value: Floats, ends: tuple[Floats, Floats]) -> bool:
    """One round: each row bounds each of its columns by what the others leave. Whether anything changed."""
    changed = False
    # An upper end bounds from above where the entry is positive; a lower end is the same with signs changed.
    for sign, end in ((1.0, ends[1]), (-1.0, -ends[0])):
        entry = sign * value
        least = np.where(entry > 0, bounds.lower[column], bounds.upper[column])
        with np.errstate(invalid="ignore"):
            share = entry * least
        endless = ~np.isfinite(share)
        total = np.bincount(row, weights=np.where(endless, 0.0, share), minlength=len(end))
        open_terms = np.bincount(row, weights=endless, minlength=len(end))
        usable = np.isfinite(end[row]) & (open_terms[row] - endless == 0) & (entry != 0)
        rest = end[row] - total[row] + np.where(endless, 0.0, share)
        limit = rest[usable] / entry[usable]
        slack = FEASIBLE * np.maximum(1.0, np.abs(limit))
        above = entry[usable] > 0
        before = (bounds.upper.copy(), bounds.lower.copy())
        np.minimum.at(bounds.upper, column[usable][above], (limit + slack)[above])
        np.maximum.at(bounds.lower, column[usable][~above], (limit - slack)[~above])
        changed |= bool(np.isfinite(bounds.upper).sum() > np.isfinite(before[0]).sum())
        changed |= bool(np.isfinite(bounds.lower).sum() > np.isfinite(before[1]).sum())
    return changed
