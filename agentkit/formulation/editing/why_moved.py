"""Why an optimum moved when its problem was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from agentkit.formulation.editing.row_sides import RowSides, row_sides
from agentkit.formulation.figures import written_figure
from agentkit.formulation.instance import Instance
from agentkit.formulation.residuals import Violation, figure_at, find_violations
from agentkit.formulation.solution import Solution
from agentkit.formulation.values import Floats

__all__ = ["signed_figure", "why_moved"]

NOTICEABLE = 1e-6
"""Changes smaller than this, relative to what changes, are rounding."""


def signed_figure(amount: float) -> str:
    """A change as people write it.

    >>> signed_figure(3.0), signed_figure(-0.5)
    ('+3', '-0.5')
    """
    return f"{'+' if amount >= 0 else ''}{written_figure(amount)}"


def why_moved(before: Solution, after: Solution) -> Iterator[str]:
    """Sentences that say why the optimum is another one.

    The first solution is tried in the second problem; and where the first problem was a linear program, its
    shadow prices tell what each limit that moved is worth, to the first order.
    """
    if before.instance is None or after.instance is None:
        return
    if before.objective is None or after.objective is None:
        return
    moved = abs(after.objective - before.objective) > NOTICEABLE * max(1.0, abs(before.objective))
    arrays = _carried(before, after.instance)
    if arrays is None:
        return
    broken = find_violations(after.instance, arrays)
    if broken:
        listed = "; ".join(
            f"{_place(violation)} by {written_figure(violation.amount)}" for violation in broken[:5]
        )
        yield f"The old plan no longer works: it would break {listed}."
    elif (value := _objective_at(after.instance, arrays)) is not None:
        tolerance = NOTICEABLE * max(1.0, abs(value))
        same = abs(value - after.objective) <= tolerance
        rest = "that is still the best." if same else "a better one is possible now."
        yield f"The old plan still works and gives {written_figure(value)}; {rest}"
    if moved:
        yield from _price_reasons(before, after.instance, arrays, after.objective - before.objective)


def _place(violation: Violation) -> str:
    name = violation.element.partition(" ")[2]
    return f"{name}[{violation.member}]" if violation.member else name


def _carried(before: Solution, instance: Instance) -> dict[str, Floats] | None:
    """The values of a solution for the variables of another problem; None where it has some without value."""
    found = {}
    for variable in instance.formulation.variables:
        if variable.name not in before.arrays:
            return None
        old = before.values(variable.name)
        members = list(instance.variable_index(variable.name).members(instance.universe))
        if any(member not in old for member in members):
            return None
        found[variable.name] = np.asarray([old[member] for member in members])
    return found


def _objective_at(instance: Instance, arrays: Mapping[str, Floats]) -> float | None:
    formulation = instance.formulation
    if not formulation.objectives or any(c.penalty is not None for c in formulation.constraints):
        return None
    objective = formulation.objectives[0]
    return figure_at(instance, arrays, objective.expression, f"objective {objective.name}")


@dataclass(slots=True)
class _Share:
    """A part of the objective's change, to the first order."""

    amount: float
    text: str


def _price_reasons(
    before: Solution, instance: Instance, arrays: Mapping[str, Floats], difference: float
) -> Iterator[str]:
    """Of a linear program: how far each limit moved, times its shadow price."""
    if not before.duals or before.instance is None:
        return
    shares = []
    old_value, new_value = _objective_at(before.instance, before.arrays), _objective_at(instance, arrays)
    if old_value is not None and new_value is not None and abs(new_value - old_value) > NOTICEABLE:
        amount = new_value - old_value
        shares.append(
            _Share(amount, f"the objective's own figures: {signed_figure(amount)} for the old plan")
        )
    by_name = {constraint.name: constraint for constraint in before.instance.formulation.constraints}
    for constraint in instance.formulation.constraints:
        if constraint.name in by_name and constraint.name in before.duals:
            old = row_sides(before.instance, by_name[constraint.name], before.arrays)
            new = row_sides(instance, constraint, arrays)
            if old is not None and new is not None:
                shares.extend(_row_shares(old, new, before.duals[constraint.name]))
    shares.sort(key=lambda share: -abs(share.amount))
    for share in shares[:5]:
        yield share.text
    yield from _gone(before, before.instance, instance)
    total = sum(share.amount for share in shares)
    if shares and abs(total - difference) > NOTICEABLE * max(1.0, abs(difference)):
        rest = "the rest comes of other limits, which bind now or bind no longer."
        yield f"At these prices {signed_figure(total)} of {signed_figure(difference)}; {rest}"


def _gone(before: Solution, old: Instance, new: Instance) -> Iterator[str]:
    """Constraints that had a shadow price and are dropped."""
    left = {constraint.name for constraint in new.formulation.constraints}
    for constraint in old.formulation.constraints:
        duals = before.duals.get(constraint.name)
        if constraint.name in left or duals is None or not np.abs(duals).max(initial=0.0) > 1e-9:
            continue
        price = float(duals[np.argmax(np.abs(duals))])
        yield f"{constraint.name} is gone; a unit of it was worth up to {written_figure(price)}"


def _row_shares(old: RowSides, new: RowSides, duals: Floats) -> Iterator[_Share]:
    if len(duals) != len(old.rows):
        return
    places = {name: place for place, name in enumerate(old.rows)}
    for n, name in enumerate(new.rows):
        place = places.get(name)
        if place is None or abs(duals[place]) < 1e-9:
            continue
        # What stands on the left counts as having moved to the right.
        step = float((new.right[n] - new.left[n]) - (old.right[place] - old.left[place]))
        if abs(step) > NOTICEABLE:
            price = float(duals[place])
            worth = f"each unit is worth {written_figure(price)}: {signed_figure(step * price)}"
            yield _Share(step * price, f"{name}: its limit moved by {signed_figure(step)}, and {worth}")
