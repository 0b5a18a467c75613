"""The language of expressions: Python's syntax, read with `ast` and an allow-list, never run by Python."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from agentkit.errors import FormulationError
from agentkit.formulation.language import check_nodes, located, target_names
from agentkit.formulation.parts import nodes_in

__all__ = [
    "Expression",
    "Over",
    "OverItem",
    "bound_names",
    "parse_expression",
    "parse_over",
]

MOST_CHARACTERS = 20_000
DEEPEST = 40
"""Brackets within brackets: more is no formula, and would exhaust Python's own parser."""


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
    check_nodes(node, text, element)
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
        check_nodes(node, text, element)
    return Over(text, items, tests, element)


def _over_of_loops(text: str, element: str) -> Over:
    loops = _parsed(f"[0 {text}]", text, element, 3)
    if not isinstance(loops, ast.ListComp):
        raise located("this is no list of indices", element, text)
    items, tests = [], []
    for loop in loops.generators:
        items.append(OverItem(target_names(loop.target, text, element), loop.iter))
        tests.extend(loop.ifs)
    for node in (*(item.source for item in items), *tests):
        check_nodes(node, text, element)
    return Over(text, tuple(items), tuple(tests), element)


def _item(part: ast.expr, text: str, element: str) -> OverItem:
    if isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.ops[0], ast.In):
        return OverItem(target_names(part.left, text, element), part.comparators[0])
    if isinstance(part, (ast.Name, ast.BinOp, ast.Call, ast.SetComp, ast.Subscript)):
        return OverItem((), part)
    raise located("write `name in set`", element, text, part)


def bound_names(loop: ast.comprehension) -> tuple[str, ...]:
    """The names that a loop of a comprehension binds."""
    parts = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
    return tuple(part.id for part in parts if isinstance(part, ast.Name))


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
