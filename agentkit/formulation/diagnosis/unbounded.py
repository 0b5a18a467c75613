"""Why the objective of a formulation can be improved without end, in the sentences of its task."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.diagnosis.wording import joined
from agentkit.formulation.elements import Objective, Variable
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.values import Floats
from agentkit.frozen import Frozen
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.rays import few_columns, improving_ray

__all__ = ["GrowingVariable", "GrowingWay", "TouchedConstraint", "UnboundedExplanation", "explain_unbounded"]

SECONDS = 10.0
"""For the whole explanation, where no limit is given."""

MOST_WAYS = 5
"""So many ways to grow are told; more would tell the same."""


class GrowingVariable(Frozen):
    """A variable that nothing stops."""

    name: str
    """`ship`."""
    places: tuple[str, ...] = ()
    """At which members, `a, b`; empty for variables without index."""
    direction: Literal["up", "down", "both"]
    """Which way it goes."""
    source: str = ""
    """The sentence of the task."""


class TouchedConstraint(Frozen):
    """A constraint in which growing variables stand, and why it does not stop them."""

    name: str
    """`demand`."""
    rule: str
    """What it says."""
    effect: Literal["easier", "balanced"]
    """easier: it is only met the better. balanced: what grows in it cancels out."""
    source: str = ""
    """The sentence of the task."""


class GrowingWay(Frozen):
    """Variables that together improve the objective without end; none of them could be left out."""

    variables: tuple[GrowingVariable, ...]
    """Which."""
    gain: float
    """What the objective gains or saves while each of them moves by 1 at most."""
    paying: tuple[str, ...] = ()
    """The variables among them that stand in the objective and improve it."""
    constraints: tuple[TouchedConstraint, ...] = ()
    """Where they stand, besides the objective. Empty: nowhere."""
    text: str
    """In sentences."""


class UnboundedExplanation(Frozen):
    """Why there is no best solution."""

    ways: tuple[GrowingWay, ...] = ()
    """Each of them has to be stopped; empty where nothing was found out."""
    text: str
    """All that in sentences."""

    @property
    def variables(self) -> tuple[str, ...]:
        """What grows, by name."""
        return tuple(dict.fromkeys(v.name for way in self.ways for v in way.variables))


def explain_unbounded(
    instance: Instance, limits: SolveLimits | None = None, compiled: CompiledModel | None = None
) -> UnboundedExplanation:
    """Which variables improve the objective without end, and why no constraint stops them. Blocks.

    >>> from agentkit.formulation.formulation import Formulation
    >>> toy = Formulation.read({
    ...     "variables": {"x": {}, "y": {"upper": 5}},
    ...     "constraints": {"floor": "x + y >= 2"},
    ...     "objective": {"maximize": "3 * x + y"},
    ... })
    >>> explain_unbounded(Instance(toy)).variables
    ('x',)
    """
    try:
        compiled = compiled or compile_instance(instance)
    except NonlinearError as beyond:
        return UnboundedExplanation(text=f"Why is not known: the problem is nonlinear ({beyond}).")
    if not compiled.objectives:
        return UnboundedExplanation(text="There is no objective that could be improved without end.")
    search = _Search(compiled, limits or SolveLimits())
    ways = tuple(search.ways())
    return UnboundedExplanation(ways=ways, text=_told(compiled.objectives[0].element, ways))


class _Search:
    def __init__(self, compiled: CompiledModel, limits: SolveLimits) -> None:
        self._compiled = compiled
        self._limits = limits
        seconds = SECONDS if limits.seconds is None else limits.seconds
        self._end = time.monotonic() + seconds
        self._variables = [
            v for v in compiled.instance.formulation.variables if len(compiled.columns[v.name])
        ]
        self._groups = [compiled.columns[v.name] for v in self._variables]

    @property
    def _left(self) -> SolveLimits:
        return replace(self._limits, seconds=max(self._end - time.monotonic(), 0.05))

    def ways(self) -> Iterator[GrowingWay]:
        """One after another, each without the variables of those before."""
        model = self._compiled.model
        still = np.zeros(model.columns, dtype=bool)
        for _ in range(MOST_WAYS):
            if time.monotonic() >= self._end:
                return
            found = few_columns(model, self._groups, still, self._left)
            if not found:
                return
            yield self._way(found, still)
            for n in found:
                still[self._groups[n]] = True

    def _way(self, found: list[int], still: NDArray[np.bool_]) -> GrowingWay:
        model = self._compiled.model
        held = still.copy()
        for n, columns in enumerate(self._groups):
            if n not in found:
                held[columns] = True
        ray = improving_ray(model, held, self._left)
        variables = tuple(self._growing(self._variables[n], self._groups[n], ray) for n in found)
        better = 1.0 if model.maximise else -1.0
        gains = {
            self._variables[n].name: better * float(_along(model.cost, ray, self._groups[n])) for n in found
        }
        paying = tuple(name for name, gain in gains.items() if gain > 1e-9)
        way = GrowingWay(
            variables=variables,
            gain=abs(float(model.cost @ ray)),
            paying=paying,
            constraints=tuple(self._touched(ray)),
            text="",
        )
        return way.model_copy(update={"text": _way_text(way, self._compiled.objectives[0].element)})

    def _growing(self, variable: Variable, columns: NDArray[np.int64], ray: Floats) -> GrowingVariable:
        moves = ray[columns]
        moving = columns[moves != 0]
        names = [self._compiled.column_name(int(c)).partition("[")[2].removesuffix("]") for c in moving]
        up, down = bool((moves > 0).any()), bool((moves < 0).any())
        return GrowingVariable(
            name=variable.name,
            places=tuple(filter(None, names)),
            direction="both" if up and down else "up" if up else "down",
            source=variable.source,
        )

    def _touched(self, ray: Floats) -> Iterator[TouchedConstraint]:
        """The constraints of which rows have moving columns."""
        model = self._compiled.model
        moving = np.zeros(model.columns)
        moving[ray != 0] = 1.0
        entries = np.repeat(np.arange(model.rows), np.diff(model.starts))
        touched = np.bincount(entries, weights=moving[model.indices], minlength=model.rows) > 0
        change = np.abs(model.row_activity(ray)) > 1e-9
        named: dict[str, bool] = {}
        for block in self._compiled.blocks:
            rows = slice(block.start, block.start + block.count)
            if touched[rows].any() and block.element.startswith("constraint "):
                name = block.element.partition(" ")[2]
                named[name] = named.get(name, False) or bool(change[rows].any())
        for constraint in self._compiled.instance.formulation.constraints:
            if constraint.name in named:
                yield TouchedConstraint(
                    name=constraint.name,
                    rule=constraint.rule,
                    effect="easier" if named[constraint.name] else "balanced",
                    source=constraint.source,
                )


def _along(cost: Floats, ray: Floats, columns: NDArray[np.int64]) -> float:
    return float(cost[columns] @ ray[columns])


_MOVES = {"up": "larger", "down": "smaller (further below 0)", "both": "larger here and smaller there"}


def _way_text(way: GrowingWay, objective: Objective) -> str:
    moves = [f"{_shown(v)} ever {_MOVES[v.direction]}" for v in way.variables]
    better = "larger" if objective.sense == "maximize" else "smaller"
    lines = [f"Making {joined(moves)} makes {objective.name} ever {better}."]
    for variable in way.variables:
        if variable.source:
            lines.append(f'{variable.name}: "{variable.source}"')
    if not way.constraints:
        lines.append(f"No constraint mentions {joined([_shown(v) for v in way.variables])}.")
    for constraint in way.constraints:
        sentence = f'"{constraint.source}" - ' if constraint.source else ""
        words = (
            "is only met the better"
            if constraint.effect == "easier"
            else "does not change, as they cancel out"
        )
        lines.append(f"{sentence}{constraint.name} ({constraint.rule}) {words}.")
    return "\n".join(lines)


def _shown(variable: GrowingVariable) -> str:
    if not variable.places:
        return variable.name
    places = list(variable.places[:4])
    more = f", … ({len(variable.places)} in all)" if len(variable.places) > 4 else ""
    return ", ".join(f"{variable.name}[{place}]" for place in places) + more


def _told(objective: Objective, ways: tuple[GrowingWay, ...]) -> str:
    sentence = f' ("{objective.source}")' if objective.source else ""
    head = (
        f"{objective.name}: {objective.sense} {objective.expression}{sentence} can be improved without end."
    )
    if not ways:
        return f"{head} By which variables was not found out."
    names = joined(list(dict.fromkeys(v.name for way in ways for v in way.variables)))
    last = (
        f"Is a limit on {names} missing (a capacity, a stock, a budget, a largest demand, a balance),"
        f" or a cost in the objective, or should it be {_other(objective)}?"
    )
    return "\n".join([head, *(way.text for way in ways), last])


def _other(objective: Objective) -> str:
    return "minimized" if objective.sense == "maximize" else "maximized"
