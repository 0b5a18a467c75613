"""Checks a solution against the formulation itself: every constraint is evaluated at the solution's figures.

Nothing that the compiler made is used: no rows, no auxiliary columns, no big-M. So a mistake of the compiler
shows here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.elements import Constraint, Variable
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.figures import as_figures
from agentkit.formulation.instance import Instance
from agentkit.formulation.logic import known_logic
from agentkit.formulation.scope import Domain, Macros
from agentkit.formulation.universe import Codes, Index, show_member
from agentkit.formulation.values import Floats, Numbers, Truths

__all__ = ["KnownDecisions", "Violation", "figure_at", "find_violations"]

TOLERANCE = 1e-5
"""By how much a constraint may be missed, absolutely or relative to the size of its sides: solvers compute in
floating point."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint, bound or integrality that a solution breaks."""

    element: str
    """`constraint capacity`."""
    member: str
    """In which row, where there are several: `a, 3`."""
    amount: float
    """By how much."""
    source: str = ""
    """The sentence of the task."""


@dataclass(slots=True, eq=False)
class KnownDecisions:
    """What variables evaluate to once they are known (`Decisions`)."""

    instance: Instance
    arrays: Mapping[str, Floats]

    def index(self, name: str) -> Index:
        return self.instance.variable_index(name)

    def at(self, name: str, places: Codes) -> Numbers:
        return Numbers(self.arrays[name][places])

    @property
    def macros(self) -> Macros | None:
        return None


@dataclass(slots=True, eq=False)
class _Gap:
    """How far a condition is from holding, in each row, and the size of what is compared."""

    amount: Floats
    size: Floats = field(default_factory=lambda: np.asarray(1.0))


def figure_at(
    instance: Instance, arrays: Mapping[str, Floats], text: str, element: str = "expression"
) -> float:
    """What an expression comes to at a solution."""
    formula = parse_expression(text, element)
    value = Evaluation(formula, instance, KnownDecisions(instance, arrays)).value(Domain())
    found = as_figures(value, instance.universe)
    if found is None:
        formula.fail("this is no figure")
    return float(np.broadcast_to(found, (1,))[0])


def find_violations(instance: Instance, arrays: Mapping[str, Floats]) -> list[Violation]:
    """What a solution breaks; empty where it breaks nothing."""
    found = []
    for variable in instance.formulation.variables:
        found.extend(_variable_violations(instance, variable, arrays[variable.name]))
    known = KnownDecisions(instance, arrays)
    for constraint in instance.formulation.constraints:
        if constraint.penalty is None:
            found.extend(_constraint_violations(instance, constraint, known))
    return found


def _variable_violations(instance: Instance, variable: Variable, values: Floats) -> list[Violation]:
    bounds = instance.variable_bounds(variable)
    amount = np.maximum(bounds.lower - values, values - bounds.upper)
    if variable.type != "real":
        amount = np.maximum(amount, np.abs(values - np.round(values)))
    size = np.maximum(1.0, np.abs(values))
    index = instance.variable_index(variable.name)
    columns = dict(enumerate(index.columns()))
    return _worst(
        instance, f"variable {variable.name}", variable.source, amount, size, list(columns.values())
    )


def _constraint_violations(
    instance: Instance, constraint: Constraint, known: KnownDecisions
) -> list[Violation]:
    element = f"constraint {constraint.name}"
    domain = instance.rows(constraint.forall, element)
    if not domain.size:
        return []
    evaluation = Evaluation(parse_expression(constraint.rule, element), instance, known)
    gap = _gap(evaluation, evaluation.expression.node, domain, positive=True)
    shape = (domain.size,)
    amount, size = np.broadcast_to(gap.amount, shape), np.broadcast_to(gap.size, shape)
    return _worst(instance, element, constraint.source, amount, size, list(domain.columns.values()))


def _worst(
    instance: Instance, element: str, source: str, amount: Floats, size: Floats, columns: list[Codes]
) -> list[Violation]:
    """The worst row, if any is broken."""
    broken = amount > TOLERANCE * np.maximum(1.0, size)
    if not broken.any():
        return []
    row = int(np.argmax(np.where(broken, amount, -np.inf)))
    member = show_member([instance.universe.members[int(codes[row])] for codes in columns])
    return [Violation(element, member, float(amount[row]), source)]


def _gap(evaluation: Evaluation, node: ast.expr, domain: Domain, *, positive: bool) -> _Gap:
    """How far a condition is from holding (or from not holding)."""
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return _gap(evaluation, node.operand, domain, positive=not positive)
        case ast.BoolOp():
            gaps = [_gap(evaluation, part, domain, positive=positive) for part in node.values]
            return _together(gaps) if isinstance(node.op, ast.And) == positive else _either(gaps)
        case ast.Compare():
            return _compared(evaluation, node, domain, positive)
        case ast.Call(func=ast.Name(id="implies")):
            gaps = [
                _gap(evaluation, node.args[0], domain, positive=not positive),
                _gap(evaluation, node.args[1], domain, positive=positive),
            ]
            return _either(gaps) if positive else _together(gaps)
        case ast.Call(func=ast.Name(id="all" | "any" as name)):
            return _grouped(evaluation, node, domain, positive, together=(name == "all") == positive)
        case ast.Call(func=ast.Name(id="exactly" | "at_least" | "at_most" | "iff" | "all_different")):
            truth = known_logic(evaluation, node, domain)
            assert isinstance(truth, Truths)
            return _Gap((truth.values != positive).astype(np.float64))
    value = as_figures(evaluation.evaluate(node, domain), evaluation.scope.universe)
    if value is None:
        evaluation.expression.fail("this is neither true nor false", node)
    return _Gap(np.abs((1.0 if positive else 0.0) - value))


def _together(gaps: list[_Gap]) -> _Gap:
    return reduce(lambda a, b: _picked(a, b, a.amount >= b.amount), gaps)


def _either(gaps: list[_Gap]) -> _Gap:
    return reduce(lambda a, b: _picked(a, b, a.amount <= b.amount), gaps)


def _picked(a: _Gap, b: _Gap, first: NDArray[np.bool_]) -> _Gap:
    return _Gap(np.where(first, a.amount, b.amount), np.where(first, a.size, b.size))


def _grouped(
    evaluation: Evaluation, node: ast.Call, domain: Domain, positive: bool, *, together: bool
) -> _Gap:
    start = 0.0 if together else np.inf
    amount, size = np.full(domain.size, start), np.ones(domain.size)
    for body, rows in evaluation.items(node, domain):
        gap = _gap(evaluation, body, rows.domain, positive=positive)
        own = np.broadcast_to(gap.amount, (rows.domain.size,))
        (np.maximum if together else np.minimum).at(amount, rows.parent, own)
        np.maximum.at(size, rows.parent, np.broadcast_to(gap.size, own.shape))
    return _Gap(np.where(np.isinf(amount), 1.0, amount), size)


def _compared(evaluation: Evaluation, node: ast.Compare, domain: Domain, positive: bool) -> _Gap:
    sides = [node.left, *node.comparators]
    if any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops):
        truth = evaluation.truths(node, domain)
        return _Gap((truth != positive).astype(np.float64))
    figures = [as_figures(evaluation.evaluate(side, domain), evaluation.scope.universe) for side in sides]
    if any(value is None for value in figures):
        return _Gap((evaluation.truths(node, domain) != positive).astype(np.float64))
    gaps = []
    for n, op in enumerate(node.ops):
        left, right = figures[n], figures[n + 1]
        assert left is not None and right is not None
        gaps.append(_Gap(_missed(op, left - right, positive), np.maximum(np.abs(left), np.abs(right))))
    return _together(gaps) if positive else _either(gaps)


def _missed(op: ast.cmpop, difference: Floats, positive: bool) -> Floats:
    """By how much; of strict comparisons the boundary counts as holding, as the compiler has it."""
    match op:
        case ast.Eq() | ast.NotEq():
            if isinstance(op, ast.Eq) == positive:
                return np.abs(difference)
            return np.maximum(0.5 - np.abs(difference), 0.0)
        case ast.LtE() | ast.Lt():
            return np.maximum(difference if positive else -difference, 0.0)
    return np.maximum(-difference if positive else difference, 0.0)
