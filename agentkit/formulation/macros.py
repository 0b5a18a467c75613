"""Modelling macros: products, extremes, piecewise functions and look-ups as auxiliary columns and rows.

The forms are the textbooks' (Williams, Model Building in Mathematical Programming, chapters 7 and 9); big-M
comes from bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.builder import Builder
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.scope import Sign
from agentkit.formulation.universe import Codes
from agentkit.formulation.values import Affine, Floats, Products, affine_of
from agentkit.solvers.common_measure import common_measure

__all__ = ["ArrayMacros"]

WIDEST = 4096
"""An integer with more values than this is not taken apart into bits."""


@dataclass(slots=True, eq=False)
class ArrayMacros:
    """Turns what is not linear into auxiliary variables and rows of a `Builder`."""

    builder: Builder
    _products: dict[tuple[int, int], int] = field(default_factory=dict)
    """By pairs of columns, the column that equals their product."""
    _bits: dict[int, Affine] = field(default_factory=dict)
    """By integer column, the sum of bits that equals it."""

    def product(self, left: Affine, right: Affine) -> Affine:
        """left * right: linear where one factor of each pair is binary, else with products."""
        if left.products is not None or right.products is not None:
            raise NonlinearError("a product of more than two variables", element=self.builder.element)
        linear = left.scaled(right.constant).plus(right.scaled(left.constant))
        linear = linear.shifted(-left.constant * right.constant)
        pairs = _paired(left, right)
        return self._linearised(linear, pairs, every=False)

    def linear(self, value: Affine) -> Affine:
        """Without products, by taking integers apart. Raises `NonlinearError` where that cannot be done."""
        if value.products is None:
            return value
        return self._linearised(replace(value, products=None), value.products, every=True)

    def _linearised(self, linear: Affine, pairs: Products, *, every: bool) -> Affine:
        """`linear` plus the pairs' products; those without a binary factor are kept, unless `every`."""
        binary = (self.builder.is_binary(pairs.left), self.builder.is_binary(pairs.right))
        same = (pairs.left == pairs.right) & binary[0]
        easy = (binary[0] | binary[1]) & ~same
        total = linear.plus(_terms(linear.rows, pairs.row[same], pairs.left[same], pairs.coefficient[same]))
        if easy.any():
            first = np.where(binary[0], pairs.left, pairs.right)[easy]
            second = np.where(binary[0], pairs.right, pairs.left)[easy]
            columns = self._product_columns(first, second)
            total = total.plus(_terms(linear.rows, pairs.row[easy], columns, pairs.coefficient[easy]))
        hard = ~easy & ~same
        if not hard.any():
            return total
        kept = Products(*(part[hard] for part in (pairs.row, pairs.left, pairs.right, pairs.coefficient)))
        return self._by_bits(total, kept) if every else replace(total, products=kept)

    def _product_columns(self, binary: Codes, other: Codes) -> Codes:
        """For each pair the column that equals binary * other."""
        low = np.minimum(binary, other)
        both = self.builder.is_binary(other)
        keys = list(
            zip(
                np.where(both, low, binary).tolist(),
                np.where(both, binary + other - low, other).tolist(),
                strict=True,
            )
        )
        fresh = [key for key in dict.fromkeys(keys) if key not in self._products]
        if fresh:
            pairs = np.asarray(fresh, dtype=np.int64)
            made = self._new_products(pairs[:, 0], pairs[:, 1])
            self._products.update(zip(fresh, made.tolist(), strict=True))
        return np.asarray([self._products[key] for key in keys], dtype=np.int64)

    def _new_products(self, binary: Codes, other: Codes) -> Codes:
        count = len(binary)
        y, b = _columns(other), _columns(binary)
        low, high = self.builder.finite_interval(y)
        # Not integer: it is whole by itself wherever both factors are.
        measure = self.builder.measures()[other]
        z = self.builder.new(np.minimum(low, 0.0), np.maximum(high, 0.0), count, measure=measure)
        self.builder.add_rows(z.plus(b.scaled(-high)), -np.inf, 0.0)
        self.builder.add_rows(z.plus(b.scaled(-low)), 0.0, np.inf)
        self.builder.add_rows(z.plus(y.scaled(np.asarray(-1.0))).plus(b.scaled(-low)), -np.inf, -low)
        self.builder.add_rows(z.plus(y.scaled(np.asarray(-1.0))).plus(b.scaled(-high)), -high, np.inf)
        return z.column

    def _by_bits(self, total: Affine, pairs: Products) -> Affine:
        """Products of an integer and something bounded: the integer as a sum of bits."""
        for row, left, right, coefficient in zip(
            pairs.row.tolist(),
            pairs.left.tolist(),
            pairs.right.tolist(),
            pairs.coefficient.tolist(),
            strict=True,
        ):
            first, second = (left, right) if self._width(left) <= self._width(right) else (right, left)
            bits = self._taken_apart(first)
            other = _columns(np.asarray([second]))
            product = self.product(bits, other).scaled(np.asarray(coefficient))
            total = total.plus(product.moved(np.asarray([row]), total.rows))
        return total

    def _width(self, column: int) -> float:
        integer = self.builder.column_arrays()[2]
        if not integer[column]:
            return np.inf
        found = self.builder.interval(_columns(np.asarray([column])))
        return float(found.upper[0] - found.lower[0])

    def _taken_apart(self, column: int) -> Affine:
        if column not in self._bits:
            if not self._width(column) <= WIDEST:
                what = "a product of variables that are not integers between narrow bounds"
                raise NonlinearError(what, element=self.builder.element)
            own = _columns(np.asarray([column]))
            found = self.builder.interval(own)
            low, high = np.ceil(found.lower[0] - 1e-6), np.floor(found.upper[0] + 1e-6)
            count = max(int(high - low).bit_length(), 1)
            columns = self.builder.add_columns(0.0, 1.0, count, integer=True)
            bits = Affine(
                np.asarray([low]), np.zeros(count, dtype=np.int64), columns, np.ldexp(1.0, np.arange(count))
            )
            self.builder.add_rows(bits.plus(own.scaled(np.asarray(-1.0))), 0.0, 0.0)
            self._bits[column] = bits
        return self._bits[column]

    def extreme(
        self, items: Affine, parent: Codes, rows: int, kind: Literal["max", "min"], sign: Sign
    ) -> Affine:
        """For each of `rows`, the greatest or least of the items that have it as parent."""
        items = self.linear(items)
        if not np.isfinite(items.constant).all():
            raise FormulationError(f"inf cannot stand in {kind}()", element=self.builder.element)
        if kind == "min":
            other: Sign = -1 if sign == 1 else 1 if sign == -1 else 0
            minus = np.asarray(-1.0)
            return self.extreme(items.scaled(minus), parent, rows, "max", other).scaled(minus)
        found = self.builder.interval(items)
        low, high = np.full(rows, -np.inf), np.full(rows, -np.inf)
        np.maximum.at(low, parent, found.lower)
        np.maximum.at(high, parent, found.upper)
        steps = self.builder.steps(items)
        measure = _common_steps(steps, parent, rows)
        top = self.builder.new(low, high, rows, measure=measure)
        wide = _spread(top, parent)
        gap = wide.plus(items.scaled(np.asarray(-1.0)))
        self.builder.add_rows(gap, 0.0, np.inf)
        if sign != 1:
            most = self.builder.finite_interval(gap, "upper").upper
            chosen = self.builder.binaries(items.rows)
            self.builder.add_rows(gap.plus(chosen.scaled(most)), -np.inf, most)
            self.builder.add_rows(chosen.moved(parent, rows), 1.0, 1.0)
        return top

    def piecewise(self, at: Affine, xs: Sequence[Floats], ys: Sequence[Floats], sign: Sign) -> Affine:
        """The piecewise linear function through the points, by weights of which neighbours alone count."""
        at = self.linear(at)
        count, rows = len(xs), at.rows
        weights = [self.builder.new(0.0, 1.0, rows) for _ in range(count)]
        total = _total(weights, [np.ones(rows)] * count)
        self.builder.add_rows(total, 1.0, 1.0)
        self.builder.add_rows(_total(weights, list(xs)).plus(at.scaled(np.asarray(-1.0))), 0.0, 0.0)
        if not _bends_well(xs, ys, sign):
            self._neighbours(weights, rows)
        return _total(weights, list(ys))

    def _neighbours(self, weights: Sequence[Affine], rows: int) -> None:
        """At most two weights that stand beside each other are not 0."""
        segments = [self.builder.binaries(rows) for _ in range(len(weights) - 1)]
        self.builder.add_rows(_total(segments, [np.ones(rows)] * len(segments)), 1.0, 1.0)
        for n, weight in enumerate(weights):
            beside = [segments[m] for m in (n - 1, n) if 0 <= m < len(segments)]
            allowed = _total(beside, [np.ones(rows)] * len(beside))
            self.builder.add_rows(weight.plus(allowed.scaled(np.asarray(-1.0))), -np.inf, 0.0)

    def element(self, at: Affine, choices: Floats, row: Codes, values: Affine) -> Affine:
        """For each row of `at`, the value of the choice (row, figure) that equals it."""
        at = self.linear(at)
        chosen = self.builder.binaries(len(choices))
        self.builder.add_rows(chosen.moved(row, at.rows), 1.0, 1.0)
        figure = chosen.scaled(choices).moved(row, at.rows)
        self.builder.add_rows(figure.plus(at.scaled(np.asarray(-1.0))), 0.0, 0.0)
        return self.linear(self.product(chosen, values)).moved(row, at.rows)


def _common_steps(steps: Floats, parent: Codes, rows: int) -> Floats:
    """For each of `rows`, the step that all items with it as parent have in common; 0 where one has none."""
    found = np.ones(rows)
    if not np.all(steps == 1):
        order = np.argsort(parent, kind="stable")
        groups = np.split(steps[order], np.searchsorted(parent[order], np.arange(1, rows)))
        found = np.array([common_measure(g.tolist()) if np.all(g) else 0.0 for g in groups])
    return found


def _columns(columns: Codes) -> Affine:
    """These columns as functions, one a row."""
    return Affine(np.zeros(len(columns)), np.arange(len(columns)), columns, np.ones(len(columns)))


def _terms(rows: int, row: Codes, column: Codes, coefficient: Floats) -> Affine:
    return Affine(np.zeros(rows), row, column, coefficient)


def _spread(left: Affine, parent: Codes) -> Affine:
    """Row parent[k] of functions of one term each, for each k."""
    count = len(parent)
    return Affine(left.constant[parent], np.arange(count), left.column[parent], left.coefficient[parent])


def _total(parts: Sequence[Affine], factors: Sequence[Floats]) -> Affine:
    total = affine_of(0.0, parts[0].rows)
    for part, factor in zip(parts, factors, strict=True):
        total = total.plus(part.scaled(factor))
    return total


def _paired(left: Affine, right: Affine) -> Products:
    """Every term of the left with every term of the right in the same row."""
    order = np.argsort(right.row, kind="stable")
    low = np.searchsorted(right.row[order], left.row, side="left")
    high = np.searchsorted(right.row[order], left.row, side="right")
    counts = high - low
    first = np.repeat(np.arange(len(left.row)), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    second = order[np.repeat(low, counts) + offset]
    return Products(
        left.row[first],
        left.column[first],
        right.column[second],
        left.coefficient[first] * right.coefficient[second],
    )


def _bends_well(xs: Sequence[Floats], ys: Sequence[Floats], sign: Sign) -> bool:
    """Whether the weights need no help: convex where it is wanted small, concave where it is wanted large."""
    slopes = np.diff(np.array(ys), axis=0) / np.diff(np.array(xs), axis=0)
    bends = np.diff(slopes, axis=0)
    return bool((sign == 1 and np.all(bends >= -1e-9)) or (sign == -1 and np.all(bends <= 1e-9)))
