"""Members as numbers: the `Universe` gives each a code, and an `Index` finds places for tuples of codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agentkit.errors import FormulationError
from agentkit.formulation.elements import Member

__all__ = ["BoundSet", "Codes", "Index", "Universe", "as_member", "show_member"]

Codes: TypeAlias = NDArray[np.int64]


def show_member(members: Sequence[Member]) -> str:
    """A tuple of members as people write it in brackets.

    >>> show_member(["a", 3])
    'a, 3'
    """
    return ", ".join(str(member) for member in members)


_FIGURE = re.compile(r"-?\d{1,15}(\.\d{1,9})?")


def as_member(value: Member) -> Member:
    """A member as it is kept: a text that writes a figure is that figure, as JSON's keys are always texts.

    >>> as_member("1"), as_member(1.0), as_member("2.5"), as_member("007"), as_member("1.10")
    (1, 1, 2.5, '007', '1.10')
    """
    if isinstance(value, str) and _FIGURE.fullmatch(value):
        figure = float(value)
        whole = int(figure) if figure.is_integer() and "." not in value else figure
        return whole if str(whole) == value else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


@dataclass(slots=True)
class Universe:
    """All members of all sets, each with a code; equal members have equal codes."""

    members: list[Member] = field(default_factory=list)
    _codes: dict[Member, int] = field(default_factory=dict)
    _numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    _sorted: tuple[NDArray[np.float64], Codes] | None = None

    def code(self, member: Member) -> int:
        """Its code; a new one where it is new."""
        member = as_member(member)
        codes = self._by_member()
        found = codes.get(member)
        if found is None:
            found = codes[member] = len(self.members)
            self.members.append(member)
            self._sorted = None
        return found

    def known(self, member: Member) -> int | None:
        """Its code, if it has one."""
        return self._by_member().get(as_member(member))

    def _by_member(self) -> dict[Member, int]:
        """The codes; those of many figures at once are entered only when they are asked for by member."""
        known = len(self._codes)
        if known < len(self.members):
            self._codes.update(zip(self.members[known:], range(known, len(self.members)), strict=True))
        return self._codes

    def numbers(self) -> NDArray[np.float64]:
        """For each code the member as a figure; NaN for those that are none."""
        if len(self._numbers) < len(self.members):
            new = [np.nan if isinstance(m, str) else m for m in self.members[len(self._numbers) :]]
            self._numbers = np.concatenate([self._numbers, np.asarray(new, dtype=np.float64)])
        return self._numbers

    def codes_of_numbers(self, values: NDArray[np.float64]) -> Codes:
        """The codes of figures; -1 where no member is this figure."""
        if self._sorted is None:
            numbers = self.numbers()
            places = np.flatnonzero(~np.isnan(numbers))
            order = places[np.argsort(numbers[places], kind="stable")]
            self._sorted = (numbers[order], order.astype(np.int64))
        figures, codes = self._sorted
        if not len(figures):
            return np.full(np.shape(values), -1, dtype=np.int64)
        near = np.round(values, 9)
        at = np.minimum(np.searchsorted(figures, near - 1e-9), len(figures) - 1)
        return np.where(np.abs(figures[at] - near) < 1e-7, codes[at], -1)

    def intern_numbers(self, values: NDArray[np.float64]) -> Codes:
        """The codes of figures, new ones where they are new."""
        flat = values.ravel()
        if not bool(np.all(flat == np.rint(flat))):
            flat = np.round(flat, 12)  # 0.1 + 0.2 is called 0.3
        unique, inverse = _distinct(flat)
        codes = self.codes_of_numbers(unique)
        new = unique[codes < 0]
        if len(new):
            if bool(np.all(new == np.round(new))):
                members: list[Member] = new.astype(np.int64).tolist()
            else:
                members = [int(v) if v.is_integer() else v for v in new.tolist()]
            start = len(self.members)
            self._numbers = np.concatenate([self.numbers(), new])
            self.members.extend(members)
            self._sorted = None
            codes[codes < 0] = np.arange(start, start + len(members))
        return codes[inverse].reshape(np.shape(values))


@dataclass(frozen=True, eq=False)
class BoundSet:
    """A set with its members: a row of codes for each, as many columns as its tuples have parts."""

    name: str
    codes: Codes
    """Shape (members, arity)."""

    @property
    def size(self) -> int:
        """How many members."""
        return len(self.codes)

    @property
    def arity(self) -> int:
        """How many parts a member has."""
        return int(self.codes.shape[1])

    @cached_property
    def _keys(self) -> tuple[int, Codes, Codes]:
        """For tuples: the radix, the sorted keys, and the places that they stand for."""
        radix = int(self.codes.max()) + 1 if self.size else 1
        if radix**self.arity > 2**63:
            what = f"{self.arity} parts of {radix:,} possible members each are too many"
            raise FormulationError(what, element=f"set {self.name}", mend="use fewer or shorter sets")
        keys = _key(self.codes.T, radix)
        order = np.arange(self.size)
        for part in self.codes.T[::-1]:
            order = order[_order(part[order])]
        return radix, keys[order], order

    @cached_property
    def _table(self) -> Codes:
        """For single members: the place of each code, -1 for others."""
        table = np.full(int(self.codes.max()) + 2 if self.size else 1, -1, dtype=np.int64)
        table[self.codes[:, 0]] = np.arange(self.size)
        return table

    def positions(self, parts: Sequence[Codes]) -> Codes:
        """Where these members stand, one array of codes for each part; -1 for what is no member."""
        if self.arity == 1:
            table = self._table
            code = parts[0]
            inside = (code >= 0) & (code < len(table))
            return np.where(inside, table[np.where(inside, code, 0)], -1)
        radix, keys, order = self._keys
        arrays = np.broadcast_arrays(*parts)
        if not self.size:
            return np.full(arrays[0].shape, -1, dtype=np.int64)
        inside = np.logical_and.reduce([(part >= 0) & (part < radix) for part in arrays])
        wanted = _key([np.where(inside, part, 0) for part in arrays], radix)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(inside & (keys[at] == wanted), order[at], -1)

    def _sorted_by(self, component: int) -> tuple[Codes, Codes]:
        """The places in the order of a component, and the component in that order."""
        if component not in self._orders:
            column = self.codes[:, component]
            order = _order(column)
            self._orders[component] = (order, column[order])
        return self._orders[component]

    @cached_property
    def _orders(self) -> dict[int, tuple[Codes, Codes]]:
        return {}

    def matches(self, component: int, codes: Codes) -> tuple[Codes, Codes]:
        """For each code the members that have it as their `component`: (which code, which member) pairs."""
        order, sorted_codes = self._sorted_by(component)
        low = np.searchsorted(sorted_codes, codes, side="left")
        high = np.searchsorted(sorted_codes, codes, side="right")
        counts = high - low
        parent = np.repeat(np.arange(len(codes)), counts)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return parent, order[np.repeat(low, counts) + offsets]


def _distinct(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], Codes]:
    """The distinct figures in rising order, and for each value the place of its figure."""
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    span = high - low
    if len(values) and span <= 4 * len(values) + 1000 and bool(np.all(values == np.rint(values))):
        at = (values - low).astype(np.int64)
        present = np.zeros(int(span) + 1, dtype=bool)
        present[at] = True
        return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[at]
    unique, inverse = np.unique(values, return_inverse=True)
    return unique, inverse.astype(np.int64)


def _order(codes: Codes) -> Codes:
    """The stable order of codes. numpy sorts figures of 16 bits digit by digit, which takes a tenth."""
    if len(codes) and (low := codes.min()) > codes.max() - 2**16:
        codes = (codes - low).astype(np.uint16)
    return np.argsort(codes, kind="stable").astype(np.int64)


def _key(parts: Sequence[Codes] | Codes, radix: int) -> Codes:
    """One number for each tuple of codes below `radix`."""
    key: Codes = np.asarray(parts[0], dtype=np.int64)
    for part in parts[1:]:
        key = key * radix + part
    return key


@dataclass(frozen=True, eq=False)
class Index:
    """The places of an indexed element: all combinations of its sets' members, in order."""

    sets: tuple[BoundSet, ...] = ()

    @cached_property
    def size(self) -> int:
        """How many places; 1 without sets."""
        return int(np.prod([s.size for s in self.sets], dtype=np.int64)) if self.sets else 1

    @cached_property
    def arity(self) -> int:
        """How many subscripts it takes."""
        return sum(s.arity for s in self.sets)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its sets."""
        return tuple(s.size for s in self.sets)

    def positions(self, parts: Sequence[Codes]) -> Codes:
        """The place of each tuple of codes; -1 where there is none."""
        place: Any = np.int64(0)
        missing: Any = False
        at = 0
        for bound in self.sets:
            own = bound.positions(parts[at : at + bound.arity])
            at += bound.arity
            missing = missing | (own < 0)
            place = place * bound.size + own
        return np.asarray(np.where(missing, -1, place), dtype=np.int64)

    def columns(self) -> list[Codes]:
        """For each subscript the codes at all places, in order."""
        found: list[Codes] = []
        before, after = 1, self.size
        for bound in self.sets:
            after = after // max(bound.size, 1)
            for part in range(bound.arity):
                found.append(np.tile(np.repeat(bound.codes[:, part], after), before))
            before *= bound.size
        return found

    def members(self, universe: Universe) -> Iterator[tuple[Member, ...]]:
        """The members at all places, in order."""
        columns = [column.tolist() for column in self.columns()]
        if not columns:
            yield ()
            return
        for codes in zip(*columns, strict=True):
            yield tuple(universe.members[code] for code in codes)
