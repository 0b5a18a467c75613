"""What-if edits as data: what is to be changed in a formulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from agentkit.errors import FormulationError
from agentkit.formulation.elements import (
    Constraint,
    DerivedExpression,
    IndexSet,
    Member,
    Objective,
    Parameter,
    Variable,
)
from agentkit.frozen import Frozen

__all__ = [
    "ANY",
    "AddEdit",
    "AnyEdit",
    "AnyElement",
    "Edit",
    "ElementEdit",
    "FixEdit",
    "JoinEdit",
    "RemoveEdit",
    "ReplaceEdit",
    "ScaleEdit",
    "SetEdit",
    "ShiftEdit",
    "describe_edit",
]

ANY = "*"
"""Stands for every member, in `members`."""


AnyElement: TypeAlias = Constraint | Variable | Parameter | IndexSet | DerivedExpression | Objective
"""What an edit can bring."""


class Edit(Frozen):
    """What all edits have."""

    source: str = ""
    """The question's words that it came from."""


class SetEdit(Edit):
    """Gives something another value.

    >>> describe_edit(SetEdit(name="capacity", members=("a",), value=40))
    'capacity[a] = 40'
    """

    kind: Literal["set"] = "set"
    name: str
    """A parameter; a variable (whose value is then fixed, or with `bound` its bound); a named expression; an
    objective; a set, whose members it lists anew; or `goal` or `start` of a planning problem."""
    members: tuple[Member, ...] = ()
    """For which members, `*` standing for all; empty for all."""
    value: Any
    """The value: a figure, a text, or an expression of what is known; of a parameter with index sets also
    values by member, which leave the others as they are. Null takes a bound away."""
    bound: Literal["", "lower", "upper"] = ""
    """Which bound of a variable is meant."""


class ScaleEdit(Edit):
    """Multiplies values of a parameter.

    >>> describe_edit(ScaleEdit(name="demand", members=("cafe2",), factor=1.29))
    'demand[cafe2] *= 1.29'
    """

    kind: Literal["scale"] = "scale"
    name: str
    """The parameter."""
    members: tuple[Member, ...] = ()
    """For which members, `*` standing for all; empty for all."""
    factor: float = Field(allow_inf_nan=False)
    """What they are multiplied by."""


class ShiftEdit(Edit):
    """Adds to values of a parameter.

    >>> describe_edit(ShiftEdit(name="budget", amount=-100))
    'budget -= 100'
    """

    kind: Literal["shift"] = "shift"
    name: str
    """The parameter."""
    members: tuple[Member, ...] = ()
    """For which members, `*` standing for all; empty for all."""
    amount: float = Field(allow_inf_nan=False)
    """What is added to each."""


class FixEdit(Edit):
    """Makes a variable have a value.

    >>> describe_edit(FixEdit(name="open", members=(3,), value=0))
    'fix open[3] = 0'
    """

    kind: Literal["fix"] = "fix"
    name: str
    """The variable."""
    members: tuple[Member, ...] = ()
    """At which members, `*` standing for all; empty for all."""
    value: float = Field(allow_inf_nan=False)
    """The value."""


class ElementEdit(Edit):
    """What edits that bring an element have: exactly one of them."""

    constraint: Constraint | None = None
    """A constraint."""
    variable: Variable | None = None
    """A variable."""
    parameter: Parameter | None = None
    """A parameter."""
    index_set: IndexSet | None = None
    """A set."""
    expression: DerivedExpression | None = None
    """A named expression."""
    objective: Objective | None = None
    """An objective."""

    @property
    def element(self) -> AnyElement:
        """The element."""
        found: AnyElement = next(one for one in self._given() if one is not None)
        return found

    def _given(self) -> Sequence[Any]:
        return (
            self.constraint,
            self.variable,
            self.parameter,
            self.index_set,
            self.expression,
            self.objective,
        )

    @model_validator(mode="after")
    def _brings_one(self) -> Self:
        count = sum(one is not None for one in self._given())
        if count != 1:
            mend = "one of constraint, variable, parameter, index_set, expression, objective"
            raise FormulationError(f"brings {count} elements instead of one", element="edit", mend=mend)
        return self


class AddEdit(ElementEdit):
    """Brings a new element.

    >>> describe_edit(AddEdit(constraint=Constraint(name="few", rule="sum(x[i] for i in I) <= 3")))
    'add few: sum(x[i] for i in I) <= 3'
    """

    kind: Literal["add"] = "add"


class ReplaceEdit(ElementEdit):
    """Puts an element in the place of that of its kind and name; a single objective whatever its name."""

    kind: Literal["replace"] = "replace"


class JoinEdit(Edit):
    """Adds a member to a set. Values for it are set by further edits.

    >>> describe_edit(JoinEdit(index_set="plants", member="c"))
    'add c to plants'
    """

    kind: Literal["join"] = "join"
    index_set: str
    """The set."""
    member: Member | tuple[Member, ...]
    """The new member, which becomes the last."""


class RemoveEdit(Edit):
    """Takes an element away; or, with `members`, a constraint's rows for them, or a member of a set.

    >>> describe_edit(RemoveEdit(name="capacity", members=("a",)))
    'drop capacity[a]'
    """

    kind: Literal["remove"] = "remove"
    name: str
    """The element; a constraint's name goes before others."""
    members: tuple[Member, ...] = ()
    """The members that are meant, `*` standing for all; empty for the whole element."""


AnyEdit: TypeAlias = Annotated[
    SetEdit | ScaleEdit | ShiftEdit | FixEdit | AddEdit | ReplaceEdit | JoinEdit | RemoveEdit,
    Field(discriminator="kind"),
]
"""All kinds, told apart by `kind`."""


def describe_edit(edit: AnyEdit) -> str:
    """An edit on a line, in the syntax of `read_edits` as far as that goes."""
    match edit:
        case SetEdit():
            target = _target(edit.name, edit.members)
            left = f"{edit.bound}({target})" if edit.bound else target
            return f"{left} = {'none' if edit.value is None else edit.value}"
        case ScaleEdit():
            return f"{_target(edit.name, edit.members)} *= {edit.factor:.10g}"
        case ShiftEdit():
            sign = "-" if edit.amount < 0 else "+"
            return f"{_target(edit.name, edit.members)} {sign}= {abs(edit.amount):.10g}"
        case FixEdit():
            return f"fix {_target(edit.name, edit.members)} = {edit.value:.10g}"
        case AddEdit():
            return f"add {_element_text(edit)}"
        case ReplaceEdit():
            return f"replace {_element_text(edit)}"
        case JoinEdit():
            member = edit.member
            shown = f"({', '.join(map(str, member))})" if isinstance(member, tuple) else str(member)
            return f"add {shown} to {edit.index_set}"
        case RemoveEdit():
            return f"drop {_target(edit.name, edit.members)}"


def _target(name: str, members: Sequence[Member]) -> str:
    return f"{name}[{', '.join(map(str, members))}]" if members else name


def _element_text(edit: ElementEdit) -> str:
    match edit.element:
        case Constraint() as one:
            loop = f" for {one.forall}" if one.forall else ""
            return f"{one.name}: {one.rule}{loop}"
        case Objective() as one:
            return f"{one.sense} {one.expression}"
        case other:
            kinds = {Variable: "variable", Parameter: "parameter", IndexSet: "set"}
            return f"{kinds.get(type(other), 'expression')} {other.name}"
