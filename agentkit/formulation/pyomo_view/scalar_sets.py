"""Sets, loops and places for the scalar reading of formulas: one binding of indices at a time."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.formulation.elements import Member
from agentkit.formulation.expressions import bound_names
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.scalar_reader import Reader
from agentkit.formulation.pyomo_view.scalar_values import CLOSE, Binding, Members, are_equal
from agentkit.formulation.universe import Index

__all__ = ["ScalarSets", "Table", "members_of_loop", "rows_of"]


@dataclass(slots=True)
class Table:
    """Finds the place of a tuple of members among all places of an index."""

    members: Members
    _places: dict[tuple[Member, ...], int] = field(init=False)

    def __post_init__(self) -> None:
        self._places = {member: place for place, member in enumerate(self.members)}

    def place(self, wanted: Sequence[Any]) -> int | None:
        """Where it stands; None where it is no member. Figures may be off by rounding."""
        found = self._places.get(tuple(wanted))
        if found is None and any(isinstance(part, float) for part in wanted):
            found = self._places.get(tuple(_settled(part) for part in wanted))
            if found is None:
                found = self._near(wanted)
        return found

    def _near(self, wanted: Sequence[Any]) -> int | None:
        for place, member in enumerate(self.members):
            if are_equal(member, wanted):
                return place
        return None


def _settled(part: Any) -> Any:
    """A figure that is whole but for rounding, as a whole number."""
    if isinstance(part, float) and math.isfinite(part) and abs(part - round(part)) < CLOSE:
        return round(part)
    return part


@dataclass(slots=True)
class ScalarSets:
    """The sets of an instance as tuples of members, and the tables of its indexed elements."""

    instance: Instance
    _named: dict[str, Members] = field(default_factory=dict)
    _tables: dict[int, Table] = field(default_factory=dict)
    _inline: dict[int, tuple[ast.expr, Members]] = field(default_factory=dict)
    _slices: dict[tuple[int, int], tuple[Members, dict[tuple[Any, ...], list[tuple[Member, ...]]]]] = field(
        default_factory=dict
    )

    def named(self, name: str) -> Members:
        """A set of the formulation."""
        if name not in self._named:
            known = self.instance.universe.members
            rows = self.instance.bound_set(name).codes.tolist()
            self._named[name] = tuple(tuple(known[code] for code in row) for row in rows)
        return self._named[name]

    def table(self, index: Index) -> Table:
        """The places of an index; of the instance, which keeps its indices."""
        if id(index) not in self._tables:
            self._tables[id(index)] = Table(tuple(index.members(self.instance.universe)))
        return self._tables[id(index)]

    def members(self, reader: Reader, node: ast.expr, binding: Binding) -> Members:
        """A set out of its expression. Raises `FormulationError` where it is none."""
        if isinstance(node, ast.Name):
            return self._of_name(reader, node)
        if any(isinstance(part, ast.Name) and part.id in binding for part in ast.walk(node)):
            return self._made(reader, node, binding)
        if id(node) not in self._inline:
            self._inline[id(node)] = (node, self._made(reader, node, {}))
        return self._inline[id(node)][1]

    def following(self, members: Members, given: Sequence[Any]) -> Sequence[tuple[Member, ...]]:
        """What follows these parts in the members that begin with them."""
        count = len(given)
        wanted = tuple(map(_settled, given))
        if any(isinstance(part, float) for part in wanted):  # perhaps off by rounding
            return [member[count:] for member in members if are_equal(member[:count], given)]
        key = (id(members), count)
        if key not in self._slices:
            table: dict[tuple[Any, ...], list[tuple[Member, ...]]] = {}
            for member in members:
                table.setdefault(member[:count], []).append(member[count:])
            self._slices[key] = (members, table)
        return self._slices[key][1].get(wanted, [])

    def _of_name(self, reader: Reader, node: ast.Name) -> Members:
        if self.instance.kind(node.id) != "set":
            reader.expression.fail(f"there is no set called {node.id}", node)
        return self.named(node.id)

    def _made(self, reader: Reader, node: ast.expr, binding: Binding) -> Members:
        match node:
            case ast.Call(func=ast.Name(id="range")):
                return _range(reader, node, binding)
            case ast.BinOp(op=ast.Mult()):
                left = self.members(reader, node.left, binding)
                right = self.members(reader, node.right, binding)
                return tuple((*one, *other) for one in left for other in right)
            case ast.BinOp(op=ast.BitOr() | ast.Add() | ast.Sub()):
                return self._combined(reader, node, binding)
            case ast.SetComp() | ast.ListComp() | ast.GeneratorExp():
                rows = rows_of(self, reader, node, binding)
                return _unique(_parts(reader, node.elt, row) for row in rows)
            case ast.Set() | ast.List() | ast.Tuple():
                return _unique(_parts(reader, element, binding) for element in node.elts)
        reader.expression.fail("this is no set", node)

    def _combined(self, reader: Reader, node: ast.BinOp, binding: Binding) -> Members:
        left = self.members(reader, node.left, binding)
        right = self.members(reader, node.right, binding)
        if isinstance(node.op, ast.Sub):
            gone = set(right)
            return tuple(member for member in left if member not in gone)
        return _unique((*left, *right))


def _range(reader: Reader, node: ast.Call, binding: Binding) -> Members:
    ends = [float(reader.value(arg, binding)) for arg in node.args]
    low, high = (0.0, ends[0]) if len(ends) == 1 else (ends[0], ends[1])
    step = ends[2] if len(ends) > 2 else 1.0
    if step == 0:
        reader.expression.fail("the step of a range is 0", node)
    count = max(math.ceil((high - low) / step), 0)
    return tuple((_figure(low + step * k),) for k in range(count))


def _figure(value: float) -> Member:
    return int(value) if value.is_integer() else value


def _parts(reader: Reader, node: ast.expr, binding: Binding) -> tuple[Member, ...]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    values = [reader.value(part, binding) for part in parts]
    return tuple(_figure(value) if isinstance(value, float) else value for value in values)


def _unique(members: Any) -> Members:
    return tuple(dict.fromkeys(members))


def rows_of(
    sets: ScalarSets,
    reader: Reader,
    node: ast.GeneratorExp | ast.ListComp | ast.SetComp,
    binding: Binding,
) -> Iterator[Binding]:
    """The bindings that a comprehension goes through."""
    loops = [(bound_names(loop), loop.iter) for loop in node.generators]
    conditions = [condition for loop in node.generators for condition in loop.ifs]
    return members_of_loop(sets, reader, loops, conditions, binding)


def members_of_loop(
    sets: ScalarSets,
    reader: Reader,
    loops: Sequence[tuple[tuple[str, ...], ast.expr]],
    conditions: Sequence[ast.expr],
    binding: Binding,
) -> Iterator[Binding]:
    """All bindings of the loops' names of which the conditions hold; each is asked as soon as it can be."""
    to_come = {name for names, _ in loops[1:] for name in names}
    if not loops:
        if all(reader.known_truth(condition, binding) for condition in conditions):
            yield binding
        return
    ready = [c for c in conditions if not _names(c) & to_come]
    waiting = [c for c in conditions if _names(c) & to_come]
    names, source = loops[0]
    for member in _source(sets, reader, names, source, binding):
        inner = {**binding, **dict(zip(names, member, strict=True))}
        if all(reader.known_truth(condition, inner) for condition in ready):
            yield from members_of_loop(sets, reader, loops[1:], waiting, inner)


def _source(
    sets: ScalarSets, reader: Reader, names: tuple[str, ...], source: ast.expr, binding: Binding
) -> Iterator[tuple[Member, ...]]:
    given: list[Any] = []
    whole = source
    if isinstance(source, ast.Subscript):  # `for c in arcs[p]`: what follows p in the tuples of arcs
        parts = source.slice.elts if isinstance(source.slice, ast.Tuple) else [source.slice]
        given = [reader.value(part, binding) for part in parts]
        whole = source.value
    members = sets.members(reader, whole, binding)
    if members and len(members[0]) != len(given) + len(names):
        what = f"{len(names)} names ({', '.join(names)}) for members of {len(members[0]) - len(given)} parts"
        reader.expression.fail(what, source)
    yield from sets.following(members, given) if given else members


def _names(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
