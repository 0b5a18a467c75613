"""Arithmetic, functions and comparisons of single known values."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from agentkit.formulation.elements import Member
from agentkit.formulation.scope import Sign

__all__ = [
    "ARITHMETIC",
    "CLOSE",
    "ORDER",
    "Binding",
    "Members",
    "Scalar",
    "are_equal",
    "interpolated",
    "is_known",
    "known_function",
    "scaled_sign",
    "turned",
]

Scalar: TypeAlias = Any
"""A figure, a member, a truth; or an expression of variables."""

Binding: TypeAlias = Mapping[str, Member]
"""What the indices stand for."""

Members: TypeAlias = tuple[tuple[Member, ...], ...]
"""A set: its members, each a tuple of parts."""

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
"""What each operator does."""

ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
"""What each comparison of sizes does."""

CLOSE = 1e-7
"""Figures this close are the same member."""


def is_known(value: Scalar) -> bool:
    """Whether it is a figure, a member or a truth, and no expression of variables."""
    return isinstance(value, (bool, int, float, str))


def are_equal(left: Sequence[Scalar], right: Sequence[Scalar]) -> bool:
    """Whether these are the same members, part by part.

    >>> are_equal(("a", 1), ("a", 1.0)), are_equal(("1",), (1,))
    (True, False)
    """
    if len(left) != len(right):
        return False
    return all(
        a == b if isinstance(a, str) or isinstance(b, str) else abs(a - b) < CLOSE
        for a, b in zip(left, right, strict=True)
    )


def interpolated(at: float, points: Sequence[tuple[float, float]]) -> float:
    """The piecewise linear function through the points; level before the first and after the last.

    >>> interpolated(1.5, [(0.0, 0.0), (1.0, 4.0), (2.0, 6.0)]), interpolated(9.0, [(0.0, 0.0), (1.0, 4.0)])
    (5.0, 4.0)
    """
    if at <= points[0][0]:
        return points[0][1]
    for (x, y), (next_x, next_y) in pairwise(points):
        if at <= next_x:
            return y + (next_y - y) * (at - x) / (next_x - x)
    return points[-1][1]


def known_function(name: str, values: Sequence[float]) -> float | None:
    """A function of the language; None where there is none of this name.

    Raises `ValueError` or `OverflowError` where it is not defined.

    >>> known_function("round", [2.5]), known_function("ceil", [2.0000000001])
    (3.0, 2.0)
    """
    match name:
        case "ceil":
            return float(math.ceil(round(values[0], 9)))
        case "floor":
            return float(math.floor(round(values[0], 9)))
        case "round":
            scale = 10.0 ** (values[1] if len(values) > 1 else 0.0)
            return math.copysign(math.floor(abs(values[0]) * scale + 0.5 + 1e-9) / scale, values[0])
        case "exp" | "log" | "sqrt":
            return float(getattr(math, name)(values[0]))
    return None


def turned(sign: Sign) -> Sign:
    """What a part may do that is subtracted."""
    return -1 if sign == 1 else 1 if sign == -1 else 0


def scaled_sign(sign: Sign, factor: float) -> Sign:
    """What a part may do that is multiplied by a known factor."""
    return sign if factor >= 0 else turned(sign)
