"""The scalar reading of functions: sums, extremes, places in ordered sets, piecewise functions."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from agentkit.formulation.pyomo_view.scalar_logic import LOGIC, as_number, counted, truth
from agentkit.formulation.pyomo_view.scalar_reader import Reader
from agentkit.formulation.pyomo_view.scalar_values import (
    Binding,
    Scalar,
    are_equal,
    interpolated,
    is_known,
    known_function,
)
from agentkit.formulation.scope import Sign

__all__ = ["call_value"]

OF_SETS = ("first", "last", "next", "previous", "position", "len")


def call_value(reader: Reader, node: ast.Call, binding: Binding, sign: Sign) -> Scalar:
    """The value of a function. Raises `FormulationError` where it has none."""
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name == "sum":
        return reader.total([reader.figure(body, row, sign) for body, row in reader.items(node, binding)])
    if name in ("max", "min"):
        items = [reader.figure(body, row, sign) for body, row in reader.items(node, binding)]
        return _extreme(reader, node, items, "max" if name == "max" else "min", sign)
    if name == "abs":
        value = reader.figure(node.args[0], binding)
        return _extreme(reader, node, [value, -value], "max", sign)
    if name == "count":
        return counted(reader, node, binding)
    if name in LOGIC:
        return as_number(reader, truth(reader, node, binding, 0))
    if name in OF_SETS:
        return _of_set(reader, node, name, binding)
    if name == "piecewise":
        return _piecewise(reader, node, binding, sign)
    return _function(reader, node, name, binding)


def _extreme(
    reader: Reader, node: ast.Call, items: Sequence[Scalar], kind: Literal["max", "min"], sign: Sign
) -> Scalar:
    if not items:
        mend = "is the set empty, or the condition too narrow?"
        reader.expression.fail(f"{kind} of nothing", node, mend)
    better = max if kind == "max" else min
    known = [item for item in items if is_known(item)]
    decided = [item for item in items if not is_known(item)]
    if not decided:
        return better(known)
    if known:
        decided.append(better(known))
    if len(decided) == 1:
        return decided[0]
    return reader.decided.extreme(decided, kind, sign)


def _piecewise(reader: Reader, node: ast.Call, binding: Binding, sign: Sign) -> Scalar:
    listed = node.args[1]
    if not isinstance(listed, (ast.List, ast.Tuple)) or len(listed.elts) < 2:
        reader.expression.fail("piecewise takes a list of two or more points (x, y)", node)
    points = []
    for point in listed.elts:
        if not isinstance(point, ast.Tuple) or len(point.elts) != 2:
            reader.expression.fail("a point is a pair (x, y)", point)
        points.append(
            (reader.known_figure(point.elts[0], binding), reader.known_figure(point.elts[1], binding))
        )
    if any(one[0] >= other[0] for one, other in pairwise(points)):
        reader.expression.fail("the points must go from left to right", listed)
    at = reader.figure(node.args[0], binding)
    if is_known(at):
        return interpolated(at, points)
    return reader.decided.piecewise(at, points, sign)


def _function(reader: Reader, node: ast.Call, name: str, binding: Binding) -> Scalar:
    values = [reader.figure(arg, binding) for arg in node.args]
    if all(map(is_known, values)):
        return _known_function(reader, node, name, values)
    if name not in ("exp", "log", "sqrt"):
        what = f"{name} of what is decided by the solver has no meaning to any solver"
        reader.expression.fail(what, node, "use an integer variable with bounds on both sides")
    return reader.decided.function(name, values[0])


def _known_function(reader: Reader, node: ast.Call, name: str, values: list[float]) -> float:
    try:
        found = known_function(name, values)
    except (ValueError, OverflowError):
        reader.expression.fail(f"{name} is not defined there", node)
    if found is None:
        reader.expression.fail(f"there is no function called {name}", node)
    return found


def _of_set(reader: Reader, node: ast.Call, name: str, binding: Binding) -> Scalar:
    of = node.args[-1] if name in ("first", "last", "len") else node.args[0]
    members = reader.members(of, binding)
    if name == "len":
        return float(len(members))
    if members and len(members[0]) != 1:
        reader.expression.fail("tuples have no order", node)
    if name in ("first", "last"):
        if not members:
            reader.expression.fail("the set is empty", node)
        return members[0 if name == "first" else -1][0]
    wanted = (reader.value(node.args[1], binding),)
    place = next((n for n, member in enumerate(members) if are_equal(member, wanted)), -1)
    if name == "position":
        return float(place + 1)
    moved = place + (1 if name == "next" else -1)
    if place < 0 or not 0 <= moved < len(members):
        mend = "exclude it with `if`, e.g. `if t != first(days)`"
        reader.expression.fail(f"there is no {name} member", node, mend)
    return members[moved][0]
