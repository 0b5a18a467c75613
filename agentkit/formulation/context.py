"""What the parts of evaluation see of each other: one formula in its surroundings (`Context`)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.expressions import Expression
from agentkit.formulation.scope import Decisions, Domain, Macros, Scope, Sign
from agentkit.formulation.universe import BoundSet, Codes
from agentkit.formulation.values import Affine, Value

__all__ = ["Context", "Expanded", "Item"]


@dataclass(frozen=True, slots=True, eq=False)
class Expanded:
    """The rows after loops, and for each the row that it came from."""

    domain: Domain
    parent: Codes


class Item(NamedTuple):
    """An argument of a collecting function: what is evaluated, and for which rows."""

    body: ast.expr
    rows: Expanded


class Context(Protocol):
    """One formula in its surroundings, as those see it who evaluate its parts."""

    @property
    def expression(self) -> Expression:
        """The formula, for messages."""

    @property
    def scope(self) -> Scope:
        """What names stand for."""

    @property
    def decisions(self) -> Decisions | None:
        """What variables evaluate to, where they may be used."""

    def within(self, expression: Expression) -> Context:
        """Another formula in the same surroundings."""

    def value(self, domain: Domain, sign: Sign = 0) -> Value:
        """The whole formula's value."""

    def evaluate(self, node: ast.expr, domain: Domain, sign: Sign = 0) -> Value:
        """The value of a part of the formula."""

    def truths(self, node: ast.expr, domain: Domain) -> NDArray[np.bool_]:
        """A condition of known data, for each row."""

    def figures(self, node: ast.expr, domain: Domain) -> NDArray[np.float64]:
        """A known figure, for each row or one for all."""

    def codes(self, node: ast.expr, domain: Domain) -> Codes:
        """A member, for each row or one for all."""

    def affine(self, node: ast.expr, domain: Domain, sign: Sign = 0) -> Affine:
        """The value as an affine function."""

    def set_of(self, node: ast.expr, domain: Domain) -> BoundSet:
        """A set that is the same for all rows."""

    def loop(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp, domain: Domain) -> Expanded:
        """The rows that a comprehension goes through."""

    def items(self, node: ast.Call, domain: Domain, skip: int = 0) -> list[Item]:
        """The arguments of a collecting function, but for the first `skip`."""

    def uses_decisions(self, node: ast.AST) -> bool:
        """Whether its value is known only with a solution."""

    def numbers(self, value: Value, node: ast.expr) -> NDArray[np.float64]:
        """A known value as figures."""

    def row_text(self, domain: Domain, row: int) -> str:
        """What the indices are in a row, for messages."""

    def macros(self, node: ast.expr) -> Macros:
        """For what is not linear. Raises `FormulationError` where variables are figures."""
