"""The functions of the language."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.arithmetic import beyond_linear
from agentkit.formulation.context import Context
from agentkit.formulation.figures import known_function
from agentkit.formulation.known_logic import known_logic
from agentkit.formulation.logic import truth_as_number
from agentkit.formulation.scope import Domain, Sign
from agentkit.formulation.values import Affine, Numbers, Symbols, Value, affine_of, concatenated

__all__ = ["call_value"]


def call_value(context: Context, node: ast.Call, domain: Domain, sign: Sign) -> Value:
    """The value of a function of the language."""
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name == "sum":
        return _sum(context, node, domain, sign)
    if name in ("max", "min"):
        return _extreme(context, node, domain, sign, "max" if name == "max" else "min")
    if name in (
        "count",
        "all",
        "any",
        "implies",
        "iff",
        "exactly",
        "at_least",
        "at_most",
        "all_different",
        "tour",
    ):
        macros = context.decisions.macros if context.decisions is not None else None
        if macros is not None and context.uses_decisions(node):
            return truth_as_number(context, node, domain)
        return known_logic(context, node, domain)
    if name in ("first", "last", "next", "previous", "position", "len"):
        return _of_set(context, node, name, domain)
    if name == "piecewise":
        return _piecewise(context, node, domain, sign)
    if name == "range":
        context.expression.fail("range() is a set: use it after `in`", node)
    return _function(context, node, name, domain, sign)


def _function(context: Context, node: ast.Call, name: str, domain: Domain, sign: Sign) -> Value:
    if name == "abs":
        value = context.evaluate(node.args[0], domain)
        if isinstance(value, Affine):
            items = concatenated([value, value.scaled(np.asarray(-1.0))])
            parent = np.tile(np.arange(domain.size), 2)
            return context.macros(node).extreme(items, parent, domain.size, "max", sign)
        return Numbers(np.abs(context.numbers(value, node.args[0])))
    operation = known_function(name)
    if operation is None:
        context.expression.fail(f"there is no function called {name}", node)
    values = [context.evaluate(arg, domain) for arg in node.args]
    if any(isinstance(value, Affine) for value in values):
        beyond_linear(context, f"{name} of what is decided", node)
    with np.errstate(all="ignore"):
        found = operation(*(context.numbers(v, a) for v, a in zip(values, node.args, strict=True)))
    if not np.isfinite(found).all():
        context.expression.fail(f"{name} is not defined there", node)
    return Numbers(np.asarray(found, dtype=np.float64))


def _sum(context: Context, node: ast.Call, domain: Domain, sign: Sign) -> Value:
    total: Affine | None = None
    known = np.zeros(domain.size)
    for body, expanded in context.items(node, domain):
        value = context.evaluate(body, expanded.domain, sign)
        if isinstance(value, Affine):
            part = value.moved(expanded.parent, domain.size)
            total = part if total is None else total.plus(part)
        else:
            figures = np.broadcast_to(context.numbers(value, body), (expanded.domain.size,))
            known = known + np.bincount(expanded.parent, weights=figures, minlength=domain.size)
    return Numbers(known) if total is None else total.shifted(known)


def _extreme(
    context: Context, node: ast.Call, domain: Domain, sign: Sign, kind: Literal["max", "min"]
) -> Value:
    items = context.items(node, domain)
    values = [context.evaluate(body, rows.domain, sign) for body, rows in items]
    parent = np.concatenate([item.rows.parent for item in items])
    if len(np.unique(parent)) < domain.size:
        mend = "is the set empty, or the condition too narrow?"
        context.expression.fail(f"{kind} of nothing", node, mend)
    if any(isinstance(value, Affine) for value in values):
        parts = [
            value
            if isinstance(value, Affine)
            else affine_of(context.numbers(value, item.body), item.rows.domain.size)
            for value, item in zip(values, items, strict=True)
        ]
        return context.macros(node).extreme(concatenated(parts), parent, domain.size, kind, sign)
    figures = np.concatenate(
        [
            np.broadcast_to(context.numbers(value, item.body), (item.rows.domain.size,))
            for value, item in zip(values, items, strict=True)
        ]
    )
    found = np.full(domain.size, -np.inf if kind == "max" else np.inf)
    (np.maximum if kind == "max" else np.minimum).at(found, parent, figures)
    return Numbers(found)


def _of_set(context: Context, node: ast.Call, name: str, domain: Domain) -> Value:
    of = node.args[-1] if name in ("first", "last", "len") else node.args[0]
    if name == "len" and isinstance(of, (ast.GeneratorExp, ast.ListComp)):
        parent = context.loop(of, domain).parent
        return Numbers(np.bincount(parent, minlength=domain.size).astype(np.float64))
    members = context.set_of(of, domain)
    if name == "len":
        return Numbers(np.asarray(float(members.size)))
    if members.arity != 1:
        context.expression.fail(f"{members.name} has tuples, which have no order", node)
    if name in ("first", "last"):
        if not members.size:
            context.expression.fail(f"{members.name} is empty", node)
        return Symbols(members.codes[0 if name == "first" else -1, 0])
    place = members.positions([context.codes(node.args[1], domain)])
    if name == "position":
        if (place < 0).any():
            row = int(np.flatnonzero(np.broadcast_to(place < 0, (domain.size,)))[0])
            what = f"this is no member of {members.name}{context.row_text(domain, row)}"
            context.expression.fail(what, node.args[1])
        return Numbers(place.astype(np.float64) + 1)
    moved = place + (1 if name == "next" else -1)
    outside = (place < 0) | (moved < 0) | (moved >= members.size)
    if outside.any():
        row = int(np.flatnonzero(np.broadcast_to(outside, (domain.size,)))[0])
        what = f"there is no {name} member{context.row_text(domain, row)}"
        context.expression.fail(what, node, "exclude it with `if`, e.g. `if t != first(days)`")
    return Symbols(members.codes[moved, 0])


def _piecewise(context: Context, node: ast.Call, domain: Domain, sign: Sign) -> Value:
    points = node.args[1]
    if not isinstance(points, (ast.List, ast.Tuple)) or len(points.elts) < 2:
        context.expression.fail("piecewise takes a list of two or more points (x, y)", node)
    xs: list[NDArray[np.float64]] = []
    ys: list[NDArray[np.float64]] = []
    for point in points.elts:
        if not isinstance(point, ast.Tuple) or len(point.elts) != 2:
            context.expression.fail("a point is a pair (x, y)", point)
        for part, into in zip(point.elts, (xs, ys), strict=True):
            into.append(np.broadcast_to(context.figures(part, domain), (domain.size,)))
    if any(not np.all(a < b) for a, b in pairwise(xs)):
        context.expression.fail("the points must go from left to right", points)
    value = context.evaluate(node.args[0], domain)
    if isinstance(value, Affine):
        return context.macros(node).piecewise(value, xs, ys, sign)
    at = np.broadcast_to(context.numbers(value, node.args[0]), (domain.size,))
    rows = range(domain.size)
    columns, heights = np.array(xs), np.array(ys)
    return Numbers(np.array([np.interp(at[r], columns[:, r], heights[:, r]) for r in rows]))
