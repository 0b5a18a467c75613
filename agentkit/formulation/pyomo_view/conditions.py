"""Conditions on what is decided, as small trees: what a scalar reading of a logical formula comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["Comparison", "Condition", "Indicator", "Junction", "all_of", "any_of", "negated"]

Relation = Literal["<=", "<", "==", "!="]
"""How the left side can be to the right one."""

_OPPOSITE: dict[Relation, Relation] = {"<=": "<", "<": "<=", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two sides, of which one at least is decided."""

    left: Any
    relation: Relation
    right: Any

    @property
    def difference(self) -> Any:
        """What stands in the relation to 0."""
        return self.left - self.right


@dataclass(frozen=True, slots=True, eq=False)
class Indicator:
    """An expression that is 1 where the condition holds, and 0 where it does not."""

    expression: Any


@dataclass(frozen=True, slots=True, eq=False)
class Junction:
    """All of the parts, or any of them."""

    parts: tuple[Condition, ...]
    every: bool


Condition: TypeAlias = Comparison | Indicator | Junction


def negated(condition: Condition | bool) -> Condition | bool:
    """What holds where the condition does not.

    >>> negated(Comparison(3, "<=", 4))
    Comparison(left=4, relation='<', right=3)
    """
    match condition:
        case bool():
            return not condition
        case Comparison(left, "<=" | "<" as relation, right):
            return Comparison(right, _OPPOSITE[relation], left)
        case Comparison(left, relation, right):
            return Comparison(left, _OPPOSITE[relation], right)
        case Indicator(expression):
            return Indicator(1 - expression)
    return _joined((negated(part) for part in condition.parts), every=not condition.every)


def all_of(parts: Iterable[Condition | bool]) -> Condition | bool:
    """That all hold; what is known is left aside.

    >>> all_of([True, False])
    False
    """
    return _joined(parts, every=True)


def any_of(parts: Iterable[Condition | bool]) -> Condition | bool:
    """That one of them holds."""
    return _joined(parts, every=False)


def _joined(parts: Iterable[Condition | bool], *, every: bool) -> Condition | bool:
    open_parts: list[Condition] = []
    for part in parts:
        if isinstance(part, bool):
            if part != every:
                return part
        elif isinstance(part, Junction) and part.every == every:
            open_parts.extend(part.parts)
        else:
            open_parts.append(part)
    if not open_parts:
        return every
    return open_parts[0] if len(open_parts) == 1 else Junction(tuple(open_parts), every)
