"""Changes values of parameters, as what-if edits want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.binding import bind_values
from agentkit.formulation.editing.edit_places import find_places, known_part, quote_members
from agentkit.formulation.editing.edits import ScaleEdit, SetEdit, ShiftEdit, describe_edit
from agentkit.formulation.elements import Parameter
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.scope import BoundParameter, Domain
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.universe import Universe
from agentkit.formulation.values import Numbers, Symbols, Truths

__all__ = ["change_parameter", "with_values"]


def change_parameter(
    formulation: Formulation, data: TaskData, parameter: Parameter, edit: SetEdit | ScaleEdit | ShiftEdit
) -> Parameter:
    """The parameter with its values written out and changed. Raises `FormulationError`."""
    label = f"edit {describe_edit(edit)}"
    instance = known_part(formulation, data)
    if isinstance(edit, SetEdit):
        if edit.bound:
            raise FormulationError(f"{edit.name} is a parameter and has no bounds", element=label)
        bound = _set(formulation, data, parameter, edit, instance, label)
    else:
        bound = _computed(parameter, edit, instance, label)
    source = edit.source or f"{parameter.source} (what if: {describe_edit(edit)})".strip()
    return with_values(parameter, bound, instance.universe).model_copy(update={"source": source})


def with_values(parameter: Parameter, bound: BoundParameter, universe: Universe) -> Parameter:
    """The parameter with these values in place of what it had, those that equal its default left out."""
    values = bound.values
    if isinstance(values, Numbers):
        plain: list[Any] = [
            int(v) if float(v).is_integer() and abs(v) < 2**53 else v for v in values.values.tolist()
        ]
    else:
        plain = [universe.members[code] for code in values.codes.tolist()]
    if not bound.index.sets:
        return parameter.model_copy(update={"values": plain[0], "data": None})
    nested: dict[Any, Any] = {}
    for members, given, value in zip(bound.index.members(universe), bound.given, plain, strict=True):
        if not given or value == parameter.default:
            continue
        level = nested
        for part in members[:-1]:
            level = level.setdefault(part, {})
        level[members[-1]] = value
    return parameter.model_copy(update={"values": nested, "data": None})


def _set(
    formulation: Formulation,
    data: TaskData,
    parameter: Parameter,
    edit: SetEdit,
    instance: Instance,
    label: str,
) -> BoundParameter:
    index = instance.index_of(parameter.over, f"parameter {parameter.name}")
    if index.sets and not edit.members and isinstance(edit.value, (Mapping, list, tuple)):
        pseudo = Parameter(name=parameter.name, over=parameter.over, values=edit.value)
        new = bind_values(pseudo, index, TaskData(), instance.universe)
        return new if new.given.all() else _merged(instance.bound_parameter(parameter.name), new, label)
    universe = instance.universe
    places = find_places(index.columns(), index.size, edit.members, universe, parameter.name, label)
    old = None if places.mask.all() else instance.bound_parameter(parameter.name)
    value = _value(formulation, data, edit.value, old, instance, label)
    if isinstance(value, Numbers):
        filled: Numbers | Symbols = Numbers(np.full(index.size, float(value.values)))
    else:
        filled = Symbols(np.full(index.size, int(value.codes), dtype=np.int64))
    new = BoundParameter(parameter.name, index, filled, places.mask)
    return new if old is None else _merged(old, new, label)


def _merged(old: BoundParameter, new: BoundParameter, label: str) -> BoundParameter:
    """The new values where there are any, the old ones elsewhere."""
    given = old.given | new.given
    if isinstance(old.values, Numbers) and isinstance(new.values, Numbers):
        figures = np.where(new.given, new.values.values, old.values.values)
        return BoundParameter(old.name, old.index, Numbers(figures), given)
    if isinstance(old.values, Symbols) and isinstance(new.values, Symbols):
        codes = np.where(new.given, new.values.codes, old.values.codes)
        return BoundParameter(old.name, old.index, Symbols(codes), given)
    held = "figures" if isinstance(old.values, Numbers) else "members of sets"
    raise FormulationError(f"the values of {old.name} are {held}", element=label)


def _value(
    formulation: Formulation,
    data: TaskData,
    value: Any,
    old: BoundParameter | None,
    instance: Instance,
    label: str,
) -> Numbers | Symbols:
    """A single value: a figure, a member, or an expression of what is known."""
    if isinstance(value, (int, float)):
        return Numbers(np.asarray(float(value)))
    if not isinstance(value, str):
        raise FormulationError(f"{value!r} is no value", element=label)
    if old is not None and isinstance(old.values, Symbols):
        return Symbols(np.asarray(instance.universe.code(value.strip("'\""))))
    formula = parse_expression(quote_members(value, label, formulation, data), label)
    found = Evaluation(formula, instance).value(Domain())
    if isinstance(found, Symbols):
        return Symbols(np.asarray(found.codes).reshape(()))
    if isinstance(found, (Numbers, Truths)):
        return Numbers(np.asarray(found.values, dtype=np.float64).reshape(()))
    raise FormulationError("this is decided by the solver", element=label)


def _computed(
    parameter: Parameter, edit: ScaleEdit | ShiftEdit, instance: Instance, label: str
) -> BoundParameter:
    old = instance.bound_parameter(parameter.name)
    if not isinstance(old.values, Numbers):
        raise FormulationError(f"the values of {parameter.name} are no figures", element=label)
    places = find_places(
        old.index.columns(), old.index.size, edit.members, instance.universe, parameter.name, label
    )
    if not (places.mask & old.given).any():
        raise FormulationError(f"{parameter.name} has no value there", element=label, mend="set it with =")
    before = old.values.values
    after = before * edit.factor if isinstance(edit, ScaleEdit) else before + edit.amount
    # 80 * 1.29 is 103.2 and not 103.20000000000002.
    figures = np.where(places.mask, [float(f"{v:.15g}") for v in after.tolist()], before)
    return BoundParameter(old.name, old.index, Numbers(figures), old.given)
