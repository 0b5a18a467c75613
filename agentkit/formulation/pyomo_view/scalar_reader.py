"""The seams of the scalar reading: what variables are, and what its parts need of each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from agentkit.formulation.expressions import Expression
from agentkit.formulation.pyomo_view.conditions import Condition
from agentkit.formulation.pyomo_view.scalar_values import Binding, Members, Scalar
from agentkit.formulation.scope import Sign
from agentkit.formulation.universe import Universe

__all__ = ["Reader", "ScalarDecisions"]


class ScalarDecisions(Protocol):
    """What variables are, and what becomes of them where arithmetic is not enough."""

    def variable(self, name: str, place: int) -> Scalar:
        """A variable at one of its places."""

    def total(self, values: Sequence[Scalar]) -> Scalar:
        """The sum."""

    def number(self, condition: Condition) -> Scalar:
        """1 where the condition holds and 0 where it does not."""

    def is_indicator(self, value: Scalar) -> bool:
        """Whether it is 0 or 1 for whatever solution."""

    def extreme(self, items: Sequence[Scalar], kind: Literal["max", "min"], sign: Sign) -> Scalar:
        """The greatest or least."""

    def piecewise(self, at: Scalar, points: Sequence[tuple[float, float]], sign: Sign) -> Scalar:
        """The piecewise linear function through the points."""

    def choose(self, at: Scalar, options: Sequence[tuple[float, Scalar]]) -> Scalar:
        """The value of the option whose figure `at` equals."""

    def power(self, base: Scalar, exponent: Scalar) -> Scalar:
        """A power, of which at least one part is decided."""

    def function(self, name: str, value: Scalar) -> Scalar:
        """exp, log or sqrt of what is decided."""


class Reader(Protocol):
    """A formula that is being read, as the parts of the interpreter see it."""

    @property
    def expression(self) -> Expression:
        """The formula, for messages."""

    @property
    def decided(self) -> ScalarDecisions:
        """What variables are."""

    @property
    def universe(self) -> Universe:
        """The order of members."""

    def value(self, node: ast.expr, binding: Binding, sign: Sign = 0) -> Scalar:
        """The value of a part of the formula."""

    def figure(self, node: ast.expr, binding: Binding, sign: Sign = 0) -> Scalar:
        """The same, where it must not be a text."""

    def known_figure(self, node: ast.expr, binding: Binding) -> float:
        """A figure that is known before solving."""

    def known_truth(self, node: ast.expr, binding: Binding) -> bool:
        """A condition that is known before solving."""

    def items(self, node: ast.Call, binding: Binding, skip: int = 0) -> Iterator[tuple[ast.expr, Binding]]:
        """The arguments of a collecting function, each with the binding to be read for."""

    def members(self, node: ast.expr, binding: Binding) -> Members:
        """A set."""

    def total(self, values: list[Scalar]) -> Scalar:
        """The sum."""
