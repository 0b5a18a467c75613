"""What would have to give for a formulation to have a solution: the least relaxation, in its own terms."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from agentkit.formulation.builder import RowBlock
from agentkit.formulation.diagnosis.loosened import LoosenedModel, row_label
from agentkit.formulation.diagnosis.wording import show_figure, show_formula
from agentkit.formulation.elements import Constraint, Member
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.scope import Domain
from agentkit.frozen import Frozen
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.linear_model import Floats
from agentkit.solvers.relaxation import least_relaxation

__all__ = ["Concession", "find_concessions"]

BALANCE = 10.0
"""How much dearer it is to relax what relates variables to each other than what limits them by a figure."""

EQUALITY = 3.0
"""The same of equalities."""

CONDITION = 20.0
"""What it costs to give up a logical condition; relaxing a limit by its own size costs 1."""

BOUND = 1.5
"""How much dearer bounds of variables are than constraints."""

COUNTING = ("exactly", "at_least", "at_most")


class Concession(Frozen):
    """One thing that has to give."""

    element: str
    """`constraint budget`, `variable ship`."""
    place: str = ""
    """For which members."""
    amount: float
    """By how much; 1 for a condition that has to be given up."""
    source: str = ""
    """The sentence of the task."""
    text: str
    """`raise budget from 100 to 130`."""


def find_concessions(loosened: LoosenedModel, limits: SolveLimits) -> tuple[Concession, ...]:
    """The least that has to give, by the size of what is compared; () where nothing helps or time runs out.

    Definitions that the compiler wrote always hold, as does what variables are (not negative, whole numbers).
    """
    found = least_relaxation(loosened.model, _prices(loosened), limits)
    if found is None:
        return ()
    bounded = _bounded(loosened)
    concessions = []
    for row in found.rows:
        amount = float(found.amounts[row])
        if row in bounded:
            concessions.append(_of_bound(loosened, row, bounded[row], amount))
        else:
            concessions.append(_of_constraint(loosened, row, amount))
    return tuple(concessions)


def _bounded(loosened: LoosenedModel) -> dict[int, int]:
    """By row of a bound the column."""
    model = loosened.model
    rows = range(loosened.compiled.model.rows, model.rows)
    return {row: int(model.indices[model.starts[row]]) for row in rows}


def _prices(loosened: LoosenedModel) -> Floats:
    model = loosened.model
    ends = np.array([model.row_lower, model.row_upper])
    size = np.max(np.where(np.isfinite(ends), np.abs(ends), 0.0), axis=0, initial=0.0)
    usual = float(np.median(size[size > 0])) if (size > 0).any() else 1.0
    prices = np.full(model.rows, np.inf)
    constraints = {f"constraint {c.name}": c for c in loosened.compiled.instance.formulation.constraints}
    for block in loosened.compiled.blocks:
        constraint = constraints.get(block.element)
        if block.domain is None or constraint is None:
            continue
        rows = slice(block.start, block.start + block.count)
        if not _has_amount(constraint):
            prices[rows] = CONDITION
            continue
        price = np.where(size[rows] > 0, 1.0 / np.maximum(size[rows], 1e-6), BALANCE / usual)
        prices[rows] = np.where(model.row_lower[rows] == model.row_upper[rows], EQUALITY, 1.0) * price
    bounds = slice(loosened.compiled.model.rows, model.rows)
    prices[bounds] = BOUND / np.where(size[bounds] > 0, size[bounds], usual)
    return prices


def _node(constraint: Constraint) -> ast.expr:
    return parse_expression(constraint.rule, f"constraint {constraint.name}").node


def _has_amount(constraint: Constraint) -> bool:
    """Whether by how much its rows are missed means something."""
    node = _node(constraint)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in COUNTING
    return isinstance(node, ast.Compare) and not any(
        isinstance(op, (ast.NotEq, ast.In, ast.NotIn)) for op in node.ops
    )


def _of_bound(loosened: LoosenedModel, row: int, column: int, amount: float) -> Concession:
    model = loosened.model
    name = loosened.compiled.column_name(column)
    bare = name.partition("[")[0]
    end = float(model.row_upper[row] if amount > 0 else model.row_lower[row])
    verb, which = ("raise", "upper") if amount > 0 else ("lower", "lower")
    source = next(v.source for v in loosened.compiled.instance.formulation.variables if v.name == bare)
    return Concession(
        element=f"variable {bare}",
        place=name.partition("[")[2].removesuffix("]"),
        amount=abs(amount),
        source=source,
        text=f"{verb} the {which} bound of {name} from {show_figure(end)} to {show_figure(end + amount)}",
    )


def _of_constraint(loosened: LoosenedModel, row: int, amount: float) -> Concession:
    compiled = loosened.compiled
    block = compiled.block_of(row)
    name = block.element.partition(" ")[2]
    constraint = next(c for c in compiled.instance.formulation.constraints if c.name == name)
    place = row_label(compiled, row)
    text = _words(loosened, block, row, constraint, amount) or _plain_words(constraint, place, amount)
    return Concession(
        element=block.element, place=place, amount=abs(amount), source=constraint.source, text=text
    )


def _plain_words(constraint: Constraint, place: str, amount: float) -> str:
    name = f"{constraint.name}[{place}]" if place else constraint.name
    if not _has_amount(constraint):
        return f"give up {name}"
    return f"let {name} be missed by {show_figure(abs(amount))}"


def _words(
    loosened: LoosenedModel, block: RowBlock, row: int, constraint: Constraint, amount: float
) -> str | None:
    """For a comparison of two sides: which of them has to be what. None for other rules."""
    node = _node(constraint)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not _has_amount(constraint):
        return None
    assert block.domain is not None
    instance = loosened.compiled.instance
    domain = block.domain.taken(np.asarray([row - block.start]))
    members = {n: instance.universe.members[int(codes[0])] for n, codes in domain.columns.items()}
    evaluation = Evaluation(parse_expression(constraint.rule, block.element), instance)
    sides = (node.left, node.comparators[0])
    left, right = (show_formula(side, members) for side in sides)
    if not any(evaluation.uses_decisions(side) for side in sides):
        figures = [_known_side(evaluation, side, domain, "").value for side in sides]
        return (
            f"change the data: {left} is {show_figure(figures[0])} and {right} is {show_figure(figures[1])}"
        )
    # amount is by how much left - right has to exceed 0 (or, negative, to fall short of it).
    for side, change in ((1, amount), (0, -amount)):
        if not evaluation.uses_decisions(sides[side]):
            shown = _known_side(evaluation, sides[side], domain, (left, right)[side])
            verb = "raise" if change > 0 else "lower"
            called = shown.called or f"the figure in {_called(constraint, members)}"
            return f"{verb} {called} from {show_figure(shown.value)} to {show_figure(shown.value + change)}"
    by = show_figure(abs(amount))
    if amount > 0:
        return f"let {left} exceed {right} by {by}"
    return f"let {left} fall short of {right} by {by}"


class _Side(Frozen):
    """A side of a comparison that is known."""

    called: str
    """Its formula; empty where that is a bare figure."""
    value: float
    """What it comes to."""


def _known_side(evaluation: Evaluation, node: ast.expr, domain: Domain, shown: str) -> _Side:
    value = float(np.broadcast_to(evaluation.figures(node, domain), (1,))[0])
    bare = not any(isinstance(part, ast.Name) for part in ast.walk(node))
    return _Side(called="" if bare else shown, value=value)


def _called(constraint: Constraint, members: Mapping[str, Member]) -> str:
    if not members:
        return constraint.name
    return f"{constraint.name}[{', '.join(map(str, members.values()))}]"
