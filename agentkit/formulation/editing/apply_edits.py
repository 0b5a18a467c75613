"""Applies what-if edits to a formulation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from agentkit.errors import FormulationError
from agentkit.formulation.editing.edit_places import quote_members
from agentkit.formulation.editing.edit_rules import fixing_constraint, with_bound, without_rows
from agentkit.formulation.editing.edit_sets import change_members
from agentkit.formulation.editing.edit_values import change_parameter
from agentkit.formulation.editing.edits import (
    AddEdit,
    AnyEdit,
    AnyElement,
    FixEdit,
    JoinEdit,
    RemoveEdit,
    ReplaceEdit,
    ScaleEdit,
    SetEdit,
    ShiftEdit,
    describe_edit,
)
from agentkit.formulation.elements import (
    Constraint,
    DerivedExpression,
    Element,
    IndexSet,
    Objective,
    Parameter,
    Variable,
)
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.names import check_names
from agentkit.formulation.task_data import TaskData

__all__ = ["apply_edits"]

E = TypeVar("E", bound=Element)

_LISTS: dict[type[Element], str] = {
    IndexSet: "sets",
    Parameter: "parameters",
    Variable: "variables",
    DerivedExpression: "expressions",
    Constraint: "constraints",
    Objective: "objectives",
}
_OWN_NAME = re.compile(r"what_if_\d+")


def apply_edits(
    formulation: Formulation, edits: Iterable[AnyEdit], data: TaskData | Mapping[str, Any] | None = None
) -> Formulation:
    """A new formulation with the edits applied one after the other.

    Parameters that are changed get all their values written into the formulation, so that it can be solved
    with the same data; what is changed or new says so in its `source`.
    Raises `FormulationError` that names the edit, or the element that does not fit any more.

    >>> toy = Formulation.read({"parameters": {"most": 4}, "variables": {"x": {"upper": "most"}}})
    >>> apply_edits(toy, [SetEdit(name="most", value=5)]).parameters[0].values
    5
    """
    given = data if isinstance(data, TaskData) else TaskData(dict(data or {}))
    for edit in edits:
        formulation = _applied(formulation, edit, given)
    check_names(formulation)
    return formulation


def _applied(formulation: Formulation, edit: AnyEdit, data: TaskData) -> Formulation:
    match edit:
        case SetEdit():
            return _set(formulation, edit, data)
        case ScaleEdit() | ShiftEdit():
            parameter = _find(formulation.parameters, edit.name)
            if parameter is None:
                raise _no_such(formulation, edit, edit.name, "parameter", formulation.parameters)
            return _replaced(formulation, change_parameter(formulation, data, parameter, edit))
        case FixEdit():
            return _fixed(formulation, edit, data)
        case AddEdit():
            return _added(formulation, edit, data)
        case ReplaceEdit():
            return _put(formulation, edit, data)
        case JoinEdit():
            index_set = _find(formulation.sets, edit.index_set)
            if index_set is None:
                raise _no_such(formulation, edit, edit.index_set, "set", formulation.sets)
            return change_members(formulation, data, index_set, edit)
        case RemoveEdit():
            return _removed(formulation, edit, data)


def _find(elements: tuple[E, ...], name: str) -> E | None:
    return next((one for one in elements if one.name == name), None)


def _replaced(formulation: Formulation, element: AnyElement) -> Formulation:
    """With an element in the place of its namesake."""
    kind = _LISTS[type(element)]
    listed = tuple(element if one.name == element.name else one for one in getattr(formulation, kind))
    return formulation.model_copy(update={kind: listed})


def _appended(formulation: Formulation, element: AnyElement) -> Formulation:
    kind = _LISTS[type(element)]
    return formulation.model_copy(update={kind: (*getattr(formulation, kind), element)})


def _set(formulation: Formulation, edit: SetEdit, data: TaskData) -> Formulation:
    if (parameter := _find(formulation.parameters, edit.name)) is not None:
        return _replaced(formulation, change_parameter(formulation, data, parameter, edit))
    if (variable := _find(formulation.variables, edit.name)) is not None:
        if edit.bound:
            return _replaced(formulation, with_bound(formulation, data, variable, edit))
        return _fixed(formulation, _as_fix(edit), data)
    if (index_set := _find(formulation.sets, edit.name)) is not None:
        return change_members(formulation, data, index_set, edit)
    label = f"edit {describe_edit(edit)}"
    if edit.name in ("goal", "start") and formulation.planning is not None:
        value = (edit.value,) if isinstance(edit.value, str) else tuple(edit.value)
        block = formulation.planning.model_copy(update={edit.name: value})
        return formulation.model_copy(update={"planning": block})
    if (derived := _find(formulation.expressions, edit.name)) is not None:
        text = quote_members(str(edit.value), label, formulation, data, derived.over)
        return _replaced(formulation, derived.model_copy(update={"value": text}))
    if (objective := _find(formulation.objectives, edit.name)) is not None:
        text = quote_members(str(edit.value), label, formulation, data)
        return _replaced(formulation, objective.model_copy(update={"expression": text}))
    everything = (*formulation.parameters, *formulation.variables, *formulation.sets, *formulation.objectives)
    raise _no_such(formulation, edit, edit.name, "parameter, variable or set", everything)


def _as_fix(edit: SetEdit) -> FixEdit:
    """A variable that is set is fixed."""
    if isinstance(edit.value, bool) or not isinstance(edit.value, (int, float)):
        what = f"{edit.name} is a variable, which can be fixed to a figure"
        raise FormulationError(what, element=f"edit {describe_edit(edit)}")
    return FixEdit(name=edit.name, members=edit.members, value=edit.value, source=edit.source)


def _fixed(formulation: Formulation, edit: FixEdit, data: TaskData) -> Formulation:
    variable = _find(formulation.variables, edit.name)
    if variable is None:
        raise _no_such(formulation, edit, edit.name, "variable", formulation.variables)
    return _appended(formulation, fixing_constraint(formulation, data, variable, edit))


def _added(formulation: Formulation, edit: AddEdit, data: TaskData) -> Formulation:
    element = _read(formulation, edit.element, edit, data)
    taken = {one.name for one in getattr(formulation, _LISTS[type(element)])}
    if element.name in taken:
        if not _OWN_NAME.fullmatch(element.name):
            what = f"there is a {_kind(element)} called {element.name} already"
            raise FormulationError(what, element=f"edit {describe_edit(edit)}", mend="rename it, or replace")
        name = next(name for n in range(1, len(taken) + 2) if (name := f"what_if_{n}") not in taken)
        element = element.model_copy(update={"name": name})
    return _appended(formulation, element)


def _put(formulation: Formulation, edit: ReplaceEdit, data: TaskData) -> Formulation:
    element = _read(formulation, edit.element, edit, data)
    if isinstance(element, Objective) and len(formulation.objectives) <= 1:
        return formulation.model_copy(update={"objectives": (element,)})
    listed = getattr(formulation, _LISTS[type(element)])
    if _find(listed, element.name) is None:
        raise _no_such(formulation, edit, element.name, _kind(element), listed)
    return _replaced(formulation, element)


def _read(formulation: Formulation, element: AnyElement, edit: AnyEdit, data: TaskData) -> AnyElement:
    """A new element with members in quotes and a source."""
    label = f"edit {describe_edit(edit)}"
    changes: dict[str, Any] = {}
    if isinstance(element, Constraint):
        changes["rule"] = quote_members(element.rule, label, formulation, data, element.forall)
    elif isinstance(element, Objective):
        changes["expression"] = quote_members(element.expression, label, formulation, data)
    elif isinstance(element, DerivedExpression):
        changes["value"] = quote_members(element.value, label, formulation, data, element.over)
    if not element.source:
        changes["source"] = edit.source or f"what if: {describe_edit(edit)}"
    return element.model_copy(update=changes)


def _removed(formulation: Formulation, edit: RemoveEdit, data: TaskData) -> Formulation:
    if edit.members:
        if (constraint := _find(formulation.constraints, edit.name)) is not None:
            left = without_rows(formulation, data, constraint, edit)
            return (
                _replaced(formulation, left)
                if left is not None
                else _without(formulation, "constraints", edit)
            )
        if (index_set := _find(formulation.sets, edit.name)) is not None:
            return change_members(formulation, data, index_set, edit)
        known = (*formulation.constraints, *formulation.sets)
        raise _no_such(formulation, edit, edit.name, "constraint or set", known)
    for kind in ("constraints", "variables", "expressions", "parameters", "sets", "objectives"):
        if _find(getattr(formulation, kind), edit.name) is not None:
            return _without(formulation, kind, edit)
    block = formulation.planning
    if block is not None and len(block.actions) > 1 and _find(block.actions, edit.name) is not None:
        actions = tuple(action for action in block.actions if action.name != edit.name)
        return formulation.model_copy(update={"planning": block.model_copy(update={"actions": actions})})
    raise _no_such(formulation, edit, edit.name, "element", tuple(formulation.elements))


def _without(formulation: Formulation, kind: str, edit: RemoveEdit) -> Formulation:
    left = tuple(one for one in getattr(formulation, kind) if one.name != edit.name)
    return formulation.model_copy(update={kind: left})


def _kind(element: Element) -> str:
    return _LISTS[type(element)].removesuffix("s")


def _no_such(
    formulation: Formulation, edit: AnyEdit, name: str, kind: str, known: tuple[Element, ...]
) -> FormulationError:
    listed = ", ".join(dict.fromkeys(one.name for one in known[:30])) or "none"
    other = next((_kind(one) for one in formulation.elements if one.name == name and type(one) in _LISTS), "")
    also = f"{name} is a {other}; " if other else ""
    what = f"there is no {kind} called {name}"
    return FormulationError(what, element=f"edit {describe_edit(edit)}", mend=f"{also}there are: {listed}")
