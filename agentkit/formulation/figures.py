"""Arithmetic and comparisons of what is known, for arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.universe import Codes, Universe
from agentkit.formulation.values import Affine, Numbers, Symbols, Truths, Value

__all__ = ["BINARY", "COMPARISONS", "as_figures", "known_function", "symbol_order", "written_figure"]

BINARY: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
"""What each operator does with figures."""

COMPARISONS: dict[type[ast.cmpop], Callable[..., Any]] = {
    ast.Eq: lambda a, b: np.isclose(a, b, rtol=1e-12, atol=1e-9),
    ast.NotEq: lambda a, b: ~np.isclose(a, b, rtol=1e-12, atol=1e-9),
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
"""What each comparison does with figures; equality forgives rounding."""

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ceil": lambda x: np.ceil(np.round(x, 9)),
    "exp": np.exp,
    "floor": lambda x: np.floor(np.round(x, 9)),
    "log": np.log,
    "round": lambda x, digits=0: _rounded(x, digits),
    "sqrt": np.sqrt,
}


def known_function(name: str) -> Callable[..., Any] | None:
    """A function of figures by its name."""
    return _FUNCTIONS.get(name)


def _rounded(x: Any, digits: Any) -> Any:
    """Halves away from zero, as people round."""
    scale = 10.0 ** np.asarray(digits)
    return np.sign(x) * np.floor(np.abs(x) * scale + 0.5 + 1e-9) / scale


def as_figures(value: Value, universe: Universe) -> NDArray[np.float64] | None:
    """A known value as figures; None where it is none. True counts 1."""
    if isinstance(value, Numbers):
        return value.values
    if isinstance(value, Truths):
        return np.asarray(value.values, dtype=np.float64)
    if isinstance(value, Symbols):
        found: NDArray[np.float64] = universe.numbers()[value.codes]
        return None if np.isnan(found).any() else found
    assert isinstance(value, Affine)
    return None


def symbol_order(op: ast.cmpop, left: Codes, right: Codes, universe: Universe) -> NDArray[np.bool_]:
    """Members compared: figures by size, others by the order in which they were first listed."""
    if isinstance(op, (ast.Eq, ast.NotEq)):
        same = np.asarray(left == right)
        return same if isinstance(op, ast.Eq) else ~same
    numbers = universe.numbers()
    sizes = (numbers[left], numbers[right])
    ordered = (left, right) if np.isnan(sizes[0]).any() or np.isnan(sizes[1]).any() else sizes
    return np.asarray(COMPARISONS[type(op)](*ordered))


def written_figure(value: float) -> str:
    """A figure without needless digits.

    >>> written_figure(3.0), written_figure(0.1 + 0.2), written_figure(1234567.891)
    ('3', '0.3', '1234567.891')
    """
    if not np.isfinite(value):
        return str(value)
    rounded = round(value, 6)
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.6f}".rstrip("0")
