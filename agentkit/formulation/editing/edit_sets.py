"""Changes the members of sets, as what-if edits want it, and carries the parameters' values over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.editing.edit_places import find_places, known_part, literal
from agentkit.formulation.editing.edit_values import with_values
from agentkit.formulation.editing.edits import JoinEdit, RemoveEdit, SetEdit, describe_edit
from agentkit.formulation.elements import DataReference, IndexSet, Member, Parameter
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.scope import BoundParameter
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.values import Numbers, Symbols

__all__ = ["change_members"]

Parts = tuple[Member, ...]


def change_members(
    formulation: Formulation, data: TaskData, element: IndexSet, edit: SetEdit | JoinEdit | RemoveEdit
) -> Formulation:
    """The formulation with other members in a set. Parameters keep the values of the members that stay.

    Raises `FormulationError` in the name of the edit.
    """
    label = f"edit {describe_edit(edit)}"
    match edit:
        case SetEdit():
            members = _listed(edit, label)
        case JoinEdit():
            members = _joined(known_part(formulation, data), element, edit, label)
        case RemoveEdit():
            members = _parted(known_part(formulation, data), element, edit, label)
    changed = element.model_copy(update={"members": members, "data": None})
    sets = tuple(changed if one.name == element.name else one for one in formulation.sets)
    return _carried(formulation, formulation.model_copy(update={"sets": sets}), data)


def _listed(edit: SetEdit, label: str) -> Any:
    if isinstance(edit.value, str):
        return edit.value
    if isinstance(edit.value, (list, tuple)):
        return IndexSet.model_validate({"name": edit.name, "members": edit.value}).members
    raise FormulationError(f"{edit.name} is a set: give a list of members", element=label)


def _joined(instance: Instance, element: IndexSet, edit: JoinEdit, label: str) -> Any:
    bound = instance.bound_set(element.name)
    universe = instance.universe
    parts: Parts = edit.member if isinstance(edit.member, tuple) else (edit.member,)
    if len(parts) != bound.arity:
        what = f"members of {element.name} have {bound.arity} parts, not {len(parts)}"
        raise FormulationError(what, element=label)
    present = [tuple(universe.members[code] for code in row) for row in bound.codes.tolist()]
    texts = [all(isinstance(row[n], str) for row in present) and bool(present) for n in range(bound.arity)]
    new = tuple(str(part) if text else part for part, text in zip(parts, texts, strict=True))
    if new in present:
        raise FormulationError(f"{_shown(new)} is a member of {element.name} already", element=label)
    if isinstance(element.members, str):
        return f"({element.members}) | {{{_literals(new)}}}"
    return tuple(_member(row) for row in (*present, new))


def _parted(instance: Instance, element: IndexSet, edit: RemoveEdit, label: str) -> Any:
    bound = instance.bound_set(element.name)
    universe = instance.universe
    places = find_places(list(bound.codes.T), bound.size, edit.members, universe, element.name, label)
    rows = [tuple(universe.members[code] for code in row) for row in bound.codes.tolist()]
    if isinstance(element.members, str):
        gone = [row for row, hit in zip(rows, places.mask.tolist(), strict=True) if hit]
        return f"({element.members}) - {{{', '.join(_literals(row) for row in gone)}}}"
    return tuple(_member(row) for row, hit in zip(rows, places.mask.tolist(), strict=True) if not hit)


def _member(parts: Parts) -> Any:
    return parts[0] if len(parts) == 1 else parts


def _literals(parts: Parts) -> str:
    written = ", ".join(literal(part) for part in parts)
    return written if len(parts) == 1 else f"({written})"


def _shown(parts: Parts) -> str:
    return ", ".join(map(str, parts))


def _carried(before: Formulation, after: Formulation, data: TaskData) -> Formulation:
    """With the values of parameters for those of their places that still exist.

    A set may be filtered by a parameter over another set: what cannot be bound yet waits for the others.
    """
    old = known_part(before, data)
    waiting: Sequence[Parameter] = [
        p for p in after.parameters if p.over and not isinstance(p.data, DataReference)
    ]
    while waiting:
        left = []
        for parameter in waiting:
            try:
                moved = _moved(parameter, old, known_part(after, data))
            except FormulationError:
                left.append(parameter)
                continue
            parameters = tuple(moved if p.name == moved.name else p for p in after.parameters)
            after = after.model_copy(update={"parameters": parameters})
        if len(left) == len(waiting):
            break  # what is wrong with these is told when they are used
        waiting = left
    return after


def _moved(parameter: Parameter, old: Instance, new: Instance) -> Parameter:
    name = f"parameter {parameter.name}"
    before = list(old.index_of(parameter.over, name).members(old.universe))
    index = new.index_of(parameter.over, name)
    after = list(index.members(new.universe))
    if before == after:
        return parameter
    bound = old.bound_parameter(parameter.name)
    place_of = {members: place for place, members in enumerate(before)}
    places = np.asarray([place_of.get(members, -1) for members in after], dtype=np.int64)
    given = (places >= 0) & bound.given[places]
    if isinstance(bound.values, Numbers):
        values: Numbers | Symbols = Numbers(bound.values.values[places])
    else:
        codes = [new.universe.code(old.universe.members[c]) for c in bound.values.codes[places].tolist()]
        values = Symbols(np.asarray(codes, dtype=np.int64))
    return with_values(parameter, BoundParameter(bound.name, index, values, given), new.universe)
