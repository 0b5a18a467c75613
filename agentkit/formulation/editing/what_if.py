"""Says what a change of a formulation does to its solution, and why the optimum moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.editing.apply_edits import apply_edits
from agentkit.formulation.editing.edits import AnyEdit, describe_edit
from agentkit.formulation.editing.row_sides import row_sides
from agentkit.formulation.editing.why_moved import signed_figure, why_moved
from agentkit.formulation.figures import written_figure
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.solution import Solution, SolutionStatus
from agentkit.formulation.solve import solve
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.universe import show_member
from agentkit.formulation.values import Floats
from agentkit.solvers.highs import SolveLimits

__all__ = ["EditAlone", "ValueChange", "WhatIf", "compare_solutions", "what_if"]

TIGHT = 1e-6
"""A constraint with less room than this, relative to its sides, is binding."""
MOST_LINES = 12
"""Changes that are told; the rest is counted."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A variable that has another value."""

    name: str
    """`ship[a, cafe2]`."""
    before: float
    """Its value in the first solution; 0 where it had none."""
    after: float
    """Its value in the second; 0 where it has none."""


@dataclass(frozen=True, slots=True)
class EditAlone:
    """What one of several edits does by itself."""

    edit: str
    """The edit."""
    status: SolutionStatus
    """How solving with it alone ended."""
    objective: float | None
    """The objective with it alone."""


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """Two solutions compared."""

    before: Solution
    """The first."""
    after: Solution
    """The second."""
    changes: tuple[ValueChange, ...] = ()
    """What changed, the largest first."""
    now_binding: tuple[str, ...] = ()
    """Constraints that leave no room now and did before, or are new: `capacity[a]`."""
    no_longer_binding: tuple[str, ...] = ()
    """Constraints that left no room before and do now."""
    reasons: tuple[str, ...] = ()
    """Why the optimum moved, in sentences."""
    alone: tuple[EditAlone, ...] = ()
    """Of several edits, what each does by itself."""

    @property
    def difference(self) -> float | None:
        """By how much the objective is larger in the second solution."""
        if self.before.objective is None or self.after.objective is None:
            return None
        return self.after.objective - self.before.objective

    def lines(self) -> list[str]:
        """All of it as lines of text."""
        return list(_lines(self))


def what_if(
    formulation: Formulation,
    edits: Sequence[AnyEdit],
    data: TaskData | None = None,
    limits: SolveLimits | None = None,
    before: Solution | None = None,
) -> WhatIf:
    """Solve a formulation with edits, and compare with the solution without them.

    `before` is that solution, if it is known already. Of several edits each is also tried alone. Blocks.
    Raises `FormulationError` as `apply_edits` does.

    >>> from agentkit.formulation.editing.edit_text import read_edits
    >>> toy = Formulation.read({
    ...     "parameters": {"flour": 20}, "variables": {"x": {}, "y": {"upper": 4}},
    ...     "constraints": {"dough": "2 * x + y <= flour"}, "objective": {"maximize": "3 * x + 2 * y"}})
    >>> print("\\n".join(what_if(toy, read_edits("flour += 2")).lines()))
    objective: 32 before, 35 now (+3)
    x: 8 before, 9 now
    The old plan still works and gives 32; a better one is possible now.
    dough: its limit moved by +2, and each unit is worth 1.5: +3
    """
    given = data or TaskData()
    first = before or solve(formulation, given, limits=limits)
    changed = apply_edits(formulation, edits, given)
    found = compare_solutions(first, solve(changed, given, limits=limits, start=first))
    if len(edits) < 2:
        return found
    alone = tuple(_alone(formulation, edit, given, limits, first) for edit in edits)
    return replace(found, alone=tuple(one for one in alone if one is not None))


def _alone(
    formulation: Formulation, edit: AnyEdit, data: TaskData, limits: SolveLimits | None, first: Solution
) -> EditAlone | None:
    """None where it makes sense only after the others."""
    try:
        found = solve(apply_edits(formulation, [edit], data), data, limits=limits, start=first)
    except FormulationError:
        return None
    return EditAlone(describe_edit(edit), found.status, found.objective)


def compare_solutions(before: Solution, after: Solution) -> WhatIf:
    """What is different in the second solution, and why.

    The reasons come from the shadow prices of the first, where it is a linear program's; and from trying the
    first solution in the second problem.
    """
    if not (before.found and after.found) or before.instance is None or after.instance is None:
        return WhatIf(before, after)
    old, new = _rooms(before.instance, before.arrays), _rooms(after.instance, after.arrays)
    return WhatIf(
        before,
        after,
        changes=tuple(_changes(before, after)),
        now_binding=tuple(n for n, room in new.items() if room.tight and not (n in old and old[n].tight)),
        no_longer_binding=tuple(n for n, room in new.items() if n in old and old[n].tight and not room.tight),
        reasons=tuple(why_moved(before, after)),
    )


@dataclass(frozen=True, slots=True)
class _Room:
    """How much room a row leaves."""

    room: float
    size: float
    equation: bool

    @property
    def tight(self) -> bool:
        """Whether it is an inequality that leaves none."""
        return not self.equation and self.room <= TIGHT * max(1.0, self.size)


def _rooms(instance: Instance, arrays: Mapping[str, Floats]) -> dict[str, _Room]:
    found = {}
    for constraint in instance.formulation.constraints:
        sides = row_sides(instance, constraint, arrays)
        if sides is None:
            continue
        room = (sides.right - sides.left) * sides.sign
        size = np.maximum(np.abs(sides.left), np.abs(sides.right))
        for name, own, scale in zip(sides.rows, room.tolist(), size.tolist(), strict=True):
            found[name] = _Room(own, scale, sides.sign == 0)
    return found


def _changes(before: Solution, after: Solution) -> list[ValueChange]:
    found = []
    for name in dict.fromkeys([*before.arrays, *after.arrays]):
        old = before.values(name) if name in before.arrays else {}
        new = after.values(name) if name in after.arrays else {}
        for members in dict.fromkeys([*old, *new]):
            change = ValueChange(
                f"{name}[{show_member(members)}]" if members else name,
                old.get(members, 0.0),
                new.get(members, 0.0),
            )
            if abs(change.after - change.before) > TIGHT * max(1.0, abs(change.before)):
                found.append(change)
    return sorted(found, key=lambda change: -abs(change.after - change.before))


def _lines(found: WhatIf) -> Iterator[str]:
    before, after = found.before, found.after
    if found.difference is None or before.objective is None or after.objective is None:
        yield f"{_ended(before)} before, {_ended(after)} now"
    else:
        change = "no change" if abs(found.difference) < 1e-9 else signed_figure(found.difference)
        values = f"{written_figure(before.objective)} before, {written_figure(after.objective)} now"
        yield f"objective: {values} ({change})"
    if before.plan is not None and after.plan is not None and before.plan.steps != after.plan.steps:
        yield f"plan: {len(before.plan.steps or ())} steps before, {len(after.plan.steps or ())} now"
    for value in found.changes[:MOST_LINES]:
        yield f"{value.name}: {written_figure(value.before)} before, {written_figure(value.after)} now"
    if len(found.changes) > MOST_LINES:
        yield f"… and {len(found.changes) - MOST_LINES:,} more values that changed"
    if found.now_binding:
        yield f"binding now: {_listed(found.now_binding)}"
    if found.no_longer_binding:
        yield f"no longer binding: {_listed(found.no_longer_binding)}"
    yield from found.reasons
    for one in found.alone:
        reached = one.status if one.objective is None else written_figure(one.objective)
        if one.objective is not None and before.objective is not None:
            reached += f" ({signed_figure(one.objective - before.objective)})"
        yield f"{one.edit} alone: {reached}"


def _ended(solution: Solution) -> str:
    if solution.objective is None:
        return solution.status
    return f"objective {written_figure(solution.objective)}"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - MOST_LINES
    return ", ".join(names[:MOST_LINES]) + (f" and {rest:,} more" if rest > 0 else "")
