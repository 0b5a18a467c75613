"""The language of expressions: Python's syntax, read with `ast` and an allow-list, never run by Python."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, NoReturn

from agentkit.errors import FormulationError

__all__ = [
    "FUNCTIONS",
    "Expression",
    "Over",
    "OverItem",
    "Term",
    "bound_names",
    "names_in",
    "nodes_in",
    "parse_expression",
    "parse_over",
    "terms_of",
]

MOST_CHARACTERS = 20_000
DEEPEST = 40
"""Brackets within brackets: more is no formula, and would exhaust Python's own parser."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A formula that was read: its text, and its syntax tree of allowed nodes only."""

    text: str
    node: ast.expr
    element: str
    """Which element it belongs to, for messages."""

    def fail(self, what: str, node: ast.AST | None = None, mend: str = "") -> NoReturn:
        """Raise an error that shows where in the formula it is."""
        raise located(what, self.element, self.text, node, mend)


@dataclass(frozen=True, slots=True, eq=False)
class OverItem:
    """One index of a list such as `p in plants`: the names it binds, and the set as an expression."""

    names: tuple[str, ...]
    """One name, several for a set of tuples, none where the list only names the set."""
    source: ast.expr
    """The set."""


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """A list of indices that was read: `p in plants, c in cities if cost[p, c] < 9`."""

    text: str
    items: tuple[OverItem, ...]
    conditions: tuple[ast.expr, ...]
    element: str

    @property
    def as_expression(self) -> Expression:
        """For messages that point into its text."""
        return Expression(self.text, ast.Constant(0), self.element)


_NO_PARTS = frozenset(("ctx", "id", "is_async", "kind", "op", "ops"))


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


@lru_cache(maxsize=4096)
def parse_expression(text: str, element: str = "expression") -> Expression:
    """Read a formula. Raises `FormulationError` with the place of what it cannot be.

    >>> parse_expression("sum(x[i] for i in I if i > 2) <= 3").node.__class__.__name__
    'Compare'
    >>> parse_expression("x.real", "rule cap")
    Traceback (most recent call last):
    agentkit.errors.FormulationError: rule cap, character 1: attributes are not part of the language: x.real
    """
    node = _parsed(text, text, element, 0)
    _check_nodes(node, text, element)
    return Expression(text, node, element)


@lru_cache(maxsize=4096)
def parse_over(text: str, element: str = "index") -> Over:
    """Read a list of indices; Python's `for p in plants for c in cities if …` is understood as well.

    >>> [item.names for item in parse_over("p in plants, (i, j) in arcs if i != p").items]
    [('p',), ('i', 'j')]
    """
    if not text.strip():
        return Over(text, (), (), element)
    stripped = text.lstrip()
    if stripped.startswith("for "):
        return _over_of_loops(text, element)
    head, conditions = _split_conditions(text, element)
    listed = _parsed(f"({head},)", text, element, 1)
    assert isinstance(listed, ast.Tuple)
    items = tuple(_item(part, text, element) for part in listed.elts)
    bound: set[str] = set()
    for item, part in zip(items, listed.elts, strict=True):
        if twice := sorted(bound & set(item.names)):
            raise located(f"the index {twice[0]} is bound twice", element, text, part, "call one otherwise")
        bound |= set(item.names)
    if any(not part.strip() for _, part in conditions):
        raise located("a condition is missing after `if`", element, text)
    tests = tuple(_parsed(f"({part})", text, element, 1 - place) for place, part in conditions)
    for node in (*(item.source for item in items), *tests):
        _check_nodes(node, text, element)
    return Over(text, items, tests, element)


def _over_of_loops(text: str, element: str) -> Over:
    loops = _parsed(f"[0 {text}]", text, element, 3)
    if not isinstance(loops, ast.ListComp):
        raise located("this is no list of indices", element, text)
    items, tests = [], []
    for loop in loops.generators:
        items.append(OverItem(_target_names(loop.target, text, element), loop.iter))
        tests.extend(loop.ifs)
    for node in (*(item.source for item in items), *tests):
        _check_nodes(node, text, element)
    return Over(text, tuple(items), tuple(tests), element)


def _item(part: ast.expr, text: str, element: str) -> OverItem:
    if isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.ops[0], ast.In):
        return OverItem(_target_names(part.left, text, element), part.comparators[0])
    if isinstance(part, (ast.Name, ast.BinOp, ast.Call, ast.SetComp, ast.Subscript)):
        return OverItem((), part)
    raise located("write `name in set`", element, text, part)


def _target_names(target: ast.expr, text: str, element: str) -> tuple[str, ...]:
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    names = []
    for part in parts:
        if not isinstance(part, ast.Name):
            raise located("an index must be a name", element, text, part)
        names.append(part.id)
    if len(set(names)) < len(names):
        raise located("a name is bound twice", element, text, target)
    return tuple(names)


def bound_names(loop: ast.comprehension) -> tuple[str, ...]:
    """The names that a loop of a comprehension binds."""
    parts = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
    return tuple(part.id for part in parts if isinstance(part, ast.Name))


@lru_cache(maxsize=8192)
def names_in(node: ast.AST) -> frozenset[str]:
    """All names in a part of a formula; nodes are never changed, so that they are looked through once."""
    return frozenset(part.id for part in nodes_in(node) if isinstance(part, ast.Name))


def nodes_in(node: ast.AST) -> list[ast.AST]:
    """A part of a formula and all its parts: as `ast.walk`, in less time, but for operators and contexts."""
    found = [node]
    for part in found:
        for field in part._fields:
            if field not in _NO_PARTS:
                value = getattr(part, field)
                if isinstance(value, list):
                    found.extend(value)
                elif isinstance(value, ast.AST):
                    found.append(value)
    return found


class Term(NamedTuple):
    """A part of a sum."""

    node: ast.expr
    minus: bool
    """Whether it is subtracted."""


def terms_of(node: ast.BinOp) -> list[Term]:
    """The parts of `a + b - c + …`, in order: long sums must not exhaust Python's stack.

    >>> [(term.node.id, term.minus) for term in terms_of(parse_expression("a + b - c").node)]
    [('a', False), ('b', False), ('c', True)]
    """
    found = []
    at: ast.expr = node
    while isinstance(at, ast.BinOp) and isinstance(at.op, (ast.Add, ast.Sub)):
        found.append(Term(at.right, isinstance(at.op, ast.Sub)))
        at = at.left
    return [Term(at, False), *reversed(found)]


def _split_conditions(text: str, element: str) -> tuple[str, list[tuple[int, str]]]:
    """What stands before the first ` if ` outside brackets, and each condition with where it begins."""
    places = list(_ifs(text, element)) if "if" in text else []
    if not places:
        return text, []
    ends = [*places[1:], len(text)]
    found = [(place + 2, text[place + 2 : end]) for place, end in zip(places, ends, strict=True)]
    return text[: places[0]], found


def _ifs(text: str, element: str) -> Iterator[int]:
    depth = 0
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.string in ("(", "[", "{"):
                depth += 1
            elif token.string in (")", "]", "}"):
                depth -= 1
            elif token.type == tokenize.NAME and token.string == "if" and depth == 0:
                yield lines[token.start[0] - 1] + token.start[1]
    except (tokenize.TokenError, SyntaxError) as error:
        raise located(f"cannot be read ({error.args[0]})", element, text) from error


def _parsed(code: str, text: str, element: str, shift: int) -> ast.expr:
    """The syntax tree of `code`, with places moved back by `shift` so that they are those in `text`."""
    if len(code) > MOST_CHARACTERS:
        raise FormulationError(f"longer than {MOST_CHARACTERS:,} characters", element=element)
    if not code.strip():
        raise FormulationError("an expression is empty", element=element)
    _check_depth(code, element)
    # Line ends outside brackets would end the expression; positions stay the same.
    flat = code.replace("\r", " ").replace("\n", " ")
    try:
        node = ast.parse(flat.lstrip(), mode="eval").body
    except SyntaxError as error:
        # Where something is missing at the end, Python names no place.
        place = max(error.offset - 1 - shift, 0) if error.offset else len(text)
        what = f"cannot be read ({error.msg}): {text if len(text) <= 120 else text[:117] + '...'}"
        raise FormulationError(what, element=element, position=place) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise FormulationError(f"cannot be read ({error})", element=element) from error
    lead = len(flat) - len(flat.lstrip())
    if lead != shift:
        _shift(node, lead - shift)
    return node


def _check_depth(code: str, element: str) -> None:
    depth = 0
    signs = 0
    for place, letter in enumerate(code):
        depth += (letter in "([{") - (letter in ")]}")
        signs = signs + 1 if letter in "+-~ " else 0
        if depth > DEEPEST or signs > 200:
            what = "is nested too deeply"
            raise FormulationError(what, element=element, position=place, mend="split it up by `expressions`")


def _shift(node: ast.AST, by: int) -> None:
    for part in nodes_in(node):
        if isinstance(part, (ast.expr, ast.keyword)):
            part.col_offset += by
            if part.end_col_offset is not None:
                part.end_col_offset += by


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


def _check_nodes(root: ast.expr, text: str, element: str) -> None:
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
            _target_names(node.target, text, element)
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
