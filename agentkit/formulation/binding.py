"""Puts the values of parameters and the members of sets into arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentkit.errors import FormulationError
from agentkit.formulation.elements import DataReference, IndexSet, Member, Parameter
from agentkit.formulation.scope import BoundParameter
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.universe import BoundSet, Codes, Index, Universe, show_member
from agentkit.formulation.values import Numbers, Symbols

__all__ = ["bind_members", "bind_values"]

LARGEST = 1e300
"""Larger whole numbers than this are no floating-point numbers."""


def bind_members(element: IndexSet, data: TaskData, universe: Universe) -> BoundSet:
    """A set that is listed, in the formulation or in the data."""
    name = f"set {element.name}"
    found: Any = element.members
    if isinstance(element.data, DataReference):
        keys = element.data.keys or ((element.data.value,) if element.data.value else ())
        if not keys:
            raise FormulationError("say by `keys` which column holds the members", element=name)
        rows = data.rows(element.data, name)
        found = [row[keys[0]] if len(keys) == 1 else tuple(row[k] for k in keys) for row in rows]
        found = [member for member in found if member not in (None, "")]
    elif found is None:
        found = data.value(element.data or element.name, name)
        found = list(found) if isinstance(found, Mapping) else found
    if isinstance(found, np.ndarray) and found.dtype.kind in "iuf" and 1 <= found.ndim <= 2:
        figures = found.astype(np.float64).reshape(len(found), -1)
        return BoundSet(element.name, universe.intern_numbers(figures))
    if isinstance(found, (str, int, float)) or not isinstance(found, Sequence):
        raise FormulationError("its members must be a list", element=name)
    listed = [m if isinstance(m, (list, tuple)) else (m,) for m in found]
    members = [tuple(_member(part, name) for part in member) for member in listed]
    if len({len(member) for member in members}) > 1:
        raise FormulationError("its members have different numbers of parts", element=name)
    unique = list(dict.fromkeys(members))
    if len(unique) < len(members) and element.data is None and element.members is not None:
        twice = next(m for m in unique if members.count(m) > 1)
        raise FormulationError(f"{show_member(twice)} is listed twice", element=name)
    codes = [tuple(universe.code(part) for part in member) for member in unique]
    arity = len(members[0]) if members else 1
    table = np.asarray(list(dict.fromkeys(codes)), dtype=np.int64)
    return BoundSet(element.name, table.reshape(len(table), arity))


def _member(value: Any, name: str) -> Member:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value != value:
        raise FormulationError(f"{value!r} cannot be a member", element=name, mend="use texts or figures")
    if not isinstance(value, str) and abs(value) > LARGEST:
        raise FormulationError("a member is too large", element=name)
    return value


@dataclass(slots=True)
class _Places:
    """Finds a parameter's places by members as data write them, figures perhaps as text."""

    element: str
    index: Index
    universe: Universe
    _texts: dict[int, dict[str, int]] = field(default_factory=dict)
    _known: dict[int, set[int]] = field(default_factory=dict)

    def code(self, part: int, value: Any) -> int:
        """The code of a subscript; -1 where it is no member."""
        known = self.universe.known(value) if isinstance(value, (str, int, float)) else None
        column = self._column(part)
        if known is not None and known in self._codes(part):
            return known
        return column.get(str(value).strip(), -1)

    def _column(self, part: int) -> dict[str, int]:
        if part not in self._texts:
            members = self.universe.members
            self._texts[part] = {str(members[c]): c for c in self._codes(part)}
        return self._texts[part]

    def _codes(self, part: int) -> set[int]:
        if part not in self._known:
            bound, own = self._set_of(part)
            self._known[part] = set(bound.codes[:, own].tolist())
        return self._known[part]

    def _set_of(self, part: int) -> tuple[BoundSet, int]:
        at = 0
        for bound in self.index.sets:
            if part < at + bound.arity:
                return bound, part - at
            at += bound.arity
        raise AssertionError(part)

    def set_name(self, part: int) -> str:
        """The set that a subscript belongs to, for messages."""
        return self._set_of(part)[0].name


def bind_values(element: Parameter, index: Index, data: TaskData, universe: Universe) -> BoundParameter:
    """A parameter's values, from the formulation or from the data."""
    name = f"parameter {element.name}"
    if isinstance(element.data, DataReference):
        pairs = list(_table_pairs(element, element.data, index, data, universe))
        return _filled(element, index, pairs, universe, name)
    found = element.values
    if found is None and (element.data is not None or data.has(element.name) or element.default is None):
        found = data.value(element.data or element.name, name)
    if found is None:
        return _filled(element, index, [], universe, name)
    fast = _as_array(found, index)
    if fast is not None:
        given = ~np.isnan(fast)
        if given.all():
            return BoundParameter(element.name, index, Numbers(fast), given)
    places = _Places(name, index, universe)
    codes: list[tuple[Codes, Any]] = list(_pairs(found, places, index.arity, ()))
    return _filled(element, index, codes, universe, name)


def _as_array(found: Any, index: Index) -> Any:
    """Figures in the order of the sets, the quick way; None where they are something else."""
    if isinstance(found, bool):
        return np.asarray([float(found)]) if not index.sets else None
    if isinstance(found, (int, float)) and not index.sets:
        return np.asarray([float(found)]) if abs(found) < LARGEST else None
    if isinstance(found, np.ndarray) or (isinstance(found, (list, tuple)) and _regular(found, index.shape)):
        try:
            array = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            return None
        return array.ravel() if array.shape == index.shape else None
    return None


def _regular(found: Any, shape: tuple[int, ...]) -> bool:
    """Whether nested lists have this shape, as far as their first members tell."""
    for size in shape:
        if not isinstance(found, (list, tuple)) or len(found) != size or not size:
            return False
        found = found[0]
    return isinstance(found, (int, float)) and not isinstance(found, bool)


def _pairs(found: Any, places: _Places, left: int, before: tuple[int, ...]) -> Iterator[tuple[Any, Any]]:
    """(codes, value) for each value of nested mappings and lists."""
    if left == 0:
        if isinstance(found, (Mapping, list, tuple)):
            raise FormulationError("has more levels of values than index sets", element=places.element)
        yield before, found
        return
    part = len(before)
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from _keyed(key, value, places, left, before)
        return
    if isinstance(found, (list, tuple, np.ndarray)):
        yield from _listed(found, places, left, before)
        return
    what = f"a value for each of {places.set_name(part)} is needed, not {found!r}"
    raise FormulationError(what, element=places.element, mend="give a mapping, a list, or a default")


def _keyed(
    key: Any, value: Any, places: _Places, left: int, before: tuple[int, ...]
) -> Iterator[tuple[Any, Any]]:
    part = len(before)
    code = places.code(part, key)
    if code >= 0 and (left == 1) != isinstance(value, (Mapping, list, tuple)):
        yield from _pairs(value, places, left - 1, (*before, code))
        return
    text = key if isinstance(key, tuple) else str(key).strip("()[] ").split(",")
    parts = [str(p).strip().strip("'\"") for p in text]
    codes = [places.code(part + n, p) for n, p in enumerate(parts)] if len(parts) == left else []
    if codes and min(codes) >= 0:
        yield (*before, *codes), value
        return
    if code >= 0:
        yield from _pairs(value, places, left - 1, (*before, code))
        return
    what = f"{key!r} is no member of {places.set_name(part)}"
    raise FormulationError(what, element=places.element)


def _listed(
    found: Sequence[Any] | NDArray[Any], places: _Places, left: int, before: tuple[int, ...]
) -> Iterator[tuple[Any, Any]]:
    """Values in the order of a set's members."""
    part, at = len(before), 0
    for bound in places.index.sets:
        if at == part:
            if len(found) != bound.size:
                what = f"{len(found)} values for the {bound.size} members of {bound.name}"
                raise FormulationError(what, element=places.element)
            for codes, value in zip(bound.codes.tolist(), found, strict=True):
                yield from _pairs(value, places, left - bound.arity, (*before, *codes))
            return
        at += bound.arity
    raise FormulationError("lists do not fit its index sets", element=places.element)


def _table_pairs(
    element: Parameter, reference: DataReference, index: Index, data: TaskData, universe: Universe
) -> Iterator[tuple[Any, Any]]:
    """(codes, value) for each row of a table, of which others than the sets' members are left aside."""
    name = f"parameter {element.name}"
    rows = data.rows(reference, name)
    places = _Places(name, index, universe)
    wide = not reference.value and len(reference.keys) == index.arity - 1
    if not wide and len(reference.keys) != index.arity:
        what = f"{len(reference.keys)} key columns for {index.arity} subscripts"
        raise FormulationError(what, element=name)
    if not wide and not reference.value:
        raise FormulationError("say by `value` which column holds the values", element=name)
    for row in rows:
        codes = tuple(places.code(n, row[key]) for n, key in enumerate(reference.keys))
        if min(codes, default=0) < 0:
            continue
        if not wide:
            yield codes, row[reference.value]
            continue
        for column, value in row.items():
            last = places.code(index.arity - 1, column)
            if column not in reference.keys and last >= 0:
                yield (*codes, last), value


def _filled(
    element: Parameter, index: Index, pairs: list[tuple[Any, Any]], universe: Universe, name: str
) -> BoundParameter:
    kept = [(codes, value) for codes, value in pairs if value is not None and value != ""]
    default = element.default
    symbolic = any(isinstance(value, str) for _, value in kept) or isinstance(default, str)
    places = _positions([codes for codes, _ in kept], index)
    _check_places(places, kept, index, universe, name)
    given = np.zeros(index.size, dtype=bool)
    given[places] = True
    if symbolic:
        values = np.zeros(index.size, dtype=np.int64)
        values[places] = [universe.code(_member(value, name)) for _, value in kept]
        if default is not None:
            values[~given] = universe.code(_member(default, name))
        bound: Numbers | Symbols = Symbols(values)
    else:
        figures = np.zeros(index.size)
        figures[places] = [_figure(value, name) for _, value in kept]
        if default is not None:
            figures[~given] = _figure(default, name)
        bound = Numbers(figures)
    if default is not None:
        given[:] = True
    return BoundParameter(element.name, index, bound, given)


def _positions(codes: list[Any], index: Index) -> Codes:
    if not index.sets:
        return np.zeros(len(codes), dtype=np.int64)
    table = np.asarray(codes, dtype=np.int64).reshape(len(codes), index.arity)
    return index.positions(list(table.T))


def _check_places(
    places: Codes, pairs: list[tuple[Any, Any]], index: Index, universe: Universe, name: str
) -> None:
    if len(places) and places.min() < 0:
        codes = pairs[int(np.flatnonzero(places < 0)[0])][0]
        what = f"({show_member([universe.members[c] for c in codes])}) is no member of its index sets"
        raise FormulationError(what, element=name)
    if len(np.unique(places)) < len(places):
        seen, counts = np.unique(places, return_counts=True)
        place = int(seen[counts > 1][0])
        codes = pairs[int(np.flatnonzero(places == place)[0])][0]
        shown = show_member([universe.members[c] for c in codes])
        what = f"there are several values for ({shown})"
        raise FormulationError(what, element=name, mend="name a further key column, or use `where`")


def _figure(value: Any, name: str) -> float:
    if isinstance(value, (bool, int, float, np.number)) and value == value:
        if isinstance(value, int) and abs(value) > LARGEST:
            raise FormulationError("a figure is too large", element=name)
        return float(value)
    raise FormulationError(f"{value!r} is no figure", element=name)
