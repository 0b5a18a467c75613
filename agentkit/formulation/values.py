"""What expressions evaluate to, for all rows at once: figures, members, truths, affine functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.universe import Codes

__all__ = [
    "Affine",
    "Floats",
    "Numbers",
    "Products",
    "Symbols",
    "Truths",
    "Value",
    "affine_of",
    "concatenated",
    "summed",
]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Known figures: one for each row, or a single one for all (shape ())."""

    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Symbols:
    """Members of sets, as codes: one for each row, or a single one."""

    codes: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Truths:
    """What is known to be true or false."""

    values: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Terms coefficient * left * right, of two columns, each in a row."""

    row: Codes
    left: Codes
    right: Codes
    coefficient: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """For each row, constant + sum of coefficient * column; terms are triplets in any order.

    `products` are there where the expression is quadratic.
    """

    constant: Floats
    """Shape (rows,)."""
    row: Codes
    column: Codes
    coefficient: Floats
    products: Products | None = None

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.constant)

    def scaled(self, factors: Floats) -> Affine:
        """Each row times its factor."""
        factor = np.broadcast_to(factors, self.constant.shape)
        products = self.products
        if products is not None:
            products = replace(products, coefficient=products.coefficient * factor[products.row])
        return replace(
            self,
            constant=self.constant * factor,
            coefficient=self.coefficient * factor[self.row],
            products=products,
        )

    def plus(self, other: Affine) -> Affine:
        """The sum, row by row."""
        return summed([self, other])

    def shifted(self, figures: Floats) -> Affine:
        """Each row plus its figure."""
        return replace(self, constant=self.constant + figures)

    def moved(self, place: Codes, rows: int) -> Affine:
        """Row r becomes row place[r] of `rows`; what meets there is added up."""
        products = self.products
        if products is not None:
            products = replace(products, row=place[products.row])
        constant = np.bincount(place, weights=self.constant, minlength=rows).astype(np.float64)
        return replace(self, constant=constant, row=place[self.row], products=products)

    def taken(self, rows: Codes) -> Affine:
        """Only these rows, which must be in rising order without repetition."""
        place = np.full(self.rows, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept = place[self.row] >= 0
        products = self.products
        if products is not None:
            held = place[products.row] >= 0
            products = Products(
                place[products.row[held]],
                products.left[held],
                products.right[held],
                products.coefficient[held],
            )
        return Affine(
            self.constant[rows],
            place[self.row[kept]],
            self.column[kept],
            self.coefficient[kept],
            products,
        )


Value: TypeAlias = Numbers | Symbols | Truths | Affine


def affine_of(constant: Any, rows: int) -> Affine:
    """Figures as an affine function that has no terms."""
    none = np.empty(0, dtype=np.int64)
    filled = np.array(np.broadcast_to(np.asarray(constant, dtype=np.float64), (rows,)))
    return Affine(filled, none, none, np.empty(0))


def summed(parts: Sequence[Affine]) -> Affine:
    """The sum of one or more functions, row by row."""
    if len(parts) == 1:
        return parts[0]
    both = [part.products for part in parts if part.products is not None]
    return Affine(
        np.sum([part.constant for part in parts], axis=0),
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.coefficient for part in parts]),
        _joined(both) if both else None,
    )


def concatenated(parts: list[Affine]) -> Affine:
    """Functions one below the other."""
    offsets = np.cumsum([0, *(part.rows for part in parts)])[: len(parts)]
    products = [
        replace(part.products, row=part.products.row + offset)
        for part, offset in zip(parts, offsets, strict=True)
        if part.products is not None
    ]
    if not parts:
        return affine_of(0.0, 0)
    return Affine(
        np.concatenate([part.constant for part in parts]),
        np.concatenate([part.row + offset for part, offset in zip(parts, offsets, strict=True)]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.coefficient for part in parts]),
        _joined(products) if products else None,
    )


def _joined(parts: list[Products]) -> Products:
    return Products(
        np.concatenate([p.row for p in parts]),
        np.concatenate([p.left for p in parts]),
        np.concatenate([p.right for p in parts]),
        np.concatenate([p.coefficient for p in parts]),
    )
