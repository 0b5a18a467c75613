"""How explanations show formulas, figures and lists."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence

from agentkit.formulation.elements import Member

__all__ = ["joined", "listed", "show_figure", "show_formula"]


def listed(items: Sequence[str], most: int = 8) -> str:
    """A list of which the end is left out where it is long.

    >>> listed(["a", "b", "c"], most=2)
    'a; b; and 1 more'
    """
    shown = list(items[:most])
    if len(items) > most:
        shown.append(f"and {len(items) - most} more")
    return "; ".join(shown)


def joined(items: Sequence[str], most: int = 8) -> str:
    """A list as people speak.

    >>> joined(["x", "y", "z"])
    'x, y and z'
    """
    if len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def show_figure(value: float) -> str:
    """A figure without the traces of floating point.

    >>> show_figure(30.000000001), show_figure(1234567.0), show_figure(-0.0)
    ('30', '1234567', '0')
    """
    near = round(value)
    if abs(value - near) <= 1e-6 * max(1.0, abs(value)):
        return str(near)
    return f"{value:.6g}"


def show_formula(node: ast.expr, members: Mapping[str, Member]) -> str:
    """A formula in which indices stand for these members.

    >>> show_formula(ast.parse("cap[p] - need[p, 'x']", mode="eval").body, {"p": "a"})
    'cap[a] - need[a, x]'
    """
    shown: str = ast.unparse(_Placed(members).visit(copy.deepcopy(node)))
    return shown


class _Placed(ast.NodeTransformer):
    def __init__(self, members: Mapping[str, Member]) -> None:
        self._members = members

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self._members.get(node.id)
        return node if found is None else ast.Name(str(found), node.ctx)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Name(node.value, ast.Load()) if isinstance(node.value, str) else node
