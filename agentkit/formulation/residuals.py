"""Checks a solution against the formulation itself: every constraint is evaluated at the solution's figures.

Nothing that the compiler made is used: no rows, no auxiliary columns, no big-M. So a mistake of the compiler
shows here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.elements import Constraint, Variable
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.figures import as_figures
from agentkit.formulation.instance import Instance
from agentkit.formulation.known_logic import known_logic
from agentkit.formulation.scope import Domain, Macros
from agentkit.formulation.universe import Codes, Index, show_member
from agentkit.formulation.values import Floats, Numbers, Truths

__all__ = ["KnownDecisions", "Violation", "figure_at", "find_violations"]

TOLERANCE = 1e-5
"""By how much a constraint may be missed, absolutely or relative to the size of its sides: solvers compute in
floating point."""

SAME = 1e-6
"""Values of whole numbers that differ by less are the same."""


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
    amount = np.where(np.isnan(amount), 1.0, amount)  # a look-up of what is no member
    broken = ~(amount <= _allowed(size))
    if not broken.any():
        return []
    row = int(np.argmax(np.where(broken, amount, -np.inf)))
    member = show_member([instance.universe.members[int(codes[row])] for codes in columns])
    return [Violation(element, member, float(amount[row]), source)]


def _allowed(size: Floats) -> Floats:
    """How far something of this size may be missed."""
    found: Floats = TOLERANCE * np.maximum(1.0, size)
    return found


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
        case ast.Call(func=ast.Name(id="exactly" | "at_least" | "at_most" as name)):
            return _counted(evaluation, node, name, domain, positive)
        case ast.Call(func=ast.Name(id="iff")):
            first, second = (_leaning(evaluation, part, domain) for part in node.args)
            other = second if positive else _Leaning(second.fails, second.holds)
            agree = (first.holds & other.holds) | (first.fails & other.fails)
            return _Gap((~agree).astype(np.float64))
        case ast.Call(func=ast.Name(id="all_different" | "tour")):
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
    ranges = [_range(evaluation, side, domain) for side in sides]
    gaps = []
    for n, op in enumerate(node.ops):
        left, right = ranges[n], ranges[n + 1]
        if left is None or right is None:
            truth = evaluation.truths(ast.Compare(sides[n], [op], [sides[n + 1]]), domain)
            gaps.append(_Gap((truth != positive).astype(np.float64)))
            continue
        size = np.maximum(np.abs(left.low), np.abs(right.low))
        stepwise = _stepwise(evaluation, sides[n]) and _stepwise(evaluation, sides[n + 1])
        gap = _missed(op, _Range(left.low - right.high, left.high - right.low), positive, stepwise)
        gaps.append(_Gap(gap, np.where(gap >= 1, np.minimum(size, 1e4), size) if stepwise else size))
    return _together(gaps) if positive else _either(gaps)


class _Range(NamedTuple):
    """Between which figures something lies: a count is uncertain where something stands on a boundary."""

    low: Floats
    high: Floats


def _range(evaluation: Evaluation, node: ast.expr, domain: Domain) -> _Range | None:
    """The value of a side of a comparison; None where it is no figure."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count":
        return _counts(evaluation, node, domain, skip=0)
    value = as_figures(evaluation.evaluate(node, domain), evaluation.scope.universe)
    return None if value is None else _Range(value, value)


class _Leaning(NamedTuple):
    """Whether a condition can be said to hold, and to fail, within the tolerance; on a boundary both."""

    holds: NDArray[np.bool_]
    fails: NDArray[np.bool_]


def _leaning(evaluation: Evaluation, node: ast.expr, domain: Domain) -> _Leaning:
    gaps = (_gap(evaluation, node, domain, positive=positive) for positive in (True, False))
    found = [np.broadcast_to(gap.amount <= _allowed(gap.size), (domain.size,)) for gap in gaps]
    return _Leaning(*found)


def _counts(evaluation: Evaluation, node: ast.Call, domain: Domain, skip: int) -> _Range:
    """How many of the conditions hold, at least and at most."""
    low, high = np.zeros(domain.size), np.zeros(domain.size)
    for body, rows in evaluation.items(node, domain, skip):
        found = _leaning(evaluation, body, rows.domain)
        low += np.bincount(rows.parent, weights=~found.fails, minlength=domain.size)
        high += np.bincount(rows.parent, weights=found.holds, minlength=domain.size)
    return _Range(low, high)


def _counted(evaluation: Evaluation, node: ast.Call, name: str, domain: Domain, positive: bool) -> _Gap:
    wanted = evaluation.figures(node.args[0], domain)
    found = _counts(evaluation, node, domain, skip=1)
    op = {"exactly": ast.Eq(), "at_least": ast.GtE(), "at_most": ast.LtE()}[name]
    return _Gap(_missed(op, _Range(found.low - wanted, found.high - wanted), positive, stepwise=True))


def _stepwise(evaluation: Evaluation, node: ast.expr) -> bool:
    """Whether whole numbers alone decide the value, so that strict comparisons exclude the boundary."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "piecewise":
            return False
        if not isinstance(part, ast.Name) or not evaluation.scope.decides(part.id):
            continue
        if evaluation.scope.kind(part.id) == "expression":
            formula = parse_expression(evaluation.scope.derived(part.id).value, f"expression {part.id}")
            if not _stepwise(evaluation, formula.node):
                return False
        elif not evaluation.scope.whole(part.id):
            return False
    return True


def _missed(op: ast.cmpop, difference: _Range, positive: bool, stepwise: bool) -> Floats:
    """By how much; at the boundary of a strict comparison, by 1 where values move in steps and 0 else."""
    low, high = difference
    match op:
        case ast.Eq() | ast.NotEq():
            if isinstance(op, ast.Eq) == positive:
                return np.maximum(np.maximum(low, -high), 0.0)
            same = (np.abs(low) < SAME) & (np.abs(high) < SAME)
            return same.astype(np.float64)
        case ast.LtE() | ast.Lt():
            strict = isinstance(op, ast.Lt) == positive
            missed = low if positive else -high
        case _:
            strict = isinstance(op, ast.Gt) == positive
            missed = -high if positive else low
    at_boundary = strict & stepwise & (np.abs(missed) < SAME)
    return np.where(at_boundary, 1.0, np.maximum(missed, 0.0))
