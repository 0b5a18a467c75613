"""Expressions for sets: ranges, products, unions, differences, comprehensions."""

from __future__ import annotations

import ast

import numpy as np

from agentkit.formulation.context import Context
from agentkit.formulation.scope import Domain
from agentkit.formulation.universe import BoundSet, Codes, Index
from agentkit.formulation.values import Symbols

__all__ = ["evaluate_set"]


def evaluate_set(context: Context, node: ast.expr) -> BoundSet:
    """A set out of its expression. Raises `FormulationError` where it is none."""
    match node:
        case ast.Name():
            if context.scope.kind(node.id) != "set":
                context.expression.fail(f"there is no set called {node.id}", node)
            return context.scope.bound_set(node.id)
        case ast.Call(func=ast.Name(id="range")):
            return _range(context, node)
        case ast.BinOp(op=ast.Mult()):
            return _product(context, node)
        case ast.BinOp(op=ast.BitOr() | ast.Add() | ast.Sub()):
            return _combined(context, node)
        case ast.SetComp() | ast.ListComp() | ast.GeneratorExp():
            return _comprehension(context, node)
        case ast.Set() | ast.List() | ast.Tuple():
            return _listed(context, node)
    context.expression.fail("this is no set", node)


def _named(node: ast.expr, codes: Codes) -> BoundSet:
    return BoundSet(ast.unparse(node), codes)


def _range(context: Context, node: ast.Call) -> BoundSet:
    ends = [float(context.figures(arg, Domain())) for arg in node.args]
    low, high = (0.0, ends[0]) if len(ends) == 1 else (ends[0], ends[1])
    step = ends[2] if len(ends) > 2 else 1.0
    if step == 0:
        context.expression.fail("the step of a range is 0", node)
    if abs((high - low) / step) > 10_000_000:
        context.expression.fail("this range is too long", node)
    codes = context.scope.universe.intern_numbers(np.arange(low, high, step))
    return _named(node, codes[:, None])


def _product(context: Context, node: ast.BinOp) -> BoundSet:
    parts = Index((evaluate_set(context, node.left), evaluate_set(context, node.right)))
    return _named(node, np.stack(parts.columns(), axis=1))


def _combined(context: Context, node: ast.BinOp) -> BoundSet:
    steps = [node]  # a | b | c | … may be long, and is not to exhaust Python's stack
    while isinstance(steps[-1].left, ast.BinOp) and isinstance(
        steps[-1].left.op, (ast.BitOr, ast.Add, ast.Sub)
    ):
        steps.append(steps[-1].left)
    found = evaluate_set(context, steps[-1].left)
    for step in reversed(steps):
        found = _joined(context, step, found, evaluate_set(context, step.right))
    return found


def _joined(context: Context, node: ast.BinOp, left: BoundSet, right: BoundSet) -> BoundSet:
    if left.arity != right.arity:
        context.expression.fail(f"members of {left.arity} parts and of {right.arity}", node)
    if isinstance(node.op, ast.Sub):
        gone = right.positions(list(left.codes.T)) >= 0
        return _named(node, left.codes[~gone])
    new = left.positions(list(right.codes.T)) < 0
    return _named(node, np.concatenate([left.codes, right.codes[new]]))


def _comprehension(context: Context, node: ast.SetComp | ast.ListComp | ast.GeneratorExp) -> BoundSet:
    rows = context.loop(node, Domain())
    parts = list(node.elt.elts) if isinstance(node.elt, ast.Tuple) else [node.elt]
    columns = []
    for part in parts:
        value = context.evaluate(part, rows.domain)
        if isinstance(value, Symbols):
            codes = value.codes
        else:
            codes = context.scope.universe.intern_numbers(context.figures(part, rows.domain))
        columns.append(np.broadcast_to(codes, (rows.domain.size,)))
    return _named(node, _without_repetition(np.stack(columns, axis=1)))


def _listed(context: Context, node: ast.Set | ast.List | ast.Tuple) -> BoundSet:
    rows = []
    for element in node.elts:
        parts = list(element.elts) if isinstance(element, ast.Tuple) else [element]
        codes = []
        for part in parts:
            value = context.evaluate(part, Domain())
            if isinstance(value, Symbols):
                codes.append(int(value.codes))
            else:
                figures = np.atleast_1d(context.figures(part, Domain()))
                codes.append(int(context.scope.universe.intern_numbers(figures)[0]))
        rows.append(codes)
    if not rows:
        return _named(node, np.empty((0, 1), dtype=np.int64))
    if len({len(row) for row in rows}) != 1:
        context.expression.fail("the members have different numbers of parts", node)
    return _named(node, _without_repetition(np.asarray(rows, dtype=np.int64)))


def _without_repetition(codes: Codes) -> Codes:
    """Each member once, where it stands first."""
    _, first = np.unique(codes, axis=0, return_index=True)
    return codes[np.sort(first)]
