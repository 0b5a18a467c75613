"""Planning tasks with parameters (`Schema`), and how they become tasks without (`ground`).

Only actions whose preconditions can ever hold are made, in the relaxation in which nothing is ever undone:
each fact that is newly reached is joined with those reached before, facts that never change first
(Helmert 2009, "Concise finite-domain representations for PDDL planning tasks", has the idea).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from agentkit.errors import FormulationError
from agentkit.planning.strips import Fact, FactAction, Metric, StripsTask, build_task, written

__all__ = ["ActionSchema", "Parameter", "Predicate", "Schema", "ground"]

Atom = tuple[str, ...]
"""A predicate and its terms: names with a question mark are parameters, others objects."""

Binding = dict[str, str]
"""An object for each parameter bound so far."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """What can be said of objects."""

    name: str
    """Its name."""
    arity: int
    """Of how many objects it speaks."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter and the objects that may stand for it."""

    name: str
    """Its name, with a question mark: `?block`."""
    candidates: tuple[str, ...]
    """The objects that may stand for it."""


@dataclass(frozen=True, slots=True)
class ActionSchema:
    """An action with parameters. Literals are a predicate and its terms: `("on", "?x", "table")`."""

    name: str
    """Its name."""
    parameters: tuple[Parameter, ...] = ()
    """In the order of a step's arguments."""
    preconditions: tuple[Atom, ...] = ()
    """What must hold."""
    negative: tuple[Atom, ...] = ()
    """What must not hold."""
    different: tuple[tuple[str, str], ...] = ()
    """Pairs of terms that must be different objects."""
    equal: tuple[tuple[str, str], ...] = ()
    """Pairs of terms that must be the same object."""
    add: tuple[Atom, ...] = ()
    """What holds afterwards."""
    delete: tuple[Atom, ...] = ()
    """What does not hold afterwards, unless it is added as well."""
    cost: float = 1
    """The part of its cost that is always the same."""
    cost_terms: tuple[Atom, ...] = ()
    """The parts that are looked up in the schema's `values`."""


@dataclass(frozen=True)
class Schema:
    """A planning task with parameters."""

    name: str
    """How reports call it."""
    predicates: tuple[Predicate, ...]
    """What can be said of objects."""
    actions: tuple[ActionSchema, ...]
    """What can be done."""
    start: frozenset[Fact]
    """What holds in the beginning; whatever is not here does not."""
    goal: frozenset[Fact]
    """What must hold in the end."""
    negative_goal: frozenset[Fact] = frozenset()
    """What must not hold in the end."""
    values: Mapping[Fact, float] = field(default_factory=dict)
    """Numbers that costs are looked up in: `{("distance", "a", "b"): 3}`."""
    metric: Metric = "length"
    """What a best plan has least of."""

    @cached_property
    def changing(self) -> frozenset[str]:
        """The predicates that some action changes."""
        return frozenset(atom[0] for action in self.actions for atom in (*action.add, *action.delete))

    def instantiate(self, step: Fact) -> FactAction | str:
        """What a step would do, whether or not it can ever be done; a text says why it is none."""
        schema = next((action for action in self.actions if action.name == step[0]), None)
        if schema is None:
            known = ", ".join(action.name for action in self.actions)
            return f"there is no action called {step[0]}; there are {known}"
        if len(step) - 1 != len(schema.parameters):
            return f"{step[0]} takes {len(schema.parameters)} arguments, not {len(step) - 1}"
        for parameter, thing in zip(schema.parameters, step[1:], strict=True):
            if thing not in parameter.candidates:
                return f"{thing} cannot be {parameter.name} of {step[0]}"
        binding = {p.name: thing for p, thing in zip(schema.parameters, step[1:], strict=True)}
        if not _distinct(schema, binding):
            return f"{written(step)} needs different objects, or the same one, where it has not"
        return _instance(self, schema, binding)


def ground(schema: Schema) -> StripsTask:
    """The task without parameters, with those actions that can ever be done.

    Raises `FormulationError` where a cost is not given or is negative.
    """
    reached = _Reached(schema)
    actions = [_instance(schema, action, binding) for action, binding in reached.instances()]
    actions.sort(key=lambda action: (action.name, action.arguments))
    return build_task(
        schema.name,
        start=sorted(schema.start),
        goal=sorted(schema.goal),
        negative_goal=sorted(schema.negative_goal),
        actions=actions,
        metric=schema.metric,
        schema=schema,
    )


def _bound(atom: Atom, binding: Mapping[str, str]) -> Fact:
    return tuple(binding.get(term, term) for term in atom)


def _distinct(schema: ActionSchema, binding: Binding) -> bool:
    """Whether the conditions on equality can still be met."""
    for one, other in schema.different:
        left, right = binding.get(one, one), binding.get(other, other)
        # A parameter without an object is only ever equal to itself.
        if left == right:
            return False
    for one, other in schema.equal:
        left, right = binding.get(one, one), binding.get(other, other)
        if left != right and not left.startswith("?") and not right.startswith("?"):
            return False
    return True


def _instance(schema: Schema, action: ActionSchema, binding: Binding) -> FactAction:
    arguments = tuple(binding[parameter.name] for parameter in action.parameters)
    cost = action.cost
    for term in action.cost_terms:
        key = _bound(term, binding)
        if key not in schema.values:
            raise FormulationError(
                f"the cost of {written((action.name, *arguments))} needs {written(key)}, which has no value",
                element=f"action {action.name}",
                mend=f"give it in the start: (= {written(key)} 1)",
            )
        cost += schema.values[key]
    if cost < 0:
        raise FormulationError(
            f"{written((action.name, *arguments))} costs {cost:g}, less than nothing",
            element=f"action {action.name}",
            mend="costs must be 0 or more",
        )
    return FactAction(
        action.name,
        arguments,
        frozenset(_bound(atom, binding) for atom in action.preconditions),
        frozenset(_bound(atom, binding) for atom in action.negative),
        frozenset(_bound(atom, binding) for atom in action.add),
        frozenset(_bound(atom, binding) for atom in action.delete),
        cost,
    )


@dataclass(frozen=True, slots=True)
class _Join:
    """The rest of a schema's preconditions after one of them is matched, in the order to match them in."""

    atoms: tuple[Atom, ...]
    """The preconditions."""
    known: tuple[tuple[int, ...], ...]
    """For each, the places of its terms that are bound by then."""


class _Reached:
    """The facts reached so far, with look-ups by the objects at some of their places."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.changing = schema.changing
        self.facts: set[Fact] = set()
        self.tables: dict[tuple[str, tuple[int, ...]], dict[Fact, list[Fact]]] = {}
        self.waiting: deque[Fact] = deque()
        self.allowed = {
            action.name: {parameter.name: frozenset(parameter.candidates) for parameter in action.parameters}
            for action in schema.actions
        }

    def instances(self) -> Iterator[tuple[ActionSchema, Binding]]:
        """Each action that can be reached, once."""
        triggers = self._triggers()
        for fact in sorted(self.schema.start):
            if fact[0] in self.changing:
                self.waiting.append(fact)
            else:
                self._enter(fact)
        seen: set[Fact] = set()
        for action in self.schema.actions:
            if not any(atom[0] in self.changing for atom in action.preconditions):
                yield from self._matches(action, _plan_join(action, None, self.changing), {}, seen)
        while self.waiting:
            fact = self.waiting.popleft()
            if fact in self.facts:
                continue
            self._enter(fact)
            for action, atom, join in triggers.get(fact[0], ()):
                binding = self._unify(action, atom, fact, {})
                if binding is not None:
                    yield from self._matches(action, join, binding, seen)

    def _triggers(self) -> dict[str, list[tuple[ActionSchema, Atom, _Join]]]:
        """Which precondition of which action a fact may be, by its predicate."""
        found: dict[str, list[tuple[ActionSchema, Atom, _Join]]] = {}
        for action in self.schema.actions:
            for place, atom in enumerate(action.preconditions):
                if atom[0] in self.changing:
                    join = _plan_join(action, place, self.changing)
                    found.setdefault(atom[0], []).append((action, atom, join))
        return found

    def _matches(
        self, action: ActionSchema, join: _Join, binding: Binding, seen: set[Fact]
    ) -> Iterator[tuple[ActionSchema, Binding]]:
        for found in self._joined(action, join, 0, binding):
            free = [parameter for parameter in action.parameters if parameter.name not in found]
            for things in product(*(parameter.candidates for parameter in free)):
                whole = {**found, **{p.name: thing for p, thing in zip(free, things, strict=True)}}
                step = (action.name, *(whole[parameter.name] for parameter in action.parameters))
                if step in seen or not _distinct(action, whole) or not self._possible(action, whole):
                    continue
                seen.add(step)
                self.waiting.extend(sorted(_bound(atom, whole) for atom in action.add))
                yield action, whole

    def _joined(self, action: ActionSchema, join: _Join, depth: int, binding: Binding) -> Iterator[Binding]:
        if depth == len(join.atoms):
            yield binding
            return
        atom, known = join.atoms[depth], join.known[depth]
        key = tuple(binding.get(atom[place], atom[place]) for place in known)
        for fact in tuple(self._table(atom[0], known).get(key, ())):
            further = self._unify(action, atom, fact, binding)
            if further is not None:
                yield from self._joined(action, join, depth + 1, further)

    def _possible(self, action: ActionSchema, binding: Binding) -> bool:
        """Whether what must not hold may ever not hold."""
        return not any(
            atom[0] not in self.changing and _bound(atom, binding) in self.schema.start
            for atom in action.negative
        )

    def _unify(self, action: ActionSchema, atom: Atom, fact: Fact, binding: Binding) -> Binding | None:
        """The binding with the atom's parameters bound to the fact's objects; None where they do not fit."""
        if len(atom) != len(fact):
            return None
        found = dict(binding)
        allowed = self.allowed[action.name]
        for term, thing in zip(atom[1:], fact[1:], strict=True):
            if not term.startswith("?"):
                if term != thing:
                    return None
            elif found.setdefault(term, thing) != thing or thing not in allowed[term]:
                return None
        return found if _distinct(action, found) else None

    def _enter(self, fact: Fact) -> None:
        self.facts.add(fact)
        for (predicate, places), table in self.tables.items():
            if predicate == fact[0]:
                table.setdefault(tuple(fact[place] for place in places), []).append(fact)

    def _table(self, predicate: str, places: tuple[int, ...]) -> dict[Fact, list[Fact]]:
        """The facts of a predicate by the objects at these places; made when first asked for."""
        found = self.tables.get((predicate, places))
        if found is None:
            found = self.tables[predicate, places] = {}
            for fact in sorted(self.facts):
                if fact[0] == predicate:
                    found.setdefault(tuple(fact[place] for place in places), []).append(fact)
        return found


def _plan_join(action: ActionSchema, first: int | None, changing: frozenset[str]) -> _Join:
    """In which order to match the preconditions: those that never change first, then the most bound."""
    rest = [atom for place, atom in enumerate(action.preconditions) if place != first]
    bound = set() if first is None else {term for term in action.preconditions[first][1:]}
    atoms: list[Atom] = []
    known: list[tuple[int, ...]] = []
    while rest:
        best = min(rest, key=lambda atom: _looseness(atom, bound, changing))
        rest.remove(best)
        places = [p for p, term in enumerate(best) if p and (term in bound or not term.startswith("?"))]
        atoms.append(best)
        known.append(tuple(places))
        bound |= set(best[1:])
    return _Join(tuple(atoms), tuple(known))


def _looseness(atom: Atom, bound: set[str], changing: frozenset[str]) -> tuple[bool, int, int]:
    free = sum(term.startswith("?") and term not in bound for term in atom[1:])
    # What is wholly bound is a mere check; what shares nothing multiplies.
    apart = bool(free) and free == len(atom) - 1 and bool(bound)
    return apart, free and 1 + (atom[0] in changing), free
