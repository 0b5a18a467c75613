"""`Instance`: a formulation with its data, whose sets and parameters are bound when they are first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.binding import bind_members, bind_values
from agentkit.formulation.elements import DerivedExpression, Element, Variable
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.loops import Loop, expand
from agentkit.formulation.names import check_names, decision_names
from agentkit.formulation.scope import BoundParameter, Domain, NameKind
from agentkit.formulation.set_expressions import evaluate_set
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.universe import BoundSet, Index, Universe
from agentkit.formulation.values import Floats

__all__ = ["Instance", "VariableBounds"]

ENDLESS = 1e20
"""Bounds from here on are none, as solvers have it."""


@dataclass(frozen=True, slots=True, eq=False)
class VariableBounds:
    """The bounds at all places of a variable."""

    lower: Floats
    upper: Floats


@dataclass(slots=True, eq=False)
class Instance:
    """What the names of a formulation stand for (`Scope`).

    Raises `FormulationError`, as it is made, where names do not fit; and later, where data do not.
    """

    formulation: Formulation
    data: TaskData = field(default_factory=TaskData)
    universe: Universe = field(default_factory=Universe)
    _elements: dict[str, tuple[NameKind, Element]] = field(default_factory=dict)
    _sets: dict[str, BoundSet] = field(default_factory=dict)
    _parameters: dict[str, BoundParameter] = field(default_factory=dict)
    _indices: dict[str, Index] = field(default_factory=dict)
    _decisions: frozenset[str] = frozenset()
    _under_way: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_names(self.formulation)
        self._decisions = decision_names(self.formulation)
        kinds: Mapping[NameKind, Any] = {
            "set": self.formulation.sets,
            "parameter": self.formulation.parameters,
            "variable": self.formulation.variables,
            "expression": self.formulation.expressions,
        }
        self._elements = {e.name: (kind, e) for kind, elements in kinds.items() for e in elements}

    def kind(self, name: str) -> NameKind | None:
        """What a name stands for."""
        found = self._elements.get(name)
        return found[0] if found else None

    def decides(self, name: str) -> bool:
        """Whether it is a variable, or an expression of variables."""
        return name in self._decisions

    def whole(self, name: str) -> bool:
        """Whether a variable takes whole numbers only."""
        element = self._elements[name][1]
        return isinstance(element, Variable) and element.type != "real"

    def derived(self, name: str) -> DerivedExpression:
        """A named expression."""
        element = self._elements[name][1]
        assert isinstance(element, DerivedExpression)
        return element

    def bound_set(self, name: str) -> BoundSet:
        """A set with its members."""
        if name not in self._sets:
            with self._binding(f"set {name}"):
                self._sets[name] = self._bind_set(name)
        return self._sets[name]

    def _bind_set(self, name: str) -> BoundSet:
        element = next(e for e in self.formulation.sets if e.name == name)
        if isinstance(element.members, str):
            formula = parse_expression(element.members, f"set {name}")
            found = evaluate_set(Evaluation(formula, self), formula.node)
            return BoundSet(name, found.codes)
        return bind_members(element, self.data, self.universe)

    def bound_parameter(self, name: str) -> BoundParameter:
        """A parameter with its values."""
        if name not in self._parameters:
            with self._binding(f"parameter {name}"):
                element = next(e for e in self.formulation.parameters if e.name == name)
                index = self.index_of(element.over, f"parameter {name}")
                self._parameters[name] = bind_values(element, index, self.data, self.universe)
        return self._parameters[name]

    @contextmanager
    def _binding(self, name: str) -> Iterator[None]:
        """Raises `FormulationError` where an element needs itself."""
        if name in self._under_way:
            circle = " -> ".join([*self._under_way[self._under_way.index(name) :], name])
            raise FormulationError(f"it needs itself: {circle}", element=name)
        self._under_way.append(name)
        try:
            yield
        finally:
            self._under_way.pop()

    def index_of(self, over: str, element: str) -> Index:
        """The index sets of an element."""
        found = parse_over(over, element)
        if found.conditions:  # the combinations of which they hold, as one set of tuples
            kept = list(self.rows(over, element).columns.values())
            codes = np.stack(kept, axis=1) if kept else np.empty((0, 1), dtype=np.int64)
            return Index((BoundSet(over, codes),))
        evaluation = Evaluation(found.as_expression, self)
        return Index(tuple(evaluate_set(evaluation, item.source) for item in found.items))

    def variable_index(self, name: str) -> Index:
        """The places of a variable."""
        if name not in self._indices:
            element = self._elements[name][1]
            assert isinstance(element, Variable)
            self._indices[name] = self.index_of(element.over, f"variable {name}")
        return self._indices[name]

    def _index_names(self, over: str, index: Index, element: str) -> list[str]:
        """A name for each subscript; an index without one counts as something that nothing can refer to."""
        found = parse_over(over, element)
        if found.conditions:  # there is one set, of tuples
            return [bound for item in found.items for bound in item.names]
        parts = zip(found.items, index.sets, strict=True)
        return [bound for item, own in parts for bound in item.names or [""] * own.arity]

    def variable_bounds(self, element: Variable) -> VariableBounds:
        """A variable's bounds, by the declaration alone. Raises `FormulationError` where they cross."""
        name = f"variable {element.name}"
        index = self.variable_index(element.name)
        names = self._index_names(element.over, index, name)
        if len(names) != index.arity:
            what = f"{len(names)} names for members of {index.arity} parts"
            raise FormulationError(f"{what} in: {element.over}", element=name)
        columns = dict(zip(names, index.columns(), strict=True))
        domain = Domain(index.size, columns)
        binary = element.type == "binary"
        lower = self._bound(element.lower, -np.inf, name, "lower", domain)
        upper = self._bound(element.upper, 1.0 if binary else np.inf, name, "upper", domain)
        if binary:
            lower, upper = np.maximum(lower, 0.0), np.minimum(upper, 1.0)
        return VariableBounds(lower, upper)

    def _bound(self, text: str | None, none: float, name: str, which: str, domain: Domain) -> Floats:
        if text is None or not text.strip():
            return np.full(domain.size, none)
        formula = parse_expression(text, f"{name}, {which}")
        found = np.array(
            np.broadcast_to(Evaluation(formula, self).figures(formula.node, domain), (domain.size,))
        )
        found[np.abs(found) >= ENDLESS] *= np.inf
        return found

    def rows(self, over: str, element: str) -> Domain:
        """The rows of a `forall`."""
        found = parse_over(over, element)
        evaluation = Evaluation(found.as_expression, self)
        loops = [Loop(item.names, item.source) for item in found.items]
        for item in found.items:
            if not item.names:
                evaluation.expression.fail("write `name in set`", item.source)
        return expand(evaluation, Domain(), loops, found.conditions).domain
