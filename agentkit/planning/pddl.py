"""Reads planning tasks from PDDL: a domain's text and a problem's become one `StripsTask`.

Supported are :strips, :typing (with hierarchies and `either`), :negative-preconditions, :equality,
constants, and :action-costs (constant, or looked up in the start's `(= (distance a b) 3)`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agentkit.planning.brackets import Group, Node, Word, read_brackets
from agentkit.planning.grounding import ActionSchema, Parameter, Predicate, Schema, ground
from agentkit.planning.pddl_domain import (
    ActionText,
    Domain,
    Signature,
    Source,
    Typed,
    check_requirements,
    head_of,
    read_domain,
)
from agentkit.planning.strips import Fact, Metric, StripsTask

__all__ = ["read_pddl", "read_schema"]

Types = Mapping[str, tuple[str, ...]]
"""The types of every object and parameter that may be named, by name."""


def read_pddl(
    domain: str, problem: str, *, domain_name: str = "domain.pddl", problem_name: str = "problem.pddl"
) -> StripsTask:
    """The task of a domain's text and a problem's, without parameters.

    The names are the files', for errors. Raises `FormulationError` with file and line for what is
    malformed, not declared, or beyond what is supported.
    """
    return ground(read_schema(domain, problem, domain_name=domain_name, problem_name=problem_name))


def read_schema(
    domain: str, problem: str, *, domain_name: str = "domain.pddl", problem_name: str = "problem.pddl"
) -> Schema:
    """The same with its parameters. Raises `FormulationError` as `read_pddl` does."""
    known = read_domain(domain, domain_name)
    return _Problem(known, Source(problem_name), read_brackets(problem, problem_name)).schema()


@dataclass
class _Conditions:
    """A conjunction, taken apart."""

    positive: list[Fact] = field(default_factory=list)
    negative: list[Fact] = field(default_factory=list)
    equal: list[tuple[str, str]] = field(default_factory=list)
    different: list[tuple[str, str]] = field(default_factory=list)


class _Problem:
    """One problem of a domain, being read."""

    def __init__(self, domain: Domain, source: Source, whole: Group) -> None:
        self.domain = domain
        self.source = source
        self.name = head_of(whole, "problem", source)
        self.objects = domain.constants
        self.start: set[Fact] = set()
        self.values: dict[Fact, float] = {}
        self.goal = _Conditions()
        self.metric: Metric = "length"
        parts = [source.group(node, "a part of the problem") for node in whole.items[2:]]
        seen = [part.head for part in parts]
        for needed in (":domain", ":init", ":goal"):
            if seen.count(needed) != 1:
                raise source.wrong(
                    f"the problem needs {needed} once, and has it {seen.count(needed)} times", whole
                )
        # Objects are needed to read the rest, wherever they stand.
        for part in sorted(parts, key=lambda part: part.head != ":objects"):
            self._read_part(part)

    def schema(self) -> Schema:
        """The problem with its parameters."""
        domain = self.domain
        predicates = tuple(Predicate(p.name, len(p.parameters)) for p in domain.predicates.values())
        return Schema(
            name=self.name,
            predicates=predicates,
            actions=tuple(self._action(action) for action in domain.actions),
            start=frozenset(self.start),
            goal=frozenset(self.goal.positive),
            negative_goal=frozenset(self.goal.negative),
            values=self.values,
            metric=self.metric,
        )

    def _read_part(self, part: Group) -> None:
        source = self.source
        match part.head:
            case ":domain":
                named = source.word(part.items[1], "the domain's name") if len(part.items) == 2 else ""
                if named != self.domain.name:
                    raise source.wrong(f"the problem is of domain {named!r}, not {self.domain.name!r}", part)
            case ":requirements":
                check_requirements(part, source)
            case ":objects":
                self.objects += source.typed(part.rest)
                self._check_objects(part)
            case ":init":
                for node in part.rest:
                    self._read_start(source.group(node, "a fact"))
            case ":goal":
                if len(part.items) != 2:
                    raise source.wrong("the goal is one expression", part)
                self._conditions(source.group(part.items[1], "a condition"), self._types(), source, self.goal)
                self._check_goal(part)
            case ":metric":
                self._read_metric(part)
            case _:
                raise source.wrong(f"the part {part.head or '(…)'!r} of a problem is not supported", part)

    def _check_objects(self, part: Group) -> None:
        self.domain.check_types(self.objects[len(self.domain.constants) :], self.source)
        types: dict[str, tuple[str, ...]] = {}
        for thing in self.objects:
            if types.setdefault(thing.name, thing.types) != thing.types:
                raise self.source.wrong(f"the object {thing.name} is declared with two types", part)
        self.objects = tuple({thing.name: thing for thing in self.objects}.values())

    def _check_goal(self, part: Group) -> None:
        unequal = [pair for pair in self.goal.equal if pair[0] != pair[1]]
        if unequal or any(one == other for one, other in self.goal.different):
            raise self.source.wrong("the goal wants an equality that never holds", part)

    def _types(self, parameters: Sequence[Typed] = ()) -> Types:
        return {thing.name: thing.types for thing in (*self.objects, *parameters)}

    def _read_start(self, node: Group) -> None:
        if node.head == "=":
            self._read_value(node)
        elif node.head != "not":
            self.start.add(self._atom(node, self._types(), self.source, self.domain.predicates))
        elif len(node.items) != 2:
            raise self.source.wrong("(not …) takes one fact", node)
        else:
            inner = self.source.group(node.items[1], "a fact")
            self._atom(inner, self._types(), self.source, self.domain.predicates)

    def _read_value(self, node: Group) -> None:
        if len(node.items) != 3:
            raise self.source.wrong("a value is given as (= (function object …) number)", node)
        left = node.items[1]
        term = left if isinstance(left, Group) else Group((left,), left.line)
        key = self._atom(term, self._types(), self.source, self.domain.functions)
        if key in self.values:
            raise self.source.wrong(f"{key[0]} is given two values for the same objects", node)
        self.values[key] = _number(node.items[2], self.source)

    def _read_metric(self, part: Group) -> None:
        if len(part.items) != 3 or self.source.word(part.items[1], "minimize") != "minimize":
            raise self.source.wrong(
                "only a metric that is minimised is supported", part, mend="(:metric minimize (total-cost))"
            )
        what = part.items[2]
        head = what.text if isinstance(what, Word) else what.head
        if head == "total-cost":
            self.metric = "cost"
        elif head != "total-time":
            raise self.source.wrong(
                f"the metric {head!r} is not supported", part, mend="(:metric minimize (total-cost))"
            )

    def _atom(self, node: Group, types: Types, source: Source, known: Mapping[str, Signature]) -> Fact:
        """A predicate or function with its terms, checked against its declaration."""
        signature = known.get(node.head)
        if signature is None:
            if known is self.domain.functions:
                raise source.wrong(
                    f"there is no function called {node.head!r}", node, mend="declare it in (:functions …)"
                )
            raise source.beyond(node, known)
        terms = tuple(source.word(item, "a name") for item in node.rest)
        if len(terms) != len(signature.parameters):
            raise source.wrong(f"{node.head} takes {len(signature.parameters)} terms, not {len(terms)}", node)
        for term, parameter in zip(terms, signature.parameters, strict=True):
            if term not in types:
                kind = "parameter" if term.startswith("?") else "object"
                raise source.wrong(f"there is no {kind} called {term!r}", node)
            # A parameter of a wider type is narrowed when objects are put in; an object is what it is.
            if not term.startswith("?") and not self.domain.fits(types[term], parameter.types):
                raise source.wrong(
                    f"{term} is of type {' or '.join(types[term])}, and {node.head} wants "
                    f"{' or '.join(parameter.types)}",
                    node,
                )
        return (node.head, *terms)

    def _conditions(self, node: Group, types: Types, source: Source, found: _Conditions) -> None:
        """Take a conjunction apart."""
        if not node.items:
            return
        if node.head == "and":
            for item in node.rest:
                self._conditions(source.group(item, "a condition"), types, source, found)
            return
        inner, wanted = node, True
        if node.head == "not" and "not" not in self.domain.predicates:
            if len(node.items) != 2:
                raise source.wrong("(not …) takes one condition", node)
            inner, wanted = source.group(node.items[1], "a condition"), False
            if inner.head in ("and", "not"):
                raise source.wrong(
                    f"(not ({inner.head} …)) needs :disjunctive-preconditions, which is not supported", node
                )
        if inner.head == "=":
            pair = self._pair(inner, types, source)
            (found.equal if wanted else found.different).append(pair)
        else:
            atom = self._atom(inner, types, source, self.domain.predicates)
            (found.positive if wanted else found.negative).append(atom)

    def _pair(self, node: Group, types: Types, source: Source) -> tuple[str, str]:
        terms = [source.word(item, "a name") for item in node.rest]
        if len(terms) != 2:
            raise source.wrong("(= …) takes two terms", node)
        for term in terms:
            if term not in types:
                raise source.wrong(f"there is no object or parameter called {term!r}", node)
        return terms[0], terms[1]

    def _action(self, action: ActionText) -> ActionSchema:
        source = self.domain.source
        types = self._types(action.parameters)
        before = _Conditions()
        if action.precondition is not None:
            self._conditions(action.precondition, types, source, before)
        effect = _Effect(self, types, source, self.metric == "cost")
        if action.effect is not None:
            effect.read(action.effect)
        return ActionSchema(
            name=action.name,
            parameters=tuple(self._parameter(parameter) for parameter in action.parameters),
            preconditions=tuple(before.positive),
            negative=tuple(before.negative),
            different=tuple(before.different),
            equal=tuple(before.equal),
            add=tuple(effect.add),
            delete=tuple(effect.delete),
            cost=effect.cost if self.metric == "cost" else 1,
            cost_terms=tuple(effect.cost_terms) if self.metric == "cost" else (),
        )

    def _parameter(self, parameter: Typed) -> Parameter:
        fitting = tuple(o.name for o in self.objects if self.domain.fits(o.types, parameter.types))
        return Parameter(parameter.name, fitting)


class _Effect:
    """An action's effect, being read."""

    def __init__(self, problem: _Problem, types: Types, source: Source, counts: bool) -> None:
        self.problem = problem
        self.types = types
        self.source = source
        self.counts = counts
        self.add: list[Fact] = []
        self.delete: list[Fact] = []
        self.cost: float = 0
        self.cost_terms: list[Fact] = []

    def read(self, node: Group) -> None:
        """Take a conjunction of effects apart."""
        source, predicates = self.source, self.problem.domain.predicates
        if not node.items:
            return
        if node.head == "and":
            for item in node.rest:
                self.read(source.group(item, "an effect"))
        elif node.head == "increase":
            self._read_increase(node)
        elif node.head == "not" and "not" not in predicates:
            if len(node.items) != 2:
                raise source.wrong("(not …) takes one fact", node)
            inner = source.group(node.items[1], "a fact")
            self.delete.append(self.problem._atom(inner, self.types, source, predicates))
        else:
            self.add.append(self.problem._atom(node, self.types, source, predicates))

    def _read_increase(self, node: Group) -> None:
        target = node.items[1] if len(node.items) == 3 else node
        name = target.text if isinstance(target, Word) else target.head
        if name != "total-cost":
            raise self.source.wrong(
                "only total-cost can be increased", node, mend="(increase (total-cost) 1)"
            )
        self._read_amount(node.items[2])

    def _read_amount(self, node: Node) -> None:
        if isinstance(node, Word) and node.text not in self.problem.domain.functions:
            self.cost += _number(node, self.source)
        elif isinstance(node, Group) and node.head == "+":
            for item in node.rest:
                self._read_amount(item)
        else:
            term = node if isinstance(node, Group) else Group((node,), node.line)
            functions = self.problem.domain.functions
            self.cost_terms.append(self.problem._atom(term, self.types, self.source, functions))


def _number(node: Node, source: Source) -> float:
    text = source.word(node, "a number")
    try:
        number = float(text)
    except ValueError:
        raise source.wrong(f"{text!r} is no number", node) from None
    if not math.isfinite(number):
        raise source.wrong(f"{text!r} is no finite number", node)
    return int(number) if number.is_integer() else number
