"""Changes constraints and variables, as what-if edits want it: rows dropped, values fixed, bounds moved."""

from __future__ import annotations

import re

from agentkit.errors import FormulationError
from agentkit.formulation.editing.edit_places import (
    condition_on,
    find_places,
    index_names,
    known_part,
    literal,
    quote_members,
)
from agentkit.formulation.editing.edits import ANY, FixEdit, RemoveEdit, SetEdit, describe_edit
from agentkit.formulation.elements import Constraint, Variable
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.task_data import TaskData

__all__ = ["fixing_constraint", "with_bound", "without_rows"]


def without_rows(
    formulation: Formulation, data: TaskData, constraint: Constraint, edit: RemoveEdit
) -> Constraint | None:
    """The constraint without its rows for these members; None where none are left.

    Raises `FormulationError` in the name of the edit.
    """
    label = f"edit {describe_edit(edit)}"
    instance = known_part(formulation, data)
    domain = instance.rows(constraint.forall, f"constraint {constraint.name}")
    if not domain.columns:
        mend = f"drop {constraint.name} as a whole"
        raise FormulationError(f"{constraint.name} holds once, for no members", element=label, mend=mend)
    columns = list(domain.columns.values())
    places = find_places(columns, domain.size, edit.members, instance.universe, constraint.name, label)
    if places.mask.all():
        return None
    condition = condition_on(tuple(domain.columns), places.members)
    return constraint.model_copy(update={"forall": f"{constraint.forall} if not ({condition})"})


def fixing_constraint(
    formulation: Formulation, data: TaskData, variable: Variable, edit: FixEdit
) -> Constraint:
    """A constraint by which a variable has a value. Raises `FormulationError` in the name of the edit."""
    label = f"edit {describe_edit(edit)}"
    instance = known_part(formulation, data)
    index = instance.variable_index(variable.name)
    places = find_places(index.columns(), index.size, edit.members, instance.universe, variable.name, label)
    value = f"{edit.value:.15g}"
    source = edit.source or f"what if: {describe_edit(edit)}"
    parts = [variable.name, *(str(member) for member in places.members if member != ANY)]
    name = _free_name(formulation, re.sub(r"\W+", "_", "_".join(["fixed", *parts]), flags=re.ASCII))
    if not places.members:
        return Constraint(name=name, rule=f"{variable.name} == {value}", source=source)
    if ANY not in places.members:
        listed = ", ".join(literal(member) for member in places.members)
        return Constraint(name=name, rule=f"{variable.name}[{listed}] == {value}", source=source)
    named = index_names(variable.over, index, label, _names(formulation))
    condition = condition_on(named.names, places.members)
    forall = f"{named.text} if {condition}" if condition else named.text
    rule = f"{variable.name}[{', '.join(named.names)}] == {value}"
    return Constraint(name=name, forall=forall, rule=rule, source=source)


def with_bound(formulation: Formulation, data: TaskData, variable: Variable, edit: SetEdit) -> Variable:
    """The variable with another bound. Raises `FormulationError` in the name of the edit."""
    label = f"edit {describe_edit(edit)}"
    instance = known_part(formulation, data)
    index = instance.variable_index(variable.name)
    places = find_places(index.columns(), index.size, edit.members, instance.universe, variable.name, label)
    endless = "-inf" if edit.bound == "lower" else "inf"
    if edit.value is not None and not isinstance(edit.value, (int, float, str)):
        raise FormulationError(f"{edit.value!r} is no bound", element=label)
    source = edit.source or f"{variable.source} (what if: {describe_edit(edit)})".strip()
    if places.all:
        value = None if edit.value is None else _written(formulation, data, edit, label, variable.over)
        return variable.model_copy(update={edit.bound: value, "source": source})
    named = index_names(variable.over, index, label, _names(formulation))
    before = (variable.lower if edit.bound == "lower" else variable.upper) or endless
    new = endless if edit.value is None else _written(formulation, data, edit, label, named.text)
    text = f"{new} if {condition_on(named.names, places.members)} else ({before})"
    return variable.model_copy(update={edit.bound: text, "over": named.text, "source": source})


def _written(formulation: Formulation, data: TaskData, edit: SetEdit, label: str, over: str) -> str:
    return quote_members(str(edit.value), label, formulation, data, over)


def _names(formulation: Formulation) -> frozenset[str]:
    return frozenset(element.name for element in formulation.elements)


def _free_name(formulation: Formulation, wanted: str) -> str:
    """A constraint's name that none has yet."""
    taken = {constraint.name for constraint in formulation.constraints}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name
