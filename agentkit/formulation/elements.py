"""The elements of a formulation: sets, parameters, variables, expressions, constraints, objectives."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from agentkit.frozen import Frozen

__all__ = [
    "AnswerLine",
    "Constraint",
    "DataReference",
    "DerivedExpression",
    "Element",
    "IndexSet",
    "Member",
    "Objective",
    "Parameter",
    "Sense",
    "Variable",
    "VariableKind",
]

Member: TypeAlias = str | int | float
"""What a set contains; sets of tuples contain lists of these."""

VariableKind = Literal["binary", "integer", "real"]
"""What values a variable can take."""

Sense = Literal["minimize", "maximize"]
"""Which way an objective goes."""

NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
"""Names are Python's, as expressions use them."""


def _joined(value: Any) -> Any:
    """Index sets may be given as a list; they are kept as one text."""
    if isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return value


def _as_text(value: Any) -> Any:
    """A bare figure where an expression is expected."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Over: TypeAlias = Annotated[str, BeforeValidator(_joined)]
Formula: TypeAlias = Annotated[str, BeforeValidator(_as_text)]


class DataReference(Frozen):
    """Where in the task's data a set's members or a parameter's values are."""

    table: str
    """A file (`costs.csv`, `book.xlsx/Sheet1`), or a name in JSON data (`data.json/plants` or `plants`)."""
    keys: tuple[str, ...] = ()
    """The columns that hold the members, in the order of the index sets."""
    value: str = ""
    """The column that holds the values. Empty, with one key fewer than index sets: the remaining columns are
    headed by the members of the last set."""
    where: dict[str, Member] = Field(default_factory=dict)
    """Only rows that have these values in these columns."""


class Element(Frozen):
    """What all elements have."""

    name: str = Field(pattern=NAME)
    """How expressions call it."""
    source: str = ""
    """The sentence of the task that it came from; for what is only implied, why it must hold."""


class IndexSet(Element):
    """A set, in the order in which its members are listed.

    >>> IndexSet(name="days", members="range(1, 8)").members
    'range(1, 8)'
    """

    members: str | tuple[Member | tuple[Member, ...], ...] | None = None
    """The members, pairs also as `{"a": [1, 3]}`; or an expression for them: `range(1, n + 1)`,
    `plants * cities` (all pairs), `a | b`, `a - b`, `{(p, c) for p in plants for c in cities if
    cost[p, c] < 9}`."""
    data: str | DataReference | None = None
    """Where the members are, instead."""


class Parameter(Element):
    """Something known: a figure, or figures for the members of sets.

    >>> Parameter(name="cost", over=["plants", "cities"], values={"a": {"x": 3}}, default=0).over
    'plants, cities'
    """

    over: Over = ""
    """The sets whose members it has values for: `plants, cities`."""
    values: Any = None
    """A value; lists in the order of the sets; or a mapping by member, nested or with keys such as `a,x`.
    Values may be members of sets, too."""
    default: float | str | None = None
    """The value where none is given."""
    data: str | DataReference | None = None
    """Where the values are, instead. With neither, they are the data of the parameter's own name."""
    unit: str = ""
    """Its unit, such as `kg/day`."""


class Variable(Element):
    """Something to be decided.

    >>> Variable(name="ship", over="p in plants, c in cities", upper="capacity[p]").type
    'real'
    """

    over: Over = ""
    """The sets for whose members there is one each; with names where bounds need them: `p in plants`."""
    type: VariableKind = "real"
    """What values it can take."""
    lower: Annotated[str | None, BeforeValidator(_as_text)] = "0"
    """Its least value, a figure or an expression of parameters; null for none."""
    upper: Annotated[str | None, BeforeValidator(_as_text)] = None
    """Its greatest value; null for none."""
    unit: str = ""
    """Its unit."""


class DerivedExpression(Element):
    """A name for an expression that is used in several places."""

    over: Over = ""
    """The sets that it is indexed by, with names: `p in plants`."""
    value: Formula
    """The expression."""
    unit: str = ""
    """Its unit."""


class Constraint(Element):
    """Something that must hold. No expression speaks of it, so its name can be any words.

    >>> Constraint(name="limit", forall="p in plants", rule="sum(x[p, c] for c in cities) <= cap[p]").penalty
    """

    name: str = Field(min_length=1, max_length=120)
    """How reports call it."""
    forall: Over = ""
    """For which members it holds: `p in plants, t in days if t > 1`. Empty: once."""
    rule: Formula
    """A comparison, or a logical expression of comparisons and binary variables."""
    penalty: Annotated[str | None, BeforeValidator(_as_text)] = None
    """Makes it soft: what each unit of violation costs in the first objective."""


class Objective(Element):
    """What is sought."""

    name: str = Field(default="objective", min_length=1, max_length=120)
    """How reports call it."""
    sense: Sense
    """Which way."""
    expression: Formula
    """Of what."""
    unit: str = ""
    """Its unit."""


class AnswerLine(Frozen):
    """A line of the answer, or one for each of several members.

    >>> AnswerLine(text="{w} works on {d}", forall="w in workers, d in days if works[w, d] == 1").join
    '\\n'
    """

    text: str
    """The words, with expressions of the solution in braces: `{ship[p, c]} t, {objective:.2f}`."""
    forall: Over = ""
    """For which members there is a line; the condition may use the solution: `p in plants if open[p]`."""
    order: str = ""
    """An expression by which the lines are sorted, the smallest first."""
    when: str = ""
    """A condition, such as `gap > 0`, without which there is no such line."""
    join: str = "\n"
    """What stands between them."""
