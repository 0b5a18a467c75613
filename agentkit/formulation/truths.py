"""Conditions: what is known to be true or false, and what is decided as a 0/1 number."""

from __future__ import annotations

import ast
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.context import Context
from agentkit.formulation.figures import COMPARISONS, as_figures, symbol_order
from agentkit.formulation.logic import truth_as_number
from agentkit.formulation.scope import Domain
from agentkit.formulation.universe import Codes, Universe
from agentkit.formulation.values import Symbols, Truths, Value

__all__ = ["truth_value"]


def truth_value(context: Context, node: ast.expr, domain: Domain) -> Value:
    """A condition: true or false where it is known, else a 0/1 number."""
    macros = context.decisions.macros if context.decisions is not None else None
    if macros is not None and context.uses_decisions(node):
        return truth_as_number(context, node, domain)
    return Truths(_known_truth(context, node, domain))


def _known_truth(context: Context, node: ast.expr, domain: Domain) -> NDArray[np.bool_]:
    match node:
        case ast.UnaryOp():
            return ~context.truths(node.operand, domain)
        case ast.BoolOp():
            return _known_chain(context, node, domain)
        case ast.Compare():
            sides = [node.left, *node.comparators]
            pairs = [_compared(context, op, sides[n], sides[n + 1], domain) for n, op in enumerate(node.ops)]
            return reduce(np.logical_and, pairs)
    context.expression.fail("this is neither true nor false", node)


def _known_chain(context: Context, node: ast.BoolOp, domain: Domain) -> NDArray[np.bool_]:
    """Later parts only where earlier ones leave it open, so that they may be undefined elsewhere."""
    both = isinstance(node.op, ast.And)
    found = np.full(domain.size, both)
    open_rows = np.arange(domain.size)
    for part in node.values:
        truth = context.truths(part, domain.taken(open_rows))
        found[open_rows] = truth
        open_rows = open_rows[truth == both]
    return found


def _compared(
    context: Context, op: ast.cmpop, left: ast.expr, right: ast.expr, domain: Domain
) -> NDArray[np.bool_]:
    if isinstance(op, (ast.In, ast.NotIn)):
        inside = _membership(context, left, right, domain)
        return inside if isinstance(op, ast.In) else ~inside
    values = (context.evaluate(left, domain), context.evaluate(right, domain))
    if isinstance(values[0], Symbols) and isinstance(values[1], Symbols):
        return symbol_order(op, values[0].codes, values[1].codes, context.scope.universe)
    figures = [as_figures(value, context.scope.universe) for value in values]
    if figures[0] is None or figures[1] is None:
        if isinstance(op, (ast.Eq, ast.NotEq)):
            same = _same_member(context, values[0], values[1])
            return same if isinstance(op, ast.Eq) else ~same
        context.expression.fail("a member that is no figure cannot be compared with a figure", left)
    return np.asarray(COMPARISONS[type(op)](figures[0], figures[1]))


def _same_member(context: Context, left: Value, right: Value) -> NDArray[np.bool_]:
    """Members beside figures: a member that is no figure equals none."""
    universe = context.scope.universe
    codes = [
        value.codes if isinstance(value, Symbols) else _codes_of(as_figures(value, universe), universe)
        for value in (left, right)
    ]
    return np.asarray((codes[0] == codes[1]) & (codes[0] >= 0))


def _codes_of(figures: NDArray[np.float64] | None, universe: Universe) -> Codes:
    return np.asarray(-1) if figures is None else universe.codes_of_numbers(figures)


def _membership(context: Context, left: ast.expr, right: ast.expr, domain: Domain) -> NDArray[np.bool_]:
    parts = _parts(left)
    if isinstance(right, (ast.List, ast.Tuple, ast.Set)):
        found = np.asarray(False)
        for option in right.elts:
            if len(_parts(option)) != len(parts):
                context.expression.fail(f"it has not {len(parts)} parts", option)
            pairs = zip(parts, _parts(option), strict=True)
            same = [_compared(context, ast.Eq(), one, other, domain) for one, other in pairs]
            found = found | reduce(np.logical_and, same)
        return found
    if isinstance(right, ast.Subscript):  # `d in free[p]` says the same as `(p, d) in free`
        parts = [*_parts(right.slice), *parts]
        right = right.value
    members = context.set_of(right, domain)  # first, so that its members are known
    codes = [context.codes(part, domain) for part in parts]
    if members.arity != len(codes):
        context.expression.fail(f"members of {members.name} have {members.arity} parts", left)
    return np.asarray(members.positions(codes) >= 0)


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]
