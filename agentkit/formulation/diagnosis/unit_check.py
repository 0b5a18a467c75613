"""Finds sums and comparisons of units that do not fit, where units are given.

Bare figures in formulas may stand for anything (`60 * hours` may well be minutes), so what they multiply
has no known unit; nor has what has no unit. Complaints are only made where both sides are known.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from agentkit.formulation.diagnosis.units import NEUTRAL, Unit, parse_unit
from agentkit.formulation.expressions import bound_names, parse_expression, parse_over
from agentkit.formulation.formulation import Formulation

__all__ = ["UnitFault", "find_unit_faults"]


@dataclass(frozen=True, slots=True)
class UnitFault:
    """Two units that meet and do not fit."""

    element: str
    """`constraint capacity`."""
    formula: str
    """The part of the formula where they meet."""
    left: str
    right: str
    """The units."""

    @property
    def text(self) -> str:
        """As a sentence."""
        return f"{self.left or 'no unit'} meets {self.right or 'no unit'} in: {self.formula}"


def find_unit_faults(formulation: Formulation) -> tuple[UnitFault, ...]:
    """All of them, each once.

    >>> mixed = Formulation.read({
    ...     "parameters": {"limit": {"values": 8, "unit": "hours"}},
    ...     "variables": {"flour": {"unit": "kg"}},
    ...     "constraints": {"day": "flour <= limit"},
    ... })
    >>> [fault.text for fault in find_unit_faults(mixed)]
    ['kg meets hours in: flour <= limit']
    """
    checker = _Checker(formulation)
    for variable in formulation.variables:
        own = checker.units.get(variable.name)
        for which, bound in (("lower", variable.lower), ("upper", variable.upper)):
            if bound and bound.strip() and own is not None:
                node = parse_expression(bound, f"variable {variable.name}, {which}").node
                checker.declared(f"variable {variable.name}, {which} bound", node, own, variable.over)
    for derived in formulation.expressions:
        node = parse_expression(derived.value, f"expression {derived.name}").node
        checker.declared(f"expression {derived.name}", node, parse_unit(derived.unit), derived.over)
    for constraint in formulation.constraints:
        node = parse_expression(constraint.rule, f"constraint {constraint.name}").node
        checker.check(f"constraint {constraint.name}", node, constraint.forall)
    for objective in formulation.objectives:
        node = parse_expression(objective.expression, f"objective {objective.name}").node
        checker.declared(f"objective {objective.name}", node, parse_unit(objective.unit), "")
    return tuple(dict.fromkeys(checker.faults))


@dataclass(slots=True)
class _Checker:
    formulation: Formulation
    units: dict[str, Unit] = field(default_factory=dict)
    faults: list[UnitFault] = field(default_factory=list)
    _element: str = ""
    _bound: set[str] = field(default_factory=set)
    _texts: dict[str, str] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for parameter in self.formulation.parameters:
            self._keep(parameter.name, parameter.unit)
        for derived in self.formulation.expressions:
            self._keep(derived.name, derived.unit)
        for variable in self.formulation.variables:
            self._keep(variable.name, variable.unit)
            if variable.type == "binary":
                self.units[variable.name] = NEUTRAL
        self._texts = {e.name: e.value for e in self.formulation.expressions}

    def _keep(self, name: str, unit: str) -> None:
        found = parse_unit(unit)
        if found is not None:
            self.units[name] = found

    def check(self, element: str, node: ast.expr, over: str) -> Unit | None:
        """Look through a formula; its unit, None where that is not known."""
        self._element = element
        self._bound = {name for item in parse_over(over, element).items for name in item.names}
        return self._unit(node)

    def declared(self, element: str, node: ast.expr, unit: Unit | None, over: str) -> None:
        """The same, of what says which unit it has."""
        found = self.check(element, node, over)
        if unit is not None:
            self._meet(node, found, unit)

    def _meet(self, node: ast.AST, left: Unit | None, right: Unit | None) -> Unit | None:
        """The unit of what both are added to; complains where they do not fit."""
        if left is None or right is None:
            return right if left is None else left
        if not left.fits(right):
            formula = ast.unparse(node)
            shown = formula if len(formula) <= 160 else f"{formula[:157]}..."
            self.faults.append(UnitFault(self._element, shown, left.shown, right.shown))
        return right if left.neutral else left

    def _unit(self, node: ast.expr) -> Unit | None:
        match node:
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                return self._named(name)
            case ast.UnaryOp():
                return self._unit(node.operand)
            case ast.BinOp():
                return self._binary(node)
            case ast.BoolOp():
                for part in node.values:
                    self._unit(part)
                return NEUTRAL
            case ast.Compare():
                return self._compared(node)
            case ast.IfExp():
                self._unit(node.test)
                return self._meet(node, self._unit(node.body), self._unit(node.orelse))
            case ast.GeneratorExp() | ast.ListComp() | ast.SetComp():
                return self._looped(node)
            case ast.Call(func=ast.Name(id=name)):
                return self._called(node, name)
        return None

    def _named(self, name: str) -> Unit | None:
        if name in self._bound:
            return None
        if name not in self.units and name in self._texts and name not in self._open:
            # An expression without a unit of its own has that of its formula.
            self._open.add(name)
            inner = _Checker(self.formulation, self.units, [], self._element)
            inner._open = self._open
            over = next(e.over for e in self.formulation.expressions if e.name == name)
            node = parse_expression(self._texts[name], f"expression {name}").node
            found = inner.check(f"expression {name}", node, over)
            self._open.discard(name)
            if found is not None:
                self.units[name] = found
        return self.units.get(name)

    def _binary(self, node: ast.BinOp) -> Unit | None:
        left, right = self._unit(node.left), self._unit(node.right)
        match node.op:
            case ast.Add() | ast.Sub():
                return self._meet(node, left, right)
            case ast.Mult():
                if left is None or right is None:
                    return None
                return right.times(left) if left.neutral else left.times(right)
            case ast.Div():
                return None if left is None or right is None else left.times(right, -1)
            case ast.Pow():
                exponent = node.right.value if isinstance(node.right, ast.Constant) else None
                return left.times(left) if exponent == 2 and left is not None else None
        return None

    def _compared(self, node: ast.Compare) -> Unit:
        if not any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops):
            sides = [self._unit(side) for side in (node.left, *node.comparators)]
            for left, right in pairwise(sides):
                self._meet(node, left, right)
        return NEUTRAL

    def _looped(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp) -> Unit | None:
        names = {name for loop in node.generators for name in bound_names(loop)}
        before, self._bound = self._bound, self._bound | names
        try:
            return self._unit(node.elt)
        finally:
            self._bound = before

    def _called(self, node: ast.Call, name: str) -> Unit | None:
        handlers: dict[str, Callable[[ast.Call], Unit | None]] = {
            **dict.fromkeys(("sum", "min", "max"), self._together),
            **dict.fromkeys(("abs", "ceil", "floor", "round"), lambda call: self._unit(call.args[0])),
        }
        if name in handlers:
            return handlers[name](node)
        logical = name in ("all", "any", "implies", "iff", "exactly", "at_least", "at_most", "count")
        for argument in node.args:
            if logical:
                self._unit(argument)
        return NEUTRAL if logical else None

    def _together(self, node: ast.Call) -> Unit | None:
        total: Unit | None = None
        for argument in node.args:
            total = self._meet(node, total, self._unit(argument))
        return total
