"""Turns expressions of Pyomo into those of PySCIPOpt.

A quotient a/b becomes a variable q with q*b = a, and b is kept away from 0 where it is known not to change
its sign: SCIP bounds a bilinear term far better than a power of -1 (a ratio of two sums over integers: 0.02 s
instead of no proof within 20 s).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from agentkit.errors import SolverError
from agentkit.solvers.pyomo_bounds import PyomoBounds, is_whole

__all__ = ["ScipExpressions"]

LEAST_DENOMINATOR = 1e-4
"""How close to 0 a denominator may come that is real and of one sign, as a share of what it can be at most,
or of 1 where that is more. Nearer to 0, the tolerance of the quotient's row would leave the quotient open."""


@dataclass(slots=True, eq=False)
class ScipExpressions:
    """Translates for one pair of models; columns are made as their variables are met."""

    scip: Any
    """A `pyscipopt.Model`."""
    bounds: PyomoBounds
    columns: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    """By id of Pyomo's variable, it and SCIP's."""

    def column(self, variable: Any) -> Any:
        """SCIP's variable for one of Pyomo's."""
        found = self.columns.get(id(variable))
        if found is None:
            kind = "B" if variable.is_binary() else "I" if variable.is_integer() else "C"
            made = self.scip.addVar(name=variable.name, vtype=kind, lb=variable.lb, ub=variable.ub)
            found = self.columns[id(variable)] = (variable, made)
        return found[1]

    def translated(self, expression: Any) -> Any:
        """A figure or an expression of PySCIPOpt. Raises `SolverError` for what SCIP has no word for."""
        from pyomo.core.expr.visitor import StreamBasedExpressionVisitor

        walker = StreamBasedExpressionVisitor(
            initializeWalker=lambda root: self._before(None, root, 0),
            beforeChild=self._before,
            exitNode=self._node,
        )
        return walker.walk_expression(expression)

    def _before(self, _: Any, child: Any, __: int) -> tuple[bool, Any]:
        """Leaves at once; other nodes are walked into."""
        if isinstance(child, (int, float)):
            return False, float(child)
        if child.is_variable_type():
            return False, float(child.value) if child.fixed else self.column(child)
        if child.is_expression_type():
            return True, None
        return False, float(child())

    def _node(self, node: Any, parts: list[Any]) -> Any:
        from pyomo.core.expr import numeric_expr as kinds

        match node:
            case kinds.DivisionExpression():
                return self._quotient(node, *parts)
            case kinds.NegationExpression():
                return -parts[0]
            case kinds.ProductExpression():
                return parts[0] * parts[1]
            case kinds.PowExpression():
                return self._power(node, *parts)
            case kinds.SumExpression():
                from pyscipopt import quicksum

                return quicksum(parts)
            case kinds.UnaryFunctionExpression():
                return _function(node.getname(), parts[0])
        raise SolverError(f"has no word for {type(node).__name__}", where="SCIP")

    def _quotient(self, node: Any, above: Any, below: Any) -> Any:
        if isinstance(below, float):
            return above * (1.0 / below)
        lower, upper = self.bounds.of(node.args[1])
        if lower < 0 < upper:
            return above / below
        least = 1.0 if is_whole(node.args[1]) else LEAST_DENOMINATOR * min(1.0, max(upper, -lower))
        if lower >= 0:
            if lower < least:
                self.scip.addCons(below >= least)
        elif upper > -least:
            self.scip.addCons(below <= -least)
        quotient = self.scip.addVar(vtype="C", lb=None, ub=None)
        self.scip.addCons(quotient * below == above)
        return quotient

    def _power(self, node: Any, base: Any, exponent: Any) -> Any:
        import pyscipopt

        if not isinstance(exponent, float):
            root = pyscipopt.log(base) if not isinstance(base, float) else math.log(base)
            return pyscipopt.exp(exponent * root)
        if exponent.is_integer() and exponent >= 0:
            return base ** int(exponent)
        if exponent.is_integer():
            below = node.args[0] ** int(-exponent)
            return self.translated(1.0 / below)
        return base**exponent


def _function(name: str, value: Any) -> Any:
    import pyscipopt

    if isinstance(value, float):
        return float(abs(value) if name == "abs" else getattr(math, name)(value))
    if name == "abs":
        return abs(value)
    if name in ("exp", "log", "sqrt", "sin", "cos"):
        return getattr(pyscipopt, name)(value)
    raise SolverError(f"has no word for {name}", where="SCIP")
