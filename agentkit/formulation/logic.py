"""Logical conditions as rows and binary columns, for all rows of a domain at once.

A literal is a 0/1 function z with: z = 1 implies the condition. Conditions negate by De Morgan's rules, so
that comparisons are only ever implied in one direction, which takes the fewest rows. Strict inequality
between whole numbers is a step of 1; between reals the boundary counts as belonging to both sides.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agentkit.formulation.builder import Builder
from agentkit.formulation.context import Context, Expanded
from agentkit.formulation.known_logic import COUNTING, couples
from agentkit.formulation.macros import ArrayMacros
from agentkit.formulation.scope import Domain, Sign
from agentkit.formulation.tours import require_tour
from agentkit.formulation.universe import Codes
from agentkit.formulation.values import Affine, Floats, affine_of, concatenated, summed

__all__ = ["require", "truth_as_number"]

MINUS = np.asarray(-1.0)


def require(context: Context, node: ast.expr, domain: Domain, *, positive: bool = True) -> None:
    """Add rows by which the condition holds (or, not `positive`, does not hold) in every row."""
    if not context.uses_decisions(node):
        _require_known(context, node, domain, positive)
        return
    match node:
        case ast.UnaryOp(op=ast.Not()):
            require(context, node.operand, domain, positive=not positive)
        case ast.BoolOp() if isinstance(node.op, ast.And) == positive:
            for part in node.values:
                require(context, part, domain, positive=positive)
        case ast.Compare():
            _require_comparison(context, node, domain, positive)
        case ast.BoolOp():
            _require_any(context, [_Part(part, positive) for part in node.values], domain)
        case ast.Call(func=ast.Name(id="all" | "any" as name)) if (name == "all") == positive:
            for body, rows in context.items(node, domain):
                require(context, body, rows.domain, positive=positive)
        case ast.Call(func=ast.Name(id="all" | "any")):
            _builder(context).add_rows(_number_holding(context, node, domain, positive), 1.0, np.inf, domain)
        case ast.Call(func=ast.Name(id="implies"), args=[first, then]):
            if positive:
                _require_any(context, [_Part(first, False), _Part(then, True)], domain)
            else:
                require(context, first, domain)
                require(context, then, domain, positive=False)
        case ast.Call(func=ast.Name(id="all_different")) if positive:
            _require_different(context, node, domain)
        case ast.Call(func=ast.Name(id="tour")) if positive:
            require_tour(context, node, domain, _builder(context))
        case ast.Call(func=ast.Name(id="exactly" | "at_least" | "at_most" | "iff")):
            _require_comparison(context, _as_comparison(node), domain, positive)
        case _:
            found = literal(context, node, domain, positive=positive)
            _builder(context).add_rows(found, 1.0, np.inf, domain)


class _Part(NamedTuple):
    """A part of a condition: that it holds, or that it does not."""

    node: ast.expr
    positive: bool


def _require_any(context: Context, parts: Sequence[_Part], domain: Domain) -> None:
    """Of two parts, the one that fails switches the other on; else one literal at least is 1."""
    builder = _builder(context)
    if len(parts) == 2:
        for one, other in ((parts[1], parts[0]), (parts[0], parts[1])):
            if not _is_switchable(context, one):
                continue
            fails = literal(context, other.node, domain, positive=other.positive)
            if _is_indicator(builder, fails):
                switch = fails.scaled(MINUS).shifted(np.asarray(1.0))
                _switched(context, one, domain, switch)
                return
            break
    total = summed([literal(context, part.node, domain, positive=part.positive) for part in parts])
    builder.add_rows(total, 1.0, np.inf, domain)


def _is_switchable(context: Context, part: _Part) -> bool:
    """Whether it is a single comparison that rows can require."""
    node = part.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not context.uses_decisions(node):
        return False
    return not isinstance(node.ops[0], (ast.In, ast.NotIn)) and not _must_differ(node.ops[0], part.positive)


def _switched(context: Context, part: _Part, domain: Domain, switch: Affine) -> None:
    """Rows by which a comparison holds wherever the switch is 1."""
    assert isinstance(part.node, ast.Compare)
    (left, op, right), *_ = _pairs(context, part.node)
    difference = _difference(context, left, op, right, domain, part.positive)
    ends = _ends(context, op, part.positive, difference)
    _implied(_builder(context), difference, *ends, switch, domain)


def _require_known(context: Context, node: ast.expr, domain: Domain, positive: bool) -> None:
    """A condition of data alone: where it does not hold there is no solution, and a row says so."""
    broken = context.truths(node, domain) != positive
    if broken.any():
        rows = np.flatnonzero(broken)
        _builder(context).add_rows(affine_of(0.0, len(rows)), 1.0, 1.0, domain.taken(rows))


def _require_comparison(context: Context, node: ast.Compare, domain: Domain, positive: bool) -> None:
    pairs = _pairs(context, node)
    if len(pairs) > 1 and not positive:
        found = _any([_compared(context, *pair, domain, positive=False) for pair in pairs], context)
        _builder(context).add_rows(found, 1.0, np.inf, domain)
        return
    for left, op, right in pairs:
        known = not (context.uses_decisions(left) or context.uses_decisions(right))
        if known:
            _require_known(context, ast.Compare(left, [op], [right]), domain, positive)
            continue
        if _must_differ(op, positive):
            found = _compared(context, left, op, right, domain, positive=positive)
            _builder(context).add_rows(found, 1.0, np.inf, domain)
            continue
        difference = _difference(context, left, op, right, domain, positive)
        ends = _ends(context, op, positive, difference)
        _builder(context).add_rows(difference, *ends, domain)


def literal(context: Context, node: ast.expr, domain: Domain, *, positive: bool) -> Affine:
    """A 0/1 function that, where it is 1, implies the condition (or that it does not hold)."""
    if not context.uses_decisions(node):
        return affine_of((context.truths(node, domain) == positive).astype(np.float64), domain.size)
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return literal(context, node.operand, domain, positive=not positive)
        case ast.BoolOp():
            parts = [literal(context, part, domain, positive=positive) for part in node.values]
            whole = _all if isinstance(node.op, ast.And) == positive else _any
            return whole(parts, context)
        case ast.Compare():
            pairs = _pairs(context, node)
            parts = [_compared(context, *pair, domain, positive=positive) for pair in pairs]
            return parts[0] if len(parts) == 1 else (_all if positive else _any)(parts, context)
        case ast.Call(func=ast.Name(id="all" | "any" as name)):
            return _grouped(context, node, domain, positive, together=(name == "all") == positive)
        case ast.Call(func=ast.Name(id="implies")):
            parts = [
                literal(context, node.args[0], domain, positive=not positive),
                literal(context, node.args[1], domain, positive=positive),
            ]
            return (_any if positive else _all)(parts, context)
        case ast.Call(func=ast.Name(id="exactly" | "at_least" | "at_most" | "iff")):
            return literal(context, _as_comparison(node), domain, positive=positive)
        case ast.Call(func=ast.Name(id="all_different" | "tour" as name)):
            context.expression.fail(f"{name} can only stand alone, as a whole constraint", node)
    return _indicator(context, node, domain, positive)


def _indicator(context: Context, node: ast.expr, domain: Domain, positive: bool) -> Affine:
    """A binary variable, or 1 less one, that stands for itself."""
    if not domain.size:
        return affine_of(0.0, 0)
    value = context.evaluate(node, domain)
    if isinstance(value, Affine) and _is_indicator(_builder(context), value):
        return value if positive else value.scaled(MINUS).shifted(np.asarray(1.0))
    mend = "write a comparison, such as x >= 1"
    context.expression.fail("this is neither true nor false", node, mend)


def _is_indicator(builder: Builder, value: Affine) -> bool:
    """Whether it is 0 or 1 for whatever solution."""
    if value.products is not None or not builder.is_integral(value):
        return False
    found = builder.interval(value)
    return bool(np.all(found.lower >= -1e-9) and np.all(found.upper <= 1 + 1e-9))


def truth_as_number(context: Context, node: ast.expr, domain: Domain) -> Affine:
    """1 where the condition holds and 0 where it does not, exactly; of count() the number."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count":
        return _counted(context, node, domain)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return truth_as_number(context, node.operand, domain).scaled(MINUS).shifted(np.asarray(1.0))
    if not context.uses_decisions(node):
        return affine_of(context.truths(node, domain).astype(np.float64), domain.size)
    if not isinstance(node, (ast.Compare, ast.BoolOp)) and not _is_logic(node):
        return _indicator(context, node, domain, positive=True)
    holds = literal(context, node, domain, positive=True)
    fails = literal(context, node, domain, positive=False)
    _builder(context).add_rows(holds.plus(fails), 1.0, 1.0)
    return holds


def _is_logic(node: ast.expr) -> bool:
    names = ("all", "any", "implies", "iff", "exactly", "at_least", "at_most", "all_different", "tour")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _counted(context: Context, node: ast.Call, domain: Domain) -> Affine:
    total = affine_of(0.0, domain.size)
    for body, rows in context.items(node, domain):
        number = truth_as_number(context, body, rows.domain)
        total = total.plus(number.moved(rows.parent, domain.size))
    return total


def _as_comparison(node: ast.Call) -> ast.Compare:
    """exactly(k, …) as count(…) == k; iff(a, b) as count(a) == count(b)."""
    assert isinstance(node.func, ast.Name)

    def count(args: list[ast.expr]) -> ast.Call:
        return ast.copy_location(ast.Call(ast.Name("count", ast.Load()), args, []), node)

    if node.func.id == "iff":
        sides: tuple[ast.expr, ast.expr] = (count([node.args[0]]), count([node.args[1]]))
    else:
        sides = (count(node.args[1:]), node.args[0])
    op = COUNTING.get(node.func.id, ast.Eq)()
    return ast.copy_location(ast.Compare(sides[0], [op], [sides[1]]), node)


def _pairs(context: Context, node: ast.Compare) -> list[tuple[ast.expr, ast.cmpop, ast.expr]]:
    sides = [node.left, *node.comparators]
    for op in node.ops:
        if isinstance(op, (ast.In, ast.NotIn)):
            mend = "write x == a or x == b"
            context.expression.fail("`in` needs what is known before solving", node, mend)
    return [(sides[n], op, sides[n + 1]) for n, op in enumerate(node.ops)]


def _must_differ(op: ast.cmpop, positive: bool) -> bool:
    return isinstance(op, ast.NotEq if positive else ast.Eq)


def _difference(
    context: Context, left: ast.expr, op: ast.cmpop, right: ast.expr, domain: Domain, positive: bool
) -> Affine:
    """left - right, of which auxiliary variables may be off in the direction that does no harm."""
    upward = isinstance(op, (ast.Lt, ast.LtE))
    downward = isinstance(op, (ast.Gt, ast.GtE))
    sign: Sign = 0 if not (upward or downward) else 1 if upward == positive else -1
    other: Sign = 1 if sign == -1 else -1 if sign == 1 else 0
    first = context.affine(left, domain, sign)
    second = context.affine(right, domain, other)
    found = first.plus(second.scaled(MINUS))
    return _macros(context).linear(found)


def _ends(context: Context, op: ast.cmpop, positive: bool, difference: Affine) -> tuple[Floats, Floats]:
    """Between which ends the difference lies where the comparison holds (or does not)."""
    zero, endless = np.asarray(0.0), np.asarray(np.inf)
    if isinstance(op, (ast.Eq, ast.NotEq)):
        return zero, zero
    upward = isinstance(op, (ast.Lt, ast.LtE)) == positive
    strict = isinstance(op, (ast.Lt, ast.Gt)) == positive
    step = _builder(context).steps(difference) if strict else zero
    return (-endless, -step) if upward else (step, endless)


def _compared(
    context: Context, left: ast.expr, op: ast.cmpop, right: ast.expr, domain: Domain, *, positive: bool
) -> Affine:
    """A literal of one comparison."""
    if not (context.uses_decisions(left) or context.uses_decisions(right)):
        return literal(context, ast.Compare(left, [op], [right]), domain, positive=positive)
    difference = _difference(context, left, op, right, domain, positive)
    if _must_differ(op, positive):
        return _unequal(context, difference, left)
    ends = _ends(context, op, positive, difference)
    builder = _builder(context)
    if _is_indicator(builder, difference.shifted(np.asarray(1.0))) and not any(map(np.any, ends)):
        return difference.shifted(np.asarray(1.0))  # x == 1 of a binary x is x itself
    return _implied(builder, difference, *ends)


def _unequal(context: Context, difference: Affine, node: ast.expr) -> Affine:
    builder = _builder(context)
    step = builder.steps(difference)
    if not step.all():
        mend = "say by how much they must differ"
        context.expression.fail("only whole numbers can be required to differ", node, mend)
    below = _implied(builder, difference, np.asarray(-np.inf), -step)
    above = _implied(builder, difference, step, np.asarray(np.inf))
    return _any([below, above], context)


def _implied(
    builder: Builder,
    difference: Affine,
    lower: Floats,
    upper: Floats,
    switch: Affine | None = None,
    domain: Domain | None = None,
) -> Affine:
    """A binary (the `switch`, or a new one) that, where it is 1, implies lower <= difference <= upper.

    The big-M comes from bounds.
    """
    chosen = builder.binaries(difference.rows) if switch is None else switch
    if np.isfinite(upper).all():
        most = builder.finite_interval(difference, "upper").upper
        room = np.maximum(most - upper, 0.0)
        if room.any():
            left = difference.plus(chosen.scaled(room))
            builder.add_rows(left, -np.inf, upper + room, domain, switched=True)
    if np.isfinite(lower).all():
        least = builder.finite_interval(difference, "lower").lower
        room = np.maximum(lower - least, 0.0)
        if room.any():
            left = difference.plus(chosen.scaled(-room))
            builder.add_rows(left, lower - room, np.inf, domain, switched=True)
    return chosen


def _any(parts: Sequence[Affine], context: Context) -> Affine:
    """A literal that implies one of the literals."""
    total = summed(parts)
    builder = _builder(context)
    if np.all(builder.interval(total).upper <= 1 + 1e-9):
        return total
    chosen = builder.binaries(total.rows)
    builder.add_rows(chosen.plus(total.scaled(MINUS)), -np.inf, 0.0)
    return chosen


def _all(parts: Sequence[Affine], context: Context) -> Affine:
    """A literal that implies every one of the literals."""
    builder = _builder(context)
    chosen = builder.binaries(parts[0].rows)
    for part in parts:
        builder.add_rows(chosen.plus(part.scaled(MINUS)), -np.inf, 0.0)
    return chosen


def _grouped(context: Context, node: ast.Call, domain: Domain, positive: bool, *, together: bool) -> Affine:
    """Literals of all(… for …) and any(… for …)."""
    if not together:
        return _any([_number_holding(context, node, domain, positive)], context)
    builder = _builder(context)
    chosen = builder.binaries(domain.size)
    for body, rows in context.items(node, domain):
        part = literal(context, body, rows.domain, positive=positive)
        builder.add_rows(_repeated(chosen, rows).plus(part.scaled(MINUS)), -np.inf, 0.0)
    return chosen


def _number_holding(context: Context, node: ast.Call, domain: Domain, positive: bool) -> Affine:
    """How many of the arguments' literals are 1."""
    total = affine_of(0.0, domain.size)
    for body, rows in context.items(node, domain):
        part = literal(context, body, rows.domain, positive=positive)
        total = total.plus(part.moved(rows.parent, domain.size))
    return total


def _repeated(chosen: Affine, rows: Expanded) -> Affine:
    count = rows.domain.size
    return Affine(np.zeros(count), np.arange(count), chosen.column[rows.parent], np.ones(count))


def _require_different(context: Context, node: ast.Call, domain: Domain) -> None:
    parts, parents = [], []
    for body, rows in context.items(node, domain):
        parts.append(context.affine(body, rows.domain))
        parents.append(rows.parent)
    items, parent = concatenated(parts), np.concatenate(parents)
    first, second = couples(parent)
    difference = _rows(items, first).plus(_rows(items, second).scaled(MINUS))
    found = _unequal(context, difference, node)
    _builder(context).add_rows(found, 1.0, np.inf)


def _rows(items: Affine, rows: Codes) -> Affine:
    """These rows in this order, with repetitions."""
    order = np.argsort(items.row, kind="stable")
    low = np.searchsorted(items.row[order], rows, side="left")
    high = np.searchsorted(items.row[order], rows, side="right")
    counts = high - low
    place = np.repeat(np.arange(len(rows)), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    term = order[np.repeat(low, counts) + offset]
    return Affine(items.constant[rows], place, items.column[term], items.coefficient[term])


def _macros(context: Context) -> ArrayMacros:
    found = context.decisions.macros if context.decisions is not None else None
    assert isinstance(found, ArrayMacros)
    return found


def _builder(context: Context) -> Builder:
    return _macros(context).builder
