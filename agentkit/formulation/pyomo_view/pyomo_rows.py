"""Rows of a Pyomo model for what arithmetic alone cannot say: logic, extremes, piecewise functions, look-ups.

Written for one row at a time and without the arrays' rows, so that both can be held against each other. Big-M
comes from bounds (Pyomo's interval arithmetic, and feasibility-based tightening where variables have none);
where there is no bound, the product of a switch and what it switches stands instead of big-M, which is exact
but nonlinear.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from agentkit.errors import FormulationError
from agentkit.formulation.pyomo_view.conditions import Comparison, Condition, Indicator, negated
from agentkit.formulation.pyomo_view.scalar_values import Scalar, is_known
from agentkit.formulation.scope import Sign
from agentkit.solvers.common_measure import common_measure
from agentkit.solvers.pyomo_bounds import PyomoBounds, is_whole

__all__ = ["PyomoRows", "free_name"]

SLACK = 1e-9


@dataclass(slots=True, eq=False)
class PyomoRows:
    """Adds rows and auxiliary variables to a Pyomo model (`ScalarDecisions`)."""

    model: Any
    variables: dict[str, list[Any]]
    """By variable of the formulation, Pyomo's variables at all places."""
    bounds: PyomoBounds
    element: str = ""
    """Whose rows are being made."""
    _auxiliary: dict[str, Any] = field(default_factory=dict)
    _rows: dict[str, Any] = field(default_factory=dict)
    _nothing: Any = None

    def variable(self, name: str, place: int) -> Any:
        """A variable at one of its places."""
        return self.variables[name][place]

    def total(self, values: Sequence[Scalar]) -> Any:
        """The sum, as one flat expression."""
        from pyomo.core.expr.numeric_expr import SumExpression

        return SumExpression(list(values))

    # Auxiliary variables and rows are kept in lists that bear the element's name.

    def new(self, lower: float, upper: float, *, whole: bool = False, measure: float = 0.0) -> Any:
        """An auxiliary variable; it may be a multiple of a figure without being told so."""
        import pyomo.environ as pyo

        if self.element not in self._auxiliary:
            made = self._auxiliary[self.element] = pyo.VarList()
            self.model.add_component(free_name(self.model, f"{self._name}_aux"), made)
        found = self._auxiliary[self.element].add()
        found.domain = (pyo.Binary if (lower, upper) == (0, 1) else pyo.Integers) if whole else pyo.Reals
        self.bounds.measures[id(found)] = measure
        found.setlb(lower if math.isfinite(lower) else None)
        found.setub(upper if math.isfinite(upper) else None)
        return found

    def add(self, row: Any) -> None:
        """An auxiliary row."""
        import pyomo.environ as pyo

        if self.element not in self._rows:
            made = self._rows[self.element] = pyo.ConstraintList()
            self.model.add_component(free_name(self.model, f"{self._name}_logic"), made)
        self._rows[self.element].add(row)

    @property
    def _name(self) -> str:
        """Of the element that rows are being made for."""
        return self.element.rpartition(" ")[2]

    def nothing(self) -> Any:
        """A variable that is 0: what is required of it can be impossible."""
        import pyomo.environ as pyo

        if self._nothing is None:
            self._nothing = pyo.Var(bounds=(0, 0))
            self.model.add_component(free_name(self.model, "nothing"), self._nothing)
        return self._nothing

    # Conditions.

    def required(self, condition: Condition | bool) -> list[Any]:
        """The rows by which a condition holds."""
        match condition:
            case bool():
                return [] if condition else [self.nothing() >= 1]
            case Indicator(expression):
                return [expression >= 1]
            case Comparison(left, "!=", right):
                return [self._unequal(left - right) >= 1]
            case Comparison(left, "==", right):
                return [left == right]
            case Comparison(left, relation, right):
                step = self._step(left - right, relation)
                return [left + step <= right if step else left <= right]
        if condition.every:
            return [row for part in condition.parts for row in self.required(part)]
        return [self.total([self._switch(part) for part in condition.parts]) >= 1]

    def number(self, condition: Condition) -> Any:
        """1 where the condition holds and 0 where it does not."""
        holds = self._switch(condition)
        other = negated(condition)
        assert not isinstance(other, bool)
        self.add(holds + self._switch(other) == 1)
        return holds

    def is_indicator(self, value: Scalar) -> bool:
        """Whether it is 0 or 1 for whatever solution."""
        lower, upper = self.bounds.of(value)
        return is_whole(value) and lower >= -SLACK and upper <= 1 + SLACK

    def _switch(self, condition: Condition) -> Any:
        """A 0/1 expression that, where it is 1, implies the condition."""
        match condition:
            case Indicator(expression):
                return expression
            case Comparison(left, "!=", right):
                return self._unequal(left - right)
            case Comparison(left, relation, right):
                chosen, difference = self.new(0, 1, whole=True), left - right
                self._when(chosen, difference + self._step(difference, relation))
                if relation == "==":
                    self._when(chosen, -difference)
                return chosen
        chosen = self.new(0, 1, whole=True)
        parts = [self._switch(part) for part in condition.parts]
        if condition.every:
            for part in parts:
                self.add(chosen <= part)
        else:
            self.add(chosen <= self.total(parts))
        return chosen

    def _step(self, difference: Any, relation: str) -> float:
        return self.bounds.step(difference) if relation == "<" else 0.0

    def _common(self, values: Sequence[Scalar]) -> float:
        """A figure of which all of them are multiples; 0 where there is none."""
        steps = [self.bounds.step(value) for value in values]
        return common_measure(steps) if all(steps) else 0.0

    def _unequal(self, difference: Any) -> Any:
        step = self.bounds.step(difference)
        if not step:
            what = "only whole numbers can be required to differ"
            raise FormulationError(what, element=self.element, mend="say by how much they must differ")
        below, above = self.new(0, 1, whole=True), self.new(0, 1, whole=True)
        self._when(below, difference + step)
        self._when(above, step - difference)
        chosen = self.new(0, 1, whole=True)
        self.add(chosen <= below + above)
        return chosen

    def _when(self, switch: Any, excess: Scalar) -> None:
        """excess <= 0 wherever the switch is 1."""
        most = self.bounds.of(excess)[1]
        if math.isfinite(most):
            if most > 0:
                self.add(excess <= most * (1 - switch))
        else:
            self.add(switch * excess <= 0)

    # Functions.

    def extreme(self, items: Sequence[Scalar], kind: Literal["max", "min"], sign: Sign) -> Any:
        """The greatest or least; exact unless `sign` lets it be off."""
        if kind == "min":
            other: Sign = -1 if sign == 1 else 1 if sign == -1 else 0
            return -self.extreme([-item for item in items], "max", other)
        ranges = [self.bounds.of(item) for item in items]
        lower, upper = max(low for low, _ in ranges), max(high for _, high in ranges)
        top = self.new(lower, upper, whole=all(map(is_whole, items)), measure=self._common(items))
        for item in items:
            self.add(top >= item)
        if sign != 1:
            chosen = [self.new(0, 1, whole=True) for _ in items]
            self.add(self.total(chosen) == 1)
            for item, switch in zip(items, chosen, strict=True):
                self._when(switch, top - item)
        return top

    def piecewise(self, at: Scalar, points: Sequence[tuple[float, float]], sign: Sign) -> Any:
        """Filled up piece by piece: a piece is begun only when those before it are full (Markowitz and Manne
        1957), which needs no saying where the bends go the wanted way."""
        lengths = [x2 - x1 for (x1, _), (x2, _) in pairwise(points)]
        slopes = [
            (y2 - y1) / length for ((_, y1), (_, y2)), length in zip(pairwise(points), lengths, strict=True)
        ]
        filled = [self.new(0.0, length) for length in lengths]
        self.add(self.total([*filled, points[0][0], -at]) == 0)
        bends = [(later - earlier) * sign for earlier, later in pairwise(slopes)]
        if sign == 0 or any(bend < -SLACK for bend in bends):
            for (this, length), (after, room) in pairwise(zip(filled, lengths, strict=True)):
                full = self.new(0, 1, whole=True)
                self.add(this >= length * full)
                self.add(after <= room * full)
        return self.total([points[0][1], *(s * part for s, part in zip(slopes, filled, strict=True))])

    def choose(self, at: Scalar, options: Sequence[tuple[float, Scalar]]) -> Any:
        """The value of the option whose figure `at` equals."""
        chosen = [self.new(0, 1, whole=True) for _ in options]
        self.add(self.total(chosen) == 1)
        self.add(self.total([figure * c for (figure, _), c in zip(options, chosen, strict=True)]) == at)
        values = [value for _, value in options]
        if all(map(is_known, values)):
            return self.total([value * c for value, c in zip(values, chosen, strict=True)])
        ranges = [self.bounds.of(value) for value in values]
        lower, upper = min(low for low, _ in ranges), max(high for _, high in ranges)
        found = self.new(lower, upper, whole=all(map(is_whole, values)), measure=self._common(values))
        for value, switch in zip(values, chosen, strict=True):
            self._when(switch, found - value)
            self._when(switch, value - found)
        return found

    def power(self, base: Scalar, exponent: Scalar) -> Any:
        """A power, of which at least one part is decided."""
        if is_known(base) and base <= 0:
            what = "only a figure above 0 can be raised to what is decided"
            raise FormulationError(what, element=self.element)
        if is_known(exponent) and float(exponent).is_integer():
            exponent = int(exponent)
        return base**exponent

    def function(self, name: str, value: Scalar) -> Any:
        """exp, log or sqrt of what is decided."""
        import pyomo.environ as pyo

        return {"exp": pyo.exp, "log": pyo.log, "sqrt": pyo.sqrt}[name](value)


def free_name(model: Any, name: str) -> str:
    """A name that no component has yet."""
    found, number = name, 2
    while hasattr(model, found):
        found, number = f"{name}_{number}", number + 1
    return found
