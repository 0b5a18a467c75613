"""Objects that are interchangeable, and one state to stand for all that differ only by swapping them.

Pochter, Zohar and Rosenschein 2011, "Exploiting problem symmetries in state-based planners": a search may
put any state in place of another that a symmetry of goal and actions leads to. Here symmetries are
permutations of objects: gripper's balls, a city's trucks. Bits are ordered so that the facts of one object
lie side by side, and permuting objects is sorting numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from agentkit.planning.search_form import SearchTask, reordered
from agentkit.planning.strips import Fact, bits

__all__ = ["Symmetries", "symmetric_form"]

_FEW = 3
"""Groups up to this size are permuted in every way where they cannot be sorted."""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Interchangeable objects whose facts lie side by side, object by object."""

    base: int
    """The first bit."""
    width: int
    """How many facts each object has."""
    count: int
    """How many objects."""

    def sorted(self, state: int) -> int:
        """The state with the objects' parts in order."""
        one = (1 << self.width) - 1
        whole = state >> self.base
        parts = [whole >> self.width * number & one for number in range(self.count)]
        ordered = sorted(parts)
        if ordered == parts:
            return state
        changed = 0
        for part in reversed(ordered):
            changed = changed << self.width | part
        area = (1 << self.width * self.count) - 1 << self.base
        return state & ~area | changed << self.base


@dataclass(frozen=True, slots=True)
class _Permutation:
    """A permutation of bits: each mask's bits are moved by so many places, to the left where positive."""

    moves: tuple[tuple[int, int], ...]

    def applied(self, state: int) -> int:
        """The state after it."""
        found = 0
        for mask, shift in self.moves:
            part = state & mask
            found |= part << shift if shift >= 0 else part >> -shift
        return found


@dataclass(frozen=True, slots=True)
class Symmetries:
    """Which objects may be swapped."""

    groups: tuple[tuple[str, ...], ...]
    """The interchangeable objects."""
    blocks: tuple[_Blocks, ...] = ()
    """Groups to be sorted."""
    permuted: tuple[_Permutation, ...] = ()
    """Further permutations to be tried, each of the whole state."""

    def __bool__(self) -> bool:
        return bool(self.blocks or self.permuted)

    def canonical(self, state: int) -> int:
        """The state that stands for all those that differ from it only by swapping."""
        best = self._sorted(state)
        for permutation in self.permuted:
            best = min(best, self._sorted(permutation.applied(state)))
        return best

    def _sorted(self, state: int) -> int:
        for block in self.blocks:
            state = block.sorted(state)
        return state


@dataclass(frozen=True, slots=True)
class SymmetricForm:
    """A task with its bits in an order that makes permuting quick."""

    task: SearchTask
    symmetries: Symmetries


def symmetric_form(task: SearchTask) -> SymmetricForm:
    """Find the interchangeable objects, and order the bits for them."""
    groups = _groups(task)
    if not groups:
        return SymmetricForm(task, Symmetries(()))
    tables = [[_facts_of(task, thing) for thing in group] for group in groups]
    order: list[int] = []
    blocks: list[_Blocks] = []
    others: list[int] = []
    taken: set[int] = set()
    for number, table in enumerate(tables):
        own = {place for facts in table for place in facts.values()}
        if own & taken:
            others.append(number)
            continue
        taken |= own
        blocks.append(_Blocks(len(order), len(table[0]), len(table)))
        patterns = sorted(table[0])
        order += [facts[pattern] for facts in table for pattern in patterns]
    order += [place for place in range(len(task.facts)) if place not in taken]
    moved = {old: new for new, old in enumerate(order)}
    permuted: list[_Permutation] = []
    for number in others:
        if len(tables[number]) <= _FEW:
            permuted += _all_permutations(tables[number], moved)
    used = tuple(tuple(group) for group in groups)
    return SymmetricForm(reordered(task, order), Symmetries(used, tuple(blocks), tuple(permuted)))


def _names(fact: Fact) -> tuple[str, ...]:
    """The objects of a fact."""
    return fact[2:] if fact[0] == "not" else fact[1:]


def _facts_of(task: SearchTask, thing: str) -> dict[Fact, int]:
    """The facts of an object, by what they are with a hole in its place."""
    return {
        _swapped(fact, {thing: "?"}): place for place, fact in enumerate(task.facts) if thing in _names(fact)
    }


def _swapped(fact: Fact, names: dict[str, str]) -> Fact:
    head = 2 if fact[0] == "not" else 1
    return (*fact[:head], *(names.get(name, name) for name in fact[head:]))


def _groups(task: SearchTask) -> list[list[str]]:
    """Interchangeable objects, the largest groups first; none that meet each other in one fact."""
    place_of = {fact: place for place, fact in enumerate(task.facts)}
    facts_of: dict[str, list[int]] = {}
    for place, fact in enumerate(task.facts):
        for name in dict.fromkeys(_names(fact)):
            facts_of.setdefault(name, []).append(place)
    # Objects can be swapped only where they look alike from afar.
    alike: dict[tuple[object, ...], list[str]] = {}
    for name, places in facts_of.items():
        shape = sorted(
            (task.facts[p][0], task.facts[p].index(name), bool(task.goal >> p & 1)) for p in places
        )
        alike.setdefault(tuple(shape), []).append(name)
    checker = _Swaps(task, place_of, facts_of)
    found: list[list[str]] = []
    for names in alike.values():
        classes: list[list[str]] = []
        for name in names:
            for members in classes:
                if checker.allowed(members[0], name):
                    members.append(name)
                    break
            else:
                classes.append([name])
        found += [members for members in classes if len(members) > 1]
    coupled = [m for m in found if any(len(set(_names(f)) & set(m)) > 1 for f in task.facts)]
    return sorted((m for m in found if m not in coupled), key=len, reverse=True)


class _Swaps:
    """Tells whether swapping two objects changes neither goal nor actions."""

    def __init__(self, task: SearchTask, place_of: dict[Fact, int], facts_of: dict[str, list[int]]) -> None:
        self.task = task
        self.place_of = place_of
        self.facts_of = facts_of
        self.known = {(a.pre, a.add, a.delete, a.cost) for a in task.actions}
        self.touching: dict[int, list[int]] = {}
        for number, action in enumerate(task.actions):
            for place in bits(action.pre | action.add | action.delete):
                self.touching.setdefault(place, []).append(number)

    def allowed(self, one: str, other: str) -> bool:
        """Whether they may be swapped."""
        names = {one: other, other: one}
        target: dict[int, int] = {}
        for place in {*self.facts_of[one], *self.facts_of[other]}:
            to = self.place_of.get(_swapped(self.task.facts[place], names))
            if to is None:
                return False
            target[place] = to
        if _moved(self.task.goal, target) != self.task.goal:
            return False
        numbers = {number for place in target for number in self.touching.get(place, ())}
        for number in numbers:
            a = self.task.actions[number]
            key = (_moved(a.pre, target), _moved(a.add, target), _moved(a.delete, target), a.cost)
            if key not in self.known:
                return False
        return True


def _moved(mask: int, target: dict[int, int]) -> int:
    found = 0
    for place in bits(mask):
        found |= 1 << target.get(place, place)
    return found


def _all_permutations(table: Sequence[dict[Fact, int]], moved: dict[int, int]) -> list[_Permutation]:
    """Every permutation of a few objects but the one that changes nothing, for bits in their new order."""
    found = []
    for order in permutations(range(len(table))):
        if list(order) == sorted(order):
            continue
        shifts: dict[int, int] = {}
        target = {
            moved[facts[pattern]]: moved[table[to][pattern]]
            for facts, to in zip(table, order, strict=True)
            for pattern in facts
        }
        for place in range(len(moved)):
            shift = target.get(place, place) - place
            shifts[shift] = shifts.get(shift, 0) | 1 << place
        found.append(_Permutation(tuple((mask, shift) for shift, mask in shifts.items())))
    return found
