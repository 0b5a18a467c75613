"""Changes data a little and solves again, to see that the objective moves the way that it must.

What a capacity, a cost or a demand does to an optimum is known beforehand: more room is never worse. Where it
is, or where a figure does nothing whatever it is, the formulation does not say what was meant; often a
constraint is missing that should connect things (flow conservation, say).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from agentkit.errors import AgentkitError
from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.diagnosis.suspicion import Suspicion
from agentkit.formulation.diagnosis.usage import used_names
from agentkit.formulation.diagnosis.wording import show_figure
from agentkit.formulation.elements import Constraint, Parameter
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.scope import BoundParameter
from agentkit.formulation.solution import Solution
from agentkit.formulation.values import Numbers
from agentkit.frozen import Frozen
from agentkit.solvers.highs import SolveLimits, solve_linear

__all__ = ["Effect", "Fidelity", "perturb", "suspicions_of"]

Effect = Literal["better", "worse", "same", "impossible", "endless", "unknown"]
"""What a change does to the optimum. impossible: nothing can be done any more. endless: it can be improved
without end."""

SECONDS = 10.0
"""For all changes, where no limit is given."""

MOST_SOLVES = 60
"""For all changes."""

LITTLE, MUCH = 0.05, 0.8
"""By what share a figure is changed at first, and where that does nothing."""

SAME = 1e-6
"""Objectives that differ by less, relative to their size, are the same."""

ROOM = re.compile(
    r"capacit|budget|avail|suppl|stock|limit|(^|_)max(imum)?(_|$)|resource|upper|allow|storage", re.IGNORECASE
)
NEED = re.compile(r"demand|require|(^|_)min(imum)?(_|$)|need|lower|least|order|safety", re.IGNORECASE)
COST = re.compile(r"cost|(^|_)fee|wage|expense|penalt", re.IGNORECASE)
SPENT = re.compile(r"price|distance|duration|(^|_)time", re.IGNORECASE)
"""These are costs where something is minimised."""
GAIN = re.compile(r"profit|revenue|benefit|reward|margin|score", re.IGNORECASE)


class Fidelity(Frozen):
    """What a change of data did, and what it had to do."""

    element: str
    """`parameter budget`, `constraint capacity`."""
    change: str
    """What was changed: `5% more`, `left out`."""
    effect: Effect
    """What it did to the optimum."""
    expected: Literal["not worse", "not better", "anything"] = "anything"
    """What it had to do, by mathematics or by what its name says."""
    certain: bool = False
    """Whether that is mathematics, so that something else is a fault of the solver or the compiler."""
    before: float | None = None
    """The objective before."""
    after: float | None = None
    """And afterwards, where there is one."""

    @property
    def agrees(self) -> bool:
        """Whether it did what it had to do."""
        if self.expected == "not worse":
            # What is called a supply may have to be used up: then more of it can be too much.
            return self.effect != "worse" and not (self.certain and self.effect == "impossible")
        if self.expected == "not better":
            return self.effect not in ("better", "endless")
        return True


def perturb(
    instance: Instance, solution: Solution, limits: SolveLimits | None = None
) -> tuple[Fidelity, ...]:
    """Change each figure and leave out each constraint, one at a time, and solve again.

    Blocks, for `limits.seconds` at most (default 10), and for at most 60 solves; what did not come to its
    turn is not in the result. Empty for planning problems, nonlinear ones, and those without an optimum.

    >>> from agentkit.formulation.solve import solve
    >>> toy = Formulation.read({
    ...     "parameters": {"budget": 12, "price": 3},
    ...     "variables": {"x": {}},
    ...     "constraints": {"spend": "price * x <= budget"},
    ...     "objective": {"maximize": "x"},
    ... })
    >>> solution = solve(toy)
    >>> [(f.element, f.change, f.effect) for f in perturb(solution.instance, solution)][:2]
    [('parameter budget', '5% more', 'better'), ('parameter price', '5% more', 'worse')]
    """
    formulation = instance.formulation
    if formulation.planning is not None or not formulation.objectives or solution.status != "optimal":
        return ()
    trial = _Trial(instance, solution, limits or SolveLimits())
    return tuple([*trial.parameters(), *trial.constraints()])


def suspicions_of(fidelities: Sequence[Fidelity], formulation: Formulation) -> tuple[Suspicion, ...]:
    """What the changes give reason to suspect."""
    sources = {f"parameter {p.name}": p.source for p in formulation.parameters}
    sources |= {f"constraint {c.name}": c.source for c in formulation.constraints}
    found = []
    for one in fidelities:
        if not one.agrees:
            found.append(_wrong_way(one, sources.get(one.element, "")))
    by_element: dict[str, list[Fidelity]] = {}
    for one in fidelities:
        by_element.setdefault(one.element, []).append(one)
    for element, own in by_element.items():
        tried = {one.change for one in own}
        wide = element.startswith("constraint ") or len(tried) > 1
        if wide and all(one.effect == "same" for one in own):
            found.append(_without_influence(element, own, sources.get(element, "")))
    return tuple(found)


def _wrong_way(one: Fidelity, source: str) -> Suspicion:
    name = one.element.partition(" ")[2]
    told = f' ("{source}")' if source else ""
    figures = ""
    if one.before is not None and one.after is not None:
        figures = f", from {show_figure(one.before)} to {show_figure(one.after)}"
    text = (
        f"{name}{told}: {one.change} makes the optimum {one.effect}{figures}; that should be {one.expected}"
    )
    weight: Literal["certain", "likely"] = "certain" if one.certain else "likely"
    return Suspicion(kind="wrong direction", element=one.element, text=text, weight=weight)


def _without_influence(element: str, own: Sequence[Fidelity], source: str) -> Suspicion:
    name = element.partition(" ")[2]
    told = f' ("{source}")' if source else ""
    changes = " or ".join(one.change for one in own)
    text = f"{name}{told} has no influence: with {changes} the optimum is the same"
    weight: Literal["likely", "hint"] = "likely" if element.startswith("parameter ") else "hint"
    return Suspicion(kind="no influence", element=element, text=text, weight=weight)


@dataclass(slots=True, eq=False)
class _Varied(Instance):
    """The same with one parameter's figures changed."""

    varied: BoundParameter | None = None

    def bound_parameter(self, name: str) -> BoundParameter:
        if self.varied is not None and name == self.varied.name:
            return self.varied
        return Instance.bound_parameter(self, name)


@dataclass(slots=True, eq=False)
class _Trial:
    instance: Instance
    solution: Solution
    given: SolveLimits
    solves: int = 0
    end: float = 0.0
    columns: int = 0
    """How many the unchanged model has."""

    def __post_init__(self) -> None:
        self.columns = compile_instance(self.instance).model.columns
        self.end = time.monotonic() + (SECONDS if self.given.seconds is None else self.given.seconds)

    @property
    def _done(self) -> bool:
        stop = self.given.should_stop
        late = time.monotonic() >= self.end or self.solves >= MOST_SOLVES
        return late or (stop is not None and stop())

    def parameters(self) -> Iterator[Fidelity]:
        """Each parameter that is used, with more; where that does nothing, with less, and much of both."""
        used = used_names(self.instance.formulation)
        for parameter in (p for p in self.instance.formulation.parameters if p.name in used):
            for share in (LITTLE, -LITTLE, MUCH, -MUCH):
                if self._done:
                    return
                found = self._changed(parameter, share)
                if found is None:
                    break
                yield found
                if found.effect != "same":
                    break

    def _changed(self, parameter: Parameter, share: float) -> Fidelity | None:
        """One change; None where it cannot be made: where there are no figures, or they say how many things
        there are."""
        bound = self.instance.bound_parameter(parameter.name)
        if not isinstance(bound.values, Numbers) or not np.any(bound.values.values):
            return None
        figures = bound.values.values
        if np.all((figures == 0) | (figures == 1)):
            return None  # a table of yes and no
        varied = _Varied(self.instance.formulation, self.instance.data, self.instance.universe)
        varied.varied = BoundParameter(
            parameter.name, bound.index, Numbers(figures * (1 + share)), bound.given
        )
        try:
            compiled = compile_instance(varied)
        except AgentkitError:
            return None
        if compiled.model.columns != self.columns:
            return None  # it says how many things there are
        change = f"{abs(share):.0%} {'more' if share > 0 else 'less'}"
        expected = _expected(parameter, share, self.instance.formulation.objectives[0].sense)
        return self._solved(compiled, f"parameter {parameter.name}", change, expected, certain=False)

    def constraints(self) -> Iterator[Fidelity]:
        """Each constraint left out."""
        formulation = self.instance.formulation
        for constraint in formulation.constraints:
            if self._done:
                return
            found = self._left_out(constraint)
            if found is not None:
                yield found

    def _left_out(self, constraint: Constraint) -> Fidelity | None:
        formulation = self.instance.formulation
        rest = tuple(c for c in formulation.constraints if c.name != constraint.name)
        reduced = formulation.model_copy(update={"constraints": rest})
        try:
            compiled = compile_instance(Instance(reduced, self.instance.data))
        except AgentkitError:
            return None  # its bounds were needed by logical conditions
        element = f"constraint {constraint.name}"
        return self._solved(compiled, element, "leaving it out", "not worse", certain=True)

    def _solved(
        self,
        compiled: CompiledModel,
        element: str,
        change: str,
        expected: Literal["not worse", "not better", "anything"],
        *,
        certain: bool,
    ) -> Fidelity:
        self.solves += 1
        left = max(self.end - time.monotonic(), 0.05)
        usual = max(20 * self.solution.times.solve, 0.5)
        outcome = solve_linear(compiled.model, replace(self.given, seconds=min(left, usual)))
        before = self.solution.objective
        effect: Effect = "unknown"
        if outcome.status == "infeasible":
            effect = "impossible"
        elif outcome.status == "unbounded":
            effect = "endless"
        elif outcome.status == "optimal" and outcome.objective is not None and before is not None:
            effect = _effect(before, outcome.objective, maximise=compiled.model.maximise)
        return Fidelity(
            element=element,
            change=change,
            effect=effect,
            expected=expected,
            certain=certain,
            before=before,
            after=outcome.objective,
        )


def _effect(before: float, after: float, *, maximise: bool) -> Effect:
    if abs(after - before) <= SAME * max(1.0, abs(before)):
        return "same"
    return "better" if (after > before) == maximise else "worse"


def _expected(
    parameter: Parameter, share: float, sense: Literal["minimize", "maximize"]
) -> Literal["not worse", "not better", "anything"]:
    """What its name says of it; `anything` where that is nothing, or two things at once."""
    name = parameter.name
    room, need = bool(ROOM.search(name)), bool(NEED.search(name))
    cost = bool(COST.search(name)) or (sense == "minimize" and bool(SPENT.search(name)))
    gain = sense == "maximize" and bool(GAIN.search(name))
    if cost + gain + room + need != 1:
        return "anything"
    more_helps = room or gain
    return "not worse" if more_helps == (share > 0) else "not better"
