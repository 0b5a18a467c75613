"""Grounds a planning block: its actions for all members, its start and its goal as plain facts."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import Expression, parse_expression, parse_over
from agentkit.formulation.instance import Instance
from agentkit.formulation.language import FUNCTIONS
from agentkit.formulation.loops import Loop, expand
from agentkit.formulation.planning_block import ActionSchema, PlanningBlock
from agentkit.formulation.scope import Domain
from agentkit.formulation.solution import Solution, SolutionStatus, SolveTimes
from agentkit.formulation.universe import Codes, Index
from agentkit.planning.find_plan import find_plan
from agentkit.planning.strips import Fact, FactAction, StripsTask, build_task
from agentkit.solvers.highs import SolveLimits

__all__ = ["ground_planning", "solve_planning"]

_STATUS: dict[str, SolutionStatus] = {
    "optimal": "optimal",
    "feasible": "feasible",
    "no_plan": "infeasible",
    "unknown": "unknown",
}


def solve_planning(instance: Instance, limits: SolveLimits) -> Solution:
    """The best plan for the planning block, with the proof that it is."""
    begun = time.monotonic()
    task = ground_planning(instance)
    build = time.monotonic() - begun
    found = find_plan(task, time_limit=limits.seconds, should_stop=limits.should_stop)
    gap = None
    if found.cost is not None and found.bound is not None:
        gap = abs(found.cost - found.bound) / max(abs(found.cost), 1e-10)
    return Solution(
        _STATUS[found.status],
        objective=found.cost,
        bound=found.bound,
        gap=gap,
        solver=found.method,
        times=SolveTimes(build, found.seconds),
        plan=found,
        instance=instance,
    )


def ground_planning(instance: Instance) -> StripsTask:
    """The planning block as a task without parameters. Raises `FormulationError` that names the element."""
    block = instance.formulation.planning
    assert block is not None
    return _Grounding(instance, block).task()


@dataclass(frozen=True, slots=True, eq=False)
class _Literal:
    """A fact with indices in it: for each row of a domain the members it speaks of."""

    fluent: str
    terms: tuple[Codes, ...]
    positive: bool

    def facts(self, names: Sequence[str]) -> Iterator[Fact]:
        """The fact in each row."""
        if not self.terms:
            yield (self.fluent,)
            return
        for codes in zip(*(term.tolist() for term in self.terms), strict=True):
            yield (self.fluent, *(names[code] for code in codes))

    def rows(self, names: Sequence[str], size: int) -> list[Fact]:
        """The same, for so many rows."""
        return list(self.facts(names)) if self.terms else [(self.fluent,)] * size


@dataclass(slots=True, eq=False)
class _Grounding:
    instance: Instance
    block: PlanningBlock
    indices: dict[str, Index] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fluent in self.block.fluents:
            name = f"fluent {fluent.name}"
            if fluent.name in FUNCTIONS or self.instance.kind(fluent.name) is not None:
                raise FormulationError("this name is taken", element=name, mend="rename it")
            if fluent.name in self.indices:
                raise FormulationError("there are several of this name", element=name)
            self.indices[fluent.name] = self.instance.index_of(fluent.over, name)

    def task(self) -> StripsTask:
        start = self._facts(self.block.start, "start")
        goal = self._facts(self.block.goal, "goal")
        if denied := next((fact for fact, positive in start if not positive), None):
            what = f"{_written(denied)} is false anyway: what start does not name is false"
            raise FormulationError(what, element="start", mend="leave it out")
        at_first = {fact for fact, _ in start}
        actions = [action for schema in self.block.actions for action in self._actions(schema)]
        names = [schema.name for schema in self.block.actions]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise FormulationError("there are several of this name", element=f"action {twice}")
        costs = any(schema.cost.strip() not in ("1", "1.0") for schema in self.block.actions)
        return build_task(
            self.instance.formulation.title or "plan",
            start=sorted(at_first),
            goal=sorted({fact for fact, positive in goal if positive}),
            negative_goal=sorted({fact for fact, positive in goal if not positive}),
            actions=_reachable(actions, at_first),
            metric="cost" if costs else "length",
        )

    def _facts(self, texts: Sequence[str], element: str) -> list[tuple[Fact, bool]]:
        """What start and goal name, each true or false."""
        found: list[tuple[Fact, bool]] = []
        for text in texts:
            whole = parse_expression(f"({text})", element)
            node, domain = whole.node, Domain()
            if isinstance(node, ast.GeneratorExp):
                domain = Evaluation(whole, self.instance).loop(node, domain).domain
                node = node.elt
            for part in _conjuncts(node):
                literal = self._literal(part, whole, domain)
                if literal is None:
                    whole.fail("this is no fact: write fluent(member, …)", part, self._fluents())
                facts = literal.rows(self._names(), domain.size)
                found.extend((fact, literal.positive) for fact in facts)
        return found

    def _actions(self, schema: ActionSchema) -> list[FactAction]:
        element = f"action {schema.name}"
        over = parse_over(schema.over, element)
        evaluation = Evaluation(over.as_expression, self.instance)
        for item in over.items:
            if not item.names:
                evaluation.expression.fail("write `name in set`", item.source)
        loops = [Loop(item.names, item.source) for item in over.items]
        domain = expand(evaluation, Domain(), loops, over.conditions).domain
        texts = [(parse_expression(text, element), "pre") for text in schema.pre]
        parts = [(part, whole) for whole, _ in texts for part in _conjuncts(whole.node)]
        for part, whole in parts:
            if not self._is_fact(part):
                kept = Evaluation(whole, self.instance).truths(part, domain)
                domain = domain.taken(np.flatnonzero(kept))
        before = [self._literal(part, whole, domain) for part, whole in parts if self._is_fact(part)]
        after = self._effects(schema, element, domain)
        price = parse_expression(schema.cost, f"{element}, cost")
        cost = np.broadcast_to(Evaluation(price, self.instance).figures(price.node, domain), (domain.size,))
        if (cost < 0).any():
            raise FormulationError("costs must not be negative", element=f"{element}, cost")
        arguments = [domain.columns[name] for item in over.items for name in item.names]
        return self._instances(schema.name, arguments, [b for b in before if b], after, cost.tolist())

    def _effects(self, schema: ActionSchema, element: str, domain: Domain) -> list[_Literal]:
        found = []
        for text in schema.effects:
            whole = parse_expression(text, f"{element}, effects")
            for part in _conjuncts(whole.node):
                literal = self._literal(part, whole, domain)
                if literal is None:
                    whole.fail("an effect is a fact, or `not` a fact", part, self._fluents())
                found.append(literal)
        return found

    def _instances(
        self,
        name: str,
        arguments: Sequence[Codes],
        before: Sequence[_Literal],
        after: Sequence[_Literal],
        cost: Sequence[float],
    ) -> list[FactAction]:
        names, size = self._names(), len(cost)
        groups: dict[str, list[list[Fact]]] = {"pre": [], "neg": [], "add": [], "del": []}
        for literals, (yes, no) in ((before, ("pre", "neg")), (after, ("add", "del"))):
            for literal in literals:
                groups[yes if literal.positive else no].append(literal.rows(names, size))
        found = []
        for row in range(size):
            facts = {key: frozenset(column[row] for column in columns) for key, columns in groups.items()}
            found.append(
                FactAction(
                    name,
                    tuple(names[int(codes[row])] for codes in arguments),
                    preconditions=facts["pre"],
                    negative=facts["neg"],
                    add=facts["add"],
                    delete=facts["del"] - facts["add"],
                    cost=cost[row],
                )
            )
        return found

    def _names(self) -> list[str]:
        return [str(member) for member in self.instance.universe.members]

    def _fluents(self) -> str:
        return f"the fluents are {', '.join(self.indices)}"

    def _is_fact(self, node: ast.expr) -> bool:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self._is_fact(node.operand)
        return _head(node) in self.indices

    def _literal(self, node: ast.expr, whole: Expression, domain: Domain) -> _Literal | None:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self._literal(node.operand, whole, domain)
            return inner and _Literal(inner.fluent, inner.terms, not inner.positive)
        name = _head(node)
        if name not in self.indices:
            return None
        given = _arguments(node)
        index = self.indices[name]
        if len(given) != index.arity:
            sets = ", ".join(bound.name for bound in index.sets) or "nothing"
            whole.fail(f"{name} speaks of {sets}, not of {len(given)} members", node)
        terms = tuple(self._term(part, whole, domain) for part in given)
        places = np.broadcast_to(index.positions(terms), (domain.size,)) if terms else np.zeros(1)
        if (places < 0).any():
            row = int(np.flatnonzero(places < 0)[0])
            where = Evaluation(whole, self.instance).row_text(domain, row)
            shown = ", ".join(self._names()[int(term[row])] for term in terms)
            sets = ", ".join(bound.name for bound in index.sets)
            whole.fail(f"({shown}) are no members of {sets}{where}", node)
        return _Literal(name, terms, True)

    def _term(self, node: ast.expr, whole: Expression, domain: Domain) -> Codes:
        """A member in each row; a bare name that stands for nothing else is a member's."""
        if (
            isinstance(node, ast.Name)
            and node.id not in domain.columns
            and self.instance.kind(node.id) is None
        ):
            code = self.instance.universe.known(node.id)
            if code is None:
                known = ", ".join(self._names()[:40])
                whole.fail(f"there is no member or index {node.id}", node, f"members: {known}")
            return np.full(domain.size, code, dtype=np.int64)
        codes = Evaluation(whole, self.instance).codes(node, domain)
        return np.broadcast_to(codes, (domain.size,))


def _written(fact: Fact) -> str:
    return f"{fact[0]}({', '.join(fact[1:])})"


def _conjuncts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for part in node.values:
            yield from _conjuncts(part)
    elif isinstance(node, ast.Tuple):
        for part in node.elts:
            yield from _conjuncts(part)
    else:
        yield node


def _head(node: ast.expr) -> str:
    """The fluent's name of `on(a, b)`, `on[a, b]` or `on`."""
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)) | ast.Name(id=name):
            return name
    return ""


def _arguments(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.Call():
            return list(node.args)
        case ast.Subscript(slice=ast.Tuple(elts=parts)):
            return list(parts)
        case ast.Subscript():
            return [node.slice]
    return []


def _reachable(actions: Sequence[FactAction], start: set[Fact]) -> list[FactAction]:
    """The actions whose preconditions can ever hold, were nothing ever undone."""
    waiting: dict[Fact, list[int]] = {}
    missing = []
    ready = []
    for place, action in enumerate(actions):
        open_facts = action.preconditions - start
        missing.append(len(open_facts))
        for fact in open_facts:
            waiting.setdefault(fact, []).append(place)
        if not open_facts:
            ready.append(place)
    reached = set(start)
    taken = set(ready)
    while ready:
        for fact in actions[ready.pop()].add - reached:
            reached.add(fact)
            for place in waiting.get(fact, ()):
                missing[place] -= 1
                if not missing[place]:
                    ready.append(place)
                    taken.add(place)
    return [action for place, action in enumerate(actions) if place in taken]
