"""Between which values expressions of a Pyomo model lie, and which are whole for whatever solution."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from agentkit.solvers.common_measure import FINEST, common_measure

__all__ = ["PyomoBounds", "is_whole"]

MOST_TIGHTENED = 20_000
"""Rows beyond which a model is not searched for bounds that variables lack."""


def is_whole(value: Any) -> bool:
    """Whether the value is a whole number for whatever solution: sums and products of whole numbers."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (int, float)):
            if not float(part).is_integer():
                return False
        elif part.is_variable_type():
            if not part.is_integer():
                return False
        elif _keeps_whole(part):
            waiting.extend(part.args)
        else:
            return False
    return True


def _keeps_whole(node: Any) -> bool:
    from pyomo.core.expr import numeric_expr as kinds

    if isinstance(node, kinds.PowExpression):
        exponent = node.args[1]
        return isinstance(exponent, (int, float)) and float(exponent).is_integer() and exponent >= 0
    return isinstance(
        node,
        (kinds.SumExpression, kinds.LinearExpression, kinds.MonomialTermExpression, kinds.NegationExpression),
    ) or (isinstance(node, kinds.ProductExpression) and not isinstance(node, kinds.DivisionExpression))


@dataclass(slots=True, eq=False)
class PyomoBounds:
    """Interval arithmetic; where it ends in an infinity, once more with bounds that follow from the rows."""

    model: Any
    measures: dict[int, float] = field(default_factory=dict)
    """By id of variables that are not integers, a figure of which they are multiples in every solution."""
    _tightened: Any = None
    _rows: int = -1

    def of(self, value: Any) -> tuple[float, float]:
        """The least and the greatest that a value can be."""
        if isinstance(value, (int, float)):
            return float(value), float(value)
        found = _interval(value, None)
        if not all(map(math.isfinite, found)):
            found = _interval(value, self._implied())
        return found

    def step(self, value: Any) -> float:
        """A figure of which it is a multiple, for whatever solution; 0 where it can take any value."""
        from pyomo.repn import generate_standard_repn

        if is_whole(value):
            return 1.0
        if isinstance(value, (int, float)):
            return FINEST
        terms = generate_standard_repn(value, quadratic=True)
        if terms.nonlinear_expr is not None:
            return 0.0
        moves = [c * self._measure(v) for c, v in zip(terms.linear_coefs, terms.linear_vars, strict=True)]
        pairs = zip(terms.quadratic_coefs, terms.quadratic_vars, strict=True)
        moves += [c * self._measure(one) * self._measure(other) for c, (one, other) in pairs]
        if not all(moves):
            return 0.0
        if not moves:
            return 1.0 if is_whole(terms.constant) else FINEST
        return common_measure([*moves, terms.constant])

    def _measure(self, variable: Any) -> float:
        return 1.0 if variable.is_integer() else self.measures.get(id(variable), 0.0)

    def _implied(self) -> Any:
        """Bounds of variables that follow from the rows so far (feasibility-based bound tightening)."""
        import pyomo.environ as pyo
        from pyomo.common.errors import InfeasibleConstraintException

        rows = sum(1 for _ in self.model.component_data_objects(pyo.Constraint, active=True))
        if rows == self._rows or rows > MOST_TIGHTENED:
            return self._tightened
        before = [
            (variable, variable.lb, variable.ub) for variable in self.model.component_data_objects(pyo.Var)
        ]
        try:
            self._tightened = _tightened(self.model, before)
        except InfeasibleConstraintException:
            self._tightened = None
        finally:
            for variable, lower, upper in before:
                variable.setlb(lower)
                variable.setub(upper)
        self._rows = rows
        return self._tightened


def _tightened(model: Any, variables: list[tuple[Any, Any, Any]]) -> Any:
    from pyomo.common.collections import ComponentMap
    from pyomo.contrib.fbbt.fbbt import fbbt

    fbbt(model, max_iter=6, feasibility_tol=1e-7)
    found = ComponentMap()
    for variable, lower, upper in variables:
        low = variable.lb if lower is None else lower
        high = variable.ub if upper is None else upper
        found[variable] = (_widened(low, lower, -1.0), _widened(high, upper, 1.0))
    return found


def _widened(found: float | None, declared: float | None, way: float) -> float:
    if found is None:
        return math.inf * way
    if declared is not None:
        return found
    return found + way * 1e-6 * max(1.0, abs(found))


def _interval(value: Any, leaves: Any) -> tuple[float, float]:
    from pyomo.common.collections import ComponentMap
    from pyomo.common.errors import InfeasibleConstraintException
    from pyomo.contrib.fbbt.expression_bounds_walker import ExpressionBoundsVisitor

    known = ComponentMap(leaves.items()) if leaves is not None else None
    try:
        lower, upper = ExpressionBoundsVisitor(leaf_bounds=known).walk_expression(value)
    except InfeasibleConstraintException:
        return -math.inf, math.inf
    return (
        -math.inf if lower is None or math.isnan(lower) else float(lower),
        math.inf if upper is None or math.isnan(upper) else float(upper),
    )
