"""`Suspicion`: a hint that a formulation may not say what its task says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentkit.frozen import Frozen

__all__ = ["Suspicion", "SuspicionKind", "SuspicionWeight"]

SuspicionKind = Literal[
    "unused",
    "idle variable",
    "unlimited variable",
    "never binding",
    "never applies",
    "duplicate",
    "constant objective",
    "nothing done",
    "source",
    "figures",
    "fraction of a thing",
    "units",
    "no influence",
    "wrong direction",
]
"""unused: a set, parameter or expression that no constraint or objective needs. idle variable: it has no part
in the objective, not even through constraints. unlimited variable: it stands in no constraint. never binding,
never applies: a constraint that changes nothing whatever the solution, or that is about no member at all.
nothing done: all that is decided is 0. source, figures: against the text of the task. fraction of a thing: a
real variable for what can only be counted. no influence, wrong direction: what came of changing data."""

SuspicionWeight = Literal["certain", "likely", "hint"]
"""certain: it is so, and seldom meant. likely: mostly a mistake. hint: often harmless."""


class Suspicion(Frozen):
    """What looks wrong, and where."""

    kind: SuspicionKind
    """What sort of thing."""
    element: str = ""
    """`parameter cost`, `constraint capacity`; empty where it is about the whole."""
    text: str
    """In a sentence."""
    weight: SuspicionWeight = Field(default="likely")
    """How seriously to take it."""
