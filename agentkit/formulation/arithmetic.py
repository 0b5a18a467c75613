"""Arithmetic of what is known and what is decided, and `a if condition else b`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.context import Context
from agentkit.formulation.figures import BINARY
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.parts import terms_of
from agentkit.formulation.scope import Domain, Sign
from agentkit.formulation.universe import Codes
from agentkit.formulation.values import Affine, Numbers, Symbols, Value, affine_of, summed

__all__ = ["beyond_linear", "conditional_value", "flipped", "negative", "operation_value"]


def operation_value(context: Context, node: ast.BinOp, domain: Domain, sign: Sign) -> Value:
    """The value of an operation on two sides."""
    if isinstance(node.op, (ast.Add, ast.Sub)):
        return _sum_value(context, node, domain, sign)
    if isinstance(node.op, (ast.Mult, ast.Div)):
        return _scaled(context, node, domain, sign)
    if isinstance(node.op, ast.Pow):
        return _power(context, node, domain)
    left, right = context.evaluate(node.left, domain), context.evaluate(node.right, domain)
    if isinstance(left, Affine) or isinstance(right, Affine):
        context.expression.fail("this cannot be done with what is decided by the solver", node)
    return _known_binary(context, node, left, right)


def _sum_value(context: Context, node: ast.BinOp, domain: Domain, sign: Sign) -> Value:
    """`a + b - c + …`."""
    known: NDArray[np.float64] = np.asarray(0.0)
    decided: list[Affine] = []
    for term in terms_of(node):
        value = context.evaluate(term.node, domain, flipped(sign) if term.minus else sign)
        if isinstance(value, Affine):
            decided.append(value.scaled(np.asarray(-1.0)) if term.minus else value)
        else:
            figures = context.numbers(value, term.node)
            with np.errstate(invalid="ignore"):
                known = known - figures if term.minus else known + figures
    if np.isnan(known).any():
        context.expression.fail("this is no figure", node)
    return summed(decided).shifted(known) if decided else Numbers(known)


def _known_binary(context: Context, node: ast.BinOp, left: Value, right: Value) -> Value:
    figures = (context.numbers(left, node.left), context.numbers(right, node.right))
    if isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)) and not np.all(figures[1]):
        context.expression.fail("division by zero", node)
    operation = BINARY.get(type(node.op))
    if operation is None:
        context.expression.fail("only sets can be joined like this", node)
    with np.errstate(all="ignore"):
        found = operation(*figures)
    grown = np.isinf(found) & np.isfinite(figures[0]) & np.isfinite(figures[1])
    if np.isnan(found).any() or grown.any():
        context.expression.fail("this is no figure", node)
    return Numbers(np.asarray(found, dtype=np.float64))


def _scaled(context: Context, node: ast.BinOp, domain: Domain, sign: Sign) -> Value:
    """A product or a quotient; where one side is known, its sign turns what the other may do."""
    decided = (context.uses_decisions(node.left), context.uses_decisions(node.right))
    if decided == (True, False):
        right = context.evaluate(node.right, domain)
        factor = context.numbers(right, node.right)
        left = context.evaluate(node.left, domain, _times(sign, factor))
        if not isinstance(left, Affine):
            return _known_binary(context, node, left, right)
        if isinstance(node.op, ast.Div):
            if not np.all(factor):
                context.expression.fail("division by zero", node)
            factor = 1.0 / factor
        return _times_known(context, left, factor, node)
    if decided == (False, True) and isinstance(node.op, ast.Mult):
        factor = context.numbers(context.evaluate(node.left, domain), node.left)
        other = context.evaluate(node.right, domain, _times(sign, factor))
        if isinstance(other, Affine):
            return _times_known(context, other, factor, node)
        return _known_binary(context, node, Numbers(factor), other)
    left, right = context.evaluate(node.left, domain), context.evaluate(node.right, domain)
    if not isinstance(left, Affine) and not isinstance(right, Affine):
        return _known_binary(context, node, left, right)
    if isinstance(node.op, ast.Div):
        beyond_linear(context, "division by what is decided", node)
    if isinstance(left, Affine) and isinstance(right, Affine):
        return context.macros(node).product(left, right)
    return _mixed_product(context, left, right, node)


def _mixed_product(context: Context, left: Value, right: Value, node: ast.BinOp) -> Value:
    """One side uses variables, but not in these rows."""
    if isinstance(left, Affine):
        return _times_known(context, left, context.numbers(right, node.right), node)
    assert isinstance(right, Affine)
    return _times_known(context, right, context.numbers(left, node.left), node)


def _times_known(context: Context, value: Affine, factor: NDArray[np.float64], node: ast.expr) -> Affine:
    if not np.isfinite(factor).all():
        context.expression.fail("a coefficient must be finite", node)
    return value.scaled(factor)


def _power(context: Context, node: ast.BinOp, domain: Domain) -> Value:
    left, right = context.evaluate(node.left, domain), context.evaluate(node.right, domain)
    if not isinstance(left, Affine) and not isinstance(right, Affine):
        return _known_binary(context, node, left, right)
    exponent = None if isinstance(right, Affine) else context.numbers(right, node.right)
    if isinstance(left, Affine) and exponent is not None and exponent.ndim == 0:
        if exponent == 2:
            return context.macros(node).product(left, left)
        if exponent == 1:
            return left
    beyond_linear(context, "a power of what is decided", node)


def beyond_linear(context: Context, what: str, node: ast.expr) -> NoReturn:
    """Raises `NonlinearError`, which points at what is not linear."""
    raise NonlinearError(what, element=context.expression.element, position=getattr(node, "col_offset", None))


def negative(context: Context, value: Value, node: ast.expr) -> Value:
    """A value with its sign changed."""
    if isinstance(value, Affine):
        return value.scaled(np.asarray(-1.0))
    return Numbers(-context.numbers(value, node))


def conditional_value(context: Context, node: ast.IfExp, domain: Domain, sign: Sign) -> Value:
    """Each branch is evaluated only where it is taken, so that it may be undefined elsewhere."""
    kept = context.truths(node.test, domain)
    branches = []
    for chosen, branch in ((kept, node.body), (~kept, node.orelse)):
        rows = np.flatnonzero(chosen)
        if len(rows) == domain.size:
            return context.evaluate(branch, domain, sign)
        branches.append((rows, context.evaluate(branch, domain.taken(rows), sign), branch))
    return _merged(context, branches, domain)


def _merged(context: Context, branches: Sequence[tuple[Codes, Value, ast.expr]], domain: Domain) -> Value:
    values = [value for _, value, _ in branches]
    if any(isinstance(value, Affine) for value in values):
        total = affine_of(0.0, domain.size)
        for rows, value, branch in branches:
            part = (
                value if isinstance(value, Affine) else affine_of(context.numbers(value, branch), len(rows))
            )
            total = total.plus(part.moved(rows, domain.size))
        return total
    if all(isinstance(value, Symbols) for value in values):
        codes = np.zeros(domain.size, dtype=np.int64)
        for rows, value, _ in branches:
            assert isinstance(value, Symbols)
            codes[rows] = value.codes
        return Symbols(codes)
    figures = np.zeros(domain.size)
    for rows, value, branch in branches:
        figures[rows] = context.numbers(value, branch)
    return Numbers(figures)


def flipped(sign: Sign) -> Sign:
    """What a side may do once it is subtracted."""
    return -1 if sign == 1 else 1 if sign == -1 else 0


def _times(sign: Sign, factor: NDArray[np.float64]) -> Sign:
    """What a side may do if the whole may do `sign` and it is multiplied by a known factor."""
    if bool(np.all(factor >= 0)):
        return sign
    return flipped(sign) if bool(np.all(factor <= 0)) else 0
