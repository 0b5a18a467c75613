"""Finds the places of a formulation that what-if edits speak of: members of sets, as people write them."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agentkit.errors import FormulationError
from agentkit.formulation.editing.edits import ANY
from agentkit.formulation.elements import Member, Variable
from agentkit.formulation.expressions import bound_names, parse_expression, parse_over
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.names import CONSTANTS
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.universe import Codes, Index, Universe

__all__ = [
    "IndexNames",
    "Places",
    "condition_on",
    "find_places",
    "index_names",
    "known_part",
    "literal",
    "quote_members",
]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The places that an edit is about."""

    mask: NDArray[np.bool_]
    """Which of all places, in their order."""
    members: tuple[Member, ...]
    """For each subscript the member as the sets have it, or `*`."""

    @property
    def all(self) -> bool:
        """Whether no subscript is given."""
        return all(member == ANY for member in self.members)


@dataclass(frozen=True, slots=True)
class IndexNames:
    """A list of indices in which every index has a name."""

    text: str
    """`p in plants, (i, j) in arcs`."""
    names: tuple[str, ...]
    """`("p", "i", "j")`."""


def known_part(formulation: Formulation, data: TaskData) -> Instance:
    """The sets and parameters alone, and which places the variables have.

    Raises `FormulationError` where these do not fit together.
    """
    variables = tuple(Variable(name=v.name, over=v.over) for v in formulation.variables)
    stand_in = (Variable(name="what_if_nothing"),)  # a formulation without any is refused
    reduced = Formulation(
        sets=formulation.sets, parameters=formulation.parameters, variables=variables or stand_in
    )
    return Instance(reduced, data)


def find_places(
    columns: Sequence[Codes], size: int, members: Sequence[Member], universe: Universe, name: str, edit: str
) -> Places:
    """The places at which each column has the member given for it; all without members.

    Raises `FormulationError` in the name of the edit where there are none.
    """
    given = tuple(members) or (ANY,) * len(columns)
    if len(given) != len(columns):
        what = f"{name} has {len(columns)} subscripts, not {len(given)}"
        raise FormulationError(what, element=edit, mend=f"write {ANY} for all members")
    mask = np.ones(size, dtype=bool)
    found: list[Member] = []
    for part, (column, member) in enumerate(zip(columns, given, strict=True)):
        if member == ANY:
            found.append(ANY)
            continue
        code = _code(column, member, universe)
        if code is None:
            raise _unknown(column, member, universe, f"{name}, subscript {part + 1}", edit)
        found.append(universe.members[code])
        mask &= column == code
    if not mask.any():
        shown = ", ".join(map(str, given))
        raise FormulationError(f"{name} has no [{shown}]", element=edit)
    return Places(mask, tuple(found))


def _code(column: Codes, member: Member, universe: Universe) -> int | None:
    """The code of a member in a column; figures and their text count as equal where only one is there."""
    codes = np.unique(column).tolist()
    known = universe.known(member)
    if known is not None and known in codes:
        return known
    texts = {str(universe.members[code]): code for code in codes}
    return texts.get(str(member))


def _unknown(column: Codes, member: Member, universe: Universe, place: str, edit: str) -> FormulationError:
    texts = [str(universe.members[code]) for code in np.unique(column).tolist()]
    close = difflib.get_close_matches(str(member), texts, n=3, cutoff=0.6)
    listed = ", ".join(texts[:20]) + (", …" if len(texts) > 20 else "")
    mend = f"did you mean {' or '.join(close)}?" if close else f"there are: {listed}"
    return FormulationError(f"{place}: there is no member {member}", element=edit, mend=mend)


def index_names(over: str, index: Index, element: str, taken: frozenset[str] = frozenset()) -> IndexNames:
    """An element's list of indices with a name for each: new ones, not among `taken`, where it has none."""
    parts: list[str] = []
    names: list[str] = []
    fresh = (name for n in range(1, 1000) if (name := f"i{n}") not in taken)
    for item, bound in zip(parse_over(over, element).items, index.sets, strict=True):
        own = item.names or tuple(next(fresh) for _ in range(bound.arity))
        target = own[0] if len(own) == 1 else f"({', '.join(own)})"
        parts.append(f"{target} in {ast.unparse(item.source)}")
        names.extend(own)
    return IndexNames(", ".join(parts), tuple(names))


def condition_on(names: Sequence[str], members: Sequence[Member]) -> str:
    """A condition that holds at these members only: `p == 'a' and t == 3`; empty where all are meant."""
    pairs = zip(names, members, strict=True)
    return " and ".join(f"{name} == {literal(member)}" for name, member in pairs if member != ANY)


def literal(member: Member) -> str:
    """A member as expressions write it.

    >>> literal("New York"), literal(3)
    ("'New York'", '3')
    """
    return repr(member)


def quote_members(text: str, element: str, formulation: Formulation, data: TaskData, over: str = "") -> str:
    """An expression in which members of sets need no quotes; names of elements and indices stay names.

    Raises `FormulationError` where it cannot be read.
    """
    root = parse_expression(text, element).node
    bound = {name for item in parse_over(over, element).items for name in item.names}
    functions = set()
    for node in ast.walk(root):
        if isinstance(node, ast.comprehension):
            bound |= set(bound_names(node))
        elif isinstance(node, ast.Call):
            functions.add(node.func)
    lists = (formulation.sets, formulation.parameters, formulation.variables, formulation.expressions)
    known = {one.name for listed in lists for one in listed} | bound | CONSTANTS
    open_names = [
        node
        for node in ast.walk(root)
        if isinstance(node, ast.Name) and node not in functions and node.id not in known
    ]
    if not open_names:
        return text
    members = {member for member in _all_members(formulation, data) if isinstance(member, str)}
    raw = text.encode()  # syntax trees count bytes
    for node in sorted(open_names, key=lambda node: -node.col_offset):
        if node.id in members:
            raw = raw[: node.col_offset] + literal(node.id).encode() + raw[node.end_col_offset :]
    return raw.decode()


def _all_members(formulation: Formulation, data: TaskData) -> list[Member]:
    instance = known_part(formulation, data)
    for one in formulation.sets:
        instance.bound_set(one.name)
    return instance.universe.members
