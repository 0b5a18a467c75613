"""What may stand in an expression: functions, and the allow-list of Python's syntax."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agentkit.errors import FormulationError

__all__ = ["COLLECTING", "FUNCTIONS", "check_nodes", "located", "target_names"]

DEEPEST_TREE = 100
"""Operations within operations; a sum counts once, however many terms it has."""

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "abs": (1, 1),
    "all": (1, None),
    "all_different": (1, None),
    "any": (1, None),
    "at_least": (2, None),
    "at_most": (2, None),
    "ceil": (1, 1),
    "count": (1, None),
    "exactly": (2, None),
    "exp": (1, 1),
    "first": (1, 1),
    "floor": (1, 1),
    "iff": (2, 2),
    "implies": (2, 2),
    "last": (1, 1),
    "len": (1, 1),
    "log": (1, 1),
    "max": (1, None),
    "min": (1, None),
    "next": (2, 2),
    "piecewise": (2, 2),
    "position": (2, 2),
    "previous": (2, 2),
    "range": (1, 3),
    "round": (1, 2),
    "sqrt": (1, 1),
    "sum": (1, None),
    "tour": (1, 1),
}
"""What can be called, with the least and the greatest number of arguments; None for any number."""


COLLECTING = frozenset(
    (
        "sum",
        "min",
        "max",
        "all",
        "any",
        "count",
        "exactly",
        "at_least",
        "at_most",
        "all_different",
        "len",
        "tour",
    )
)
"""Functions that take `… for … in …`."""


_NODES = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Call,
    ast.Subscript,
    ast.Name,
    ast.Constant,
    ast.IfExp,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.GeneratorExp,
    ast.ListComp,
    ast.SetComp,
    ast.comprehension,
    ast.expr_context,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.BitOr,
    ast.UAdd,
    ast.USub,
    ast.Not,
    ast.And,
    ast.Or,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
)


_WORDS: dict[type[ast.AST], str] = {
    ast.Attribute: "attributes are not part of the language",
    ast.Lambda: "functions cannot be defined here",
    ast.NamedExpr: "nothing is assigned here: write == for equality",
    ast.Dict: "mappings are not part of the language: make it a parameter",
    ast.DictComp: "mappings are not part of the language: make it a parameter",
    ast.JoinedStr: "formatted strings are not part of the language",
    ast.Starred: "stars are not part of the language",
    ast.Slice: "slices are not part of the language: use sum(… for … if …)",
    ast.BitXor: "^ is no power: write **",
    ast.BitAnd: "& is not part of the language: write and",
    ast.Invert: "~ is not part of the language: write not",
    ast.Is: "write == instead of is",
    ast.IsNot: "write != instead of is not",
}


def located(
    what: str, element: str, text: str, node: ast.AST | None = None, mend: str = ""
) -> FormulationError:
    """An error at a place of a formula, of which it shows the part."""
    position = getattr(node, "col_offset", None)
    end = getattr(node, "end_col_offset", None)
    if position is None:
        shown = text if len(text) <= 120 else f"{text[:117]}..."
        return FormulationError(f"{what} in: {shown}" if text else what, element=element, mend=mend)
    # ast counts bytes of UTF-8.
    raw = text.encode()
    start = len(raw[:position].decode(errors="ignore"))
    part = raw[position:end].decode(errors="ignore") if end else ""
    shown = part if len(part) <= 80 else f"{part[:77]}..."
    return FormulationError(f"{what}: {shown}", element=element, position=start, mend=mend)


def target_names(target: ast.expr, text: str, element: str) -> tuple[str, ...]:
    """The names that a loop binds."""
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    names = []
    for part in parts:
        if not isinstance(part, ast.Name):
            raise located("an index must be a name", element, text, part)
        names.append(part.id)
    if len(set(names)) < len(names):
        raise located("a name is bound twice", element, text, target)
    return tuple(names)


def check_nodes(root: ast.expr, text: str, element: str) -> None:
    """Raises `FormulationError` for what is not part of the language, with its place."""
    parents: list[tuple[ast.AST, ast.AST | None, int]] = [(root, None, 0)]
    while parents:
        node, parent, depth = parents.pop()
        place = node if hasattr(node, "col_offset") else parent
        if depth > DEEPEST_TREE:
            raise located("is nested too deeply", element, text, place, "split it up by `expressions`")
        if not isinstance(node, _NODES):
            what = _WORDS.get(type(node), f"{type(node).__name__} is not part of the language")
            raise located(what, element, text, place)
        if isinstance(node, ast.Constant):
            _check_constant(node, text, element)
        elif isinstance(node, ast.Call):
            _check_call(node, text, element)
        elif isinstance(node, ast.comprehension):
            target_names(node.target, text, element)
            if node.is_async:
                raise located("async is not part of the language", element, text, node.target)
        around = node if hasattr(node, "col_offset") else parent
        sum_goes_on = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
        for child in _parts(node):
            same = sum_goes_on and isinstance(node, ast.BinOp) and child is node.left
            parents.append((child, around, depth if same else depth + 1))


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The children; of a call not the function's name, which is no element's."""
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Call) and child is node.func:
            continue
        yield child


def _check_constant(node: ast.Constant, text: str, element: str) -> None:
    if not isinstance(node.value, (bool, int, float, str)):
        raise located("only figures, texts, True and False can stand here", element, text, node)
    if isinstance(node.value, int) and abs(node.value) > 10**18:
        raise located("this figure is too large", element, text, node)


def _check_call(node: ast.Call, text: str, element: str) -> None:
    if not isinstance(node.func, ast.Name):
        raise located("only functions of the language can be called", element, text, node)
    name = node.func.id
    if node.keywords:
        raise located(f"{name} takes no named arguments", element, text, node)
    if name not in FUNCTIONS:
        return  # whether it is a fluent is known only with the formulation
    least, most = FUNCTIONS[name]
    looped = any(isinstance(a, (ast.GeneratorExp, ast.ListComp, ast.SetComp)) for a in node.args)
    if looped and name not in COLLECTING:
        raise located(f"{name} takes no `for`", element, text, node)
    if len(node.args) < least or (most is not None and len(node.args) > most):
        takes = f"{least}" if most == least else f"{least} to {most}" if most else f"at least {least}"
        raise located(f"{name} takes {takes} arguments, not {len(node.args)}", element, text, node)
