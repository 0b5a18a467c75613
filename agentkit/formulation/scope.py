"""What names stand for while expressions are evaluated: the seam between evaluation and its surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.elements import DerivedExpression
from agentkit.formulation.universe import BoundSet, Codes, Index, Universe
from agentkit.formulation.values import Affine, Numbers, Symbols, Value

__all__ = ["BoundParameter", "Decisions", "Domain", "Macros", "NameKind", "Scope", "Sign"]

NameKind = Literal["set", "parameter", "variable", "expression"]
"""What a name can stand for, besides an index."""

Sign: TypeAlias = Literal[-1, 0, 1]
"""What an auxiliary variable may do instead of being exact: 1, be too large, as whatever the expression
stands in wants it small; -1, be too small; 0, neither."""


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """The rows that an expression is evaluated for: for each bound name its member's code in each row."""

    size: int = 1
    columns: dict[str, Codes] = field(default_factory=dict)

    def taken(self, rows: Codes) -> Domain:
        """Only these rows, or these in this order."""
        return Domain(len(rows), {name: codes[rows] for name, codes in self.columns.items()})


@dataclass(frozen=True, slots=True, eq=False)
class BoundParameter:
    """A parameter with its values: figures, or codes of members."""

    name: str
    index: Index
    values: Numbers | Symbols
    """Shape (places,)."""
    given: NDArray[np.bool_]
    """Where there is a value."""


class Scope(Protocol):
    """What names stand for."""

    @property
    def universe(self) -> Universe:
        """All members."""

    def kind(self, name: str) -> NameKind | None:
        """What a name stands for."""

    def bound_set(self, name: str) -> BoundSet:
        """A set with its members."""

    def bound_parameter(self, name: str) -> BoundParameter:
        """A parameter with its values."""

    def derived(self, name: str) -> DerivedExpression:
        """A named expression."""

    def decides(self, name: str) -> bool:
        """Whether it is a variable, or an expression of variables."""

    def whole(self, name: str) -> bool:
        """Whether a variable takes whole numbers only."""


class Macros(Protocol):
    """Turns what is not linear into auxiliary variables and rows."""

    def product(self, left: Affine, right: Affine) -> Affine:
        """left * right."""

    def extreme(
        self, items: Affine, parent: Codes, rows: int, kind: Literal["max", "min"], sign: Sign
    ) -> Affine:
        """For each of `rows`, the greatest or least of the items that have it as parent."""

    def piecewise(
        self, at: Affine, xs: Sequence[NDArray[np.float64]], ys: Sequence[NDArray[np.float64]], sign: Sign
    ) -> Affine:
        """The piecewise linear function through the points (xs, ys), one array of a figure a row for each."""

    def element(self, at: Affine, choices: NDArray[np.float64], row: Codes, values: Affine) -> Affine:
        """For each row of `at`, the value of the choice (row, figure) that equals it."""


class Decisions(Protocol):
    """What variables evaluate to: columns while compiling, figures while checking a solution."""

    def index(self, name: str) -> Index:
        """The places of a variable."""

    def at(self, name: str, places: Codes) -> Value:
        """The variable at these places, one for each row."""

    @property
    def macros(self) -> Macros | None:
        """For what is not linear; None where variables are figures."""
