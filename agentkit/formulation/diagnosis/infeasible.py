"""Why a formulation has no solution, in the sentences of its task, and what would have to give."""

from __future__ import annotations

import ast
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agentkit.formulation.compiler import CompiledModel
from agentkit.formulation.diagnosis.concessions import Concession, find_concessions
from agentkit.formulation.diagnosis.hidden_wholeness import hidden_wholeness
from agentkit.formulation.diagnosis.loosened import LoosenedModel, Statement, StatementKind, loosen
from agentkit.formulation.diagnosis.wording import listed, show_figure
from agentkit.formulation.elements import Constraint, Element, Objective, Variable
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.frozen import Frozen
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.irreducible import find_irreducible, without_parts

__all__ = ["ContradictingStatement", "InfeasibleExplanation", "explain_infeasible"]

SECONDS = 10.0
"""For the whole explanation, where no limit is given."""

SHARES = (0.3, 0.5, 0.75)
"""By when, as shares of that time, the statements must be found, shorter ones, and their members."""


class ContradictingStatement(Frozen):
    """One of the statements that contradict each other."""

    kind: StatementKind
    """A constraint; upper, lower: a bound of a variable; whole: that a variable is an integer."""
    element: str
    """`constraint capacity`, `variable ship`."""
    places: tuple[str, ...] = ()
    """For which members it is needed: `a`, `b, 3`; empty where it stands alone."""
    formula: str
    """What it says, as the formulation has it."""
    source: str = ""
    """The sentence of the task that it came from."""
    note: str = ""
    """What is odd about it, where it cannot hold by itself."""

    @property
    def text(self) -> str:
        """As a line for people and models."""
        name = self.element.partition(" ")[2]
        where = f" (for {listed(self.places)})" if self.places else ""
        sentence = f'"{self.source}" - ' if self.source else ""
        note = f" - {self.note}" if self.note else ""
        return f"{sentence}{name}{where}: {self.formula}{note}"


class InfeasibleExplanation(Frozen):
    """Why there is no solution."""

    statements: tuple[ContradictingStatement, ...] = ()
    """They contradict each other; empty where that could not be found out."""
    irreducible: bool = False
    """Whether without any one of them (for any one of its members) the rest can be met."""
    concessions: tuple[Concession, ...] = ()
    """What would have to give, in total the least; empty where nothing of the kind was found."""
    text: str
    """All that in sentences."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The sentences of the task that contradict each other."""
        return tuple(dict.fromkeys(s.source for s in self.statements if s.source))


def explain_infeasible(
    instance: Instance, limits: SolveLimits | None = None, compiled: CompiledModel | None = None
) -> InfeasibleExplanation:
    """Why an instance has no solution. Blocks, for `limits.seconds` at most (default 10).

    Raises `SolverError` where it has one.

    >>> from agentkit.formulation.formulation import Formulation
    >>> toy = Formulation.read({
    ...     "variables": {"x": {"upper": 4}},
    ...     "constraints": {"need": {"rule": "x >= 6", "source": "Six are needed."}},
    ... })
    >>> print(explain_infeasible(Instance(toy)).text)
    There is no solution: these 2 statements contradict each other.
    1. "Six are needed." - need: x >= 6
    2. x: x <= 4
    It would work if: lower the figure in need from 6 to 4.
    """
    if instance.formulation.planning is not None:
        return InfeasibleExplanation(text="No plan reaches the goal.")
    try:
        loosened = loosen(instance, compiled)
    except NonlinearError as beyond:
        text = (
            f"There is no solution, or none was found. Why is not known: the problem is nonlinear ({beyond})."
        )
        return InfeasibleExplanation(text=text)
    clock = _Clock(limits or SolveLimits(), time.monotonic())
    statements, irreducible = _contradicting(loosened, clock)
    concessions = find_concessions(loosened, clock.limits(1.0))
    explained = _merged(loosened, statements)
    return InfeasibleExplanation(
        statements=explained,
        irreducible=irreducible,
        concessions=concessions,
        text=_told(explained, irreducible, concessions),
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    given: SolveLimits
    begun: float

    def limits(self, share: float) -> SolveLimits:
        """What is left until this share of the time is over."""
        whole = SECONDS if self.given.seconds is None else self.given.seconds
        return replace(self.given, seconds=max(whole * share - (time.monotonic() - self.begun), 0.1))


def _contradicting(loosened: LoosenedModel, clock: _Clock) -> tuple[list[Statement], bool]:
    """First whole elements, then, of those that are left, single members."""
    chosen, proven = _whole_elements(loosened, clock)
    model = without_parts(loosened.model, [s.part for s in loosened.statements if s not in chosen])
    hidden = hidden_wholeness(loosened, chosen, clock.limits(SHARES[2]))
    single = [part for statement in chosen for part in loosened.split(statement)]
    if len(single) == len(chosen):
        return single + hidden, proven
    finer = find_irreducible(model, [s.part for s in single], clock.limits(SHARES[2]))
    return [single[place] for place in finer.parts] + hidden, finer.proven


def _whole_elements(loosened: LoosenedModel, clock: _Clock) -> tuple[list[Statement], bool]:
    """With as little integrality as can be; unless with more of it fewer other statements are needed."""
    statements = loosened.statements
    found = find_irreducible(loosened.model, [s.part for s in statements], clock.limits(SHARES[0]))
    chosen = [statements[place] for place in found.parts]
    whole = [s for s in statements if s.kind == "whole"]
    others_chosen = sum(s.kind != "whole" for s in chosen)
    if others_chosen < 2 or not whole:
        return chosen, found.proven
    others = [s for s in statements if s.kind != "whole"] + whole
    again = find_irreducible(loosened.model, [s.part for s in others], clock.limits(SHARES[1]))
    shorter = [others[place] for place in again.parts]
    if again.proven and sum(s.kind != "whole" for s in shorter) < others_chosen:
        return shorter, True
    return chosen, found.proven


def _merged(loosened: LoosenedModel, statements: Sequence[Statement]) -> tuple[ContradictingStatement, ...]:
    """One for each element and kind, with all its members; constraints in the order of the formulation."""
    formulation = loosened.compiled.instance.formulation
    order = [f"constraint {c.name}" for c in formulation.constraints]
    order += [f"objective {o.name}" for o in formulation.objectives]
    order += [f"variable {v.name}" for v in formulation.variables]
    grouped: dict[tuple[str, StatementKind], list[Statement]] = {}
    for statement in statements:
        grouped.setdefault((statement.element, statement.kind), []).append(statement)
    ranked = sorted(grouped.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    return tuple(_explained(loosened, found) for _, found in ranked)


def _explained(loosened: LoosenedModel, statements: Sequence[Statement]) -> ContradictingStatement:
    first = statements[0]
    formulation = loosened.compiled.instance.formulation
    element = next(e for e in formulation.elements if _full_name(e) == first.element)
    return ContradictingStatement(
        kind=first.kind,
        element=first.element,
        places=tuple(s.place for s in statements if s.place),
        formula=_formula(loosened, statements),
        source=element.source,
        note=_note(loosened, statements),
    )


def _full_name(element: Element) -> str:
    kinds = {Constraint: "constraint", Objective: "objective", Variable: "variable"}
    return f"{kinds.get(type(element), '')} {element.name}"


def _formula(loosened: LoosenedModel, statements: Sequence[Statement]) -> str:
    first = statements[0]
    name = first.element.partition(" ")[2]
    formulation = loosened.compiled.instance.formulation
    if first.kind == "whole":
        return f"{name} must be whole"
    if first.kind == "objective":
        return next(o.expression for o in formulation.objectives if o.name == name)
    if first.kind == "constraint":
        constraint = next(c for c in formulation.constraints if c.name == name)
        return f"{constraint.rule} for {constraint.forall}" if constraint.forall else constraint.rule
    model = loosened.model
    rows = [row for statement in statements for row in statement.part.rows]
    ends = (model.row_upper if first.kind == "upper" else model.row_lower)[rows]
    sign = "<=" if first.kind == "upper" else ">="
    if np.all(ends == ends[0]):
        return f"{name} {sign} {show_figure(float(ends[0]))}"
    shown = [
        f"{name}[{s.place}] {sign} {show_figure(float(end))}" for s, end in zip(statements, ends, strict=True)
    ]
    return listed(shown)


def _note(loosened: LoosenedModel, statements: Sequence[Statement]) -> str:
    """Of a row in which nothing is to be decided."""
    model = loosened.model
    for statement in statements:
        for row in statement.part.rows:
            if statement.kind == "constraint" and model.starts[row] == model.starts[row + 1]:
                return _empty_row(loosened, statement.element, row)
    return ""


def _empty_row(loosened: LoosenedModel, element: str, row: int) -> str:
    instance = loosened.compiled.instance
    rule = next(c.rule for c in instance.formulation.constraints if element == f"constraint {c.name}")
    node = parse_expression(rule, element).node
    if not any(isinstance(part, ast.Name) and instance.decides(part.id) for part in ast.walk(node)):
        return "only data stand in it, and these make it false"
    low, high = float(loosened.model.row_lower[row]), float(loosened.model.row_upper[row])
    if low == high:
        says = f"0 == {show_figure(high)}"
    else:
        says = f"0 >= {show_figure(low)}" if low > 0 else f"0 <= {show_figure(high)}"
    return f"its sums are over nothing here, so that it says {says}"


def _told(
    statements: Sequence[ContradictingStatement], irreducible: bool, concessions: Sequence[Concession]
) -> str:
    lines = [_headline(statements, irreducible)]
    lines += [f"{number}. {statement.text}" for number, statement in enumerate(statements, start=1)]
    if concessions:
        lines.append(f"It would work if: {listed([concession.text for concession in concessions])}.")
    return "\n".join(lines)


def _headline(statements: Sequence[ContradictingStatement], irreducible: bool) -> str:
    if not statements:
        return "There is no solution, and no statements were found that contradict each other."
    doubt = "" if irreducible else " (perhaps not all of them are needed for that: time ran out)"
    if len(statements) == 1:
        rows = len(statements[0].places) or 1
        own = "its rows contradict each other" if rows > 1 else "this statement cannot hold by itself"
        return f"There is no solution: {own}{doubt}."
    return f"There is no solution: these {len(statements)} statements contradict each other{doubt}."
