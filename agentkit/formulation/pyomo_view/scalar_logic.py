"""The scalar reading of logical formulas: a condition tree for one binding of the indices."""

from __future__ import annotations

import ast
import math

from agentkit.formulation.pyomo_view.conditions import (
    Comparison,
    Condition,
    Indicator,
    all_of,
    any_of,
    negated,
)
from agentkit.formulation.pyomo_view.scalar_reader import Reader
from agentkit.formulation.pyomo_view.scalar_values import (
    ORDER,
    Binding,
    Scalar,
    are_equal,
    is_known,
    scaled_sign,
    turned,
)
from agentkit.formulation.scope import Sign

__all__ = ["LOGIC", "as_number", "counted", "truth"]

LOGIC = ("all", "any", "implies", "iff", "exactly", "at_least", "at_most", "all_different")
"""Functions that are true or false."""


def truth(reader: Reader, node: ast.expr, binding: Binding, polarity: Sign) -> Condition | bool:
    """A condition; `polarity` says whether it (1), its opposite (-1) or either (0) will be required."""
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return negated(truth(reader, node.operand, binding, turned(polarity)))
        case ast.BoolOp():
            return _junction(reader, node, binding, polarity)
        case ast.Compare():
            return _comparison(reader, node, binding, polarity)
        case ast.Call(func=ast.Name(id=name)) if name in LOGIC:
            return _logical(reader, node, name, binding, polarity)
    return _as_truth(reader, node, reader.value(node, binding))


def as_number(reader: Reader, condition: Condition | bool) -> Scalar:
    """1 or 0, as it holds or not."""
    if isinstance(condition, bool):
        return condition
    if isinstance(condition, Indicator):
        return condition.expression
    return reader.decided.number(condition)


def counted(reader: Reader, node: ast.Call, binding: Binding, skip: int = 0) -> Scalar:
    """How many of the conditions hold."""
    items = reader.items(node, binding, skip)
    return reader.total([as_number(reader, truth(reader, body, row, 0)) for body, row in items])


def _as_truth(reader: Reader, node: ast.expr, value: Scalar) -> Condition | bool:
    if is_known(value) and not isinstance(value, str):
        return bool(value != 0)
    if isinstance(value, str) or not reader.decided.is_indicator(value):
        mend = "write a comparison, such as x >= 1"
        reader.expression.fail("this is neither true nor false", node, mend)
    return Indicator(value)


def _junction(reader: Reader, node: ast.BoolOp, binding: Binding, polarity: Sign) -> Condition | bool:
    """Later parts are read only where earlier ones leave it open."""
    every = isinstance(node.op, ast.And)
    parts: list[Condition | bool] = []
    for part in node.values:
        found = truth(reader, part, binding, polarity)
        if isinstance(found, bool) and found != every:
            return found
        parts.append(found)
    return all_of(parts) if every else any_of(parts)


def _logical(reader: Reader, node: ast.Call, name: str, binding: Binding, polarity: Sign) -> Condition | bool:
    if name in ("all", "any"):
        parts = [truth(reader, body, row, polarity) for body, row in reader.items(node, binding)]
        return all_of(parts) if name == "all" else any_of(parts)
    if name == "implies":
        first = truth(reader, node.args[0], binding, turned(polarity))
        if first is False:
            return True
        return any_of([negated(first), truth(reader, node.args[1], binding, polarity)])
    if name == "iff":
        first, second = (truth(reader, arg, binding, 0) for arg in node.args)
        return all_of([any_of([negated(first), second]), any_of([first, negated(second)])])
    if name == "all_different":
        values = [reader.figure(body, row) for body, row in reader.items(node, binding)]
        pairs = [(one, other) for n, one in enumerate(values) for other in values[:n]]
        return all_of(_ordered(ast.NotEq(), one, other) for one, other in pairs)
    wanted = reader.figure(node.args[0], binding)
    op = {"exactly": ast.Eq(), "at_least": ast.GtE(), "at_most": ast.LtE()}[name]
    return _ordered(op, counted(reader, node, binding, skip=1), wanted)


def _comparison(reader: Reader, node: ast.Compare, binding: Binding, polarity: Sign) -> Condition | bool:
    sides = [node.left, *node.comparators]
    parts: list[Condition | bool] = []
    for n, op in enumerate(node.ops):
        left, right = sides[n], sides[n + 1]
        if isinstance(op, (ast.In, ast.NotIn)):
            parts.append(_membership(reader, left, right, binding) == isinstance(op, ast.In))
            continue
        upward = 1.0 if isinstance(op, (ast.Lt, ast.LtE)) else -1.0
        sign = scaled_sign(polarity, upward) if type(op) in ORDER else 0
        values = (reader.value(left, binding, sign), reader.value(right, binding, turned(sign)))
        parts.append(_compared(reader, node, op, *values))
    return all_of(parts)


def _compared(reader: Reader, node: ast.expr, op: ast.cmpop, left: Scalar, right: Scalar) -> Condition | bool:
    if not isinstance(left, str) and not isinstance(right, str):
        return _ordered(op, left, right)
    if not (is_known(left) and is_known(right)):
        reader.expression.fail("a member that is no figure cannot be compared with what is decided", node)
    if isinstance(op, (ast.Eq, ast.NotEq)):
        return bool((left == right) == isinstance(op, ast.Eq))
    places = [reader.universe.known(side) for side in (left, right)]
    if places[0] is None or places[1] is None:
        reader.expression.fail("a member that is no figure cannot be compared with a figure", node)
    return ORDER[type(op)](*places)


def _ordered(op: ast.cmpop, left: Scalar, right: Scalar) -> Condition | bool:
    left, right = (float(side) if isinstance(side, bool) else side for side in (left, right))
    if is_known(left) and is_known(right):
        if type(op) in ORDER:
            return bool(ORDER[type(op)](left, right))
        same = math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-9)
        return same == isinstance(op, ast.Eq)
    match op:
        case ast.Eq():
            return Comparison(left, "==", right)
        case ast.NotEq():
            return Comparison(left, "!=", right)
        case ast.LtE():
            return Comparison(left, "<=", right)
        case ast.Lt():
            return Comparison(left, "<", right)
        case ast.GtE():
            return Comparison(right, "<=", left)
    return Comparison(right, "<", left)


def _membership(reader: Reader, left: ast.expr, right: ast.expr, binding: Binding) -> bool:
    parts = left.elts if isinstance(left, ast.Tuple) else [left]
    values = tuple(reader.value(part, binding) for part in parts)
    if not all(map(is_known, values)):
        mend = "write x == a or x == b"
        reader.expression.fail("`in` needs what is known before solving", left, mend)
    return any(are_equal(member, values) for member in reader.members(right, binding))
