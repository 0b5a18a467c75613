"""What a family of problems is, and what it makes: an instance, told as a person would tell it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

from agentkit.envs.gaia_style.dice import Dice

__all__ = ["SIZES", "Aim", "Family", "Instance", "PlanFamily", "Replay", "Size", "dice_for"]

D = TypeVar("D")

Size = Literal["small", "medium", "large"]
"""small: a toy. medium: about what a strong model can just do by long thought. large: with its data in files
that no prompt should hold."""

SIZES: tuple[Size, ...] = ("small", "medium", "large")

Aim = Literal["least", "most", "shortest plan"]
"""What is best: the least or the greatest value, or the plan with the fewest actions."""


@dataclass(frozen=True, slots=True)
class Instance(Generic[D]):
    """One problem."""

    size: Size
    """How big it is."""
    seed: int
    """What it was invented with: the same family, size and seed give the same instance everywhere."""
    data: D
    """The numbers, in the family's own form. Gold is computed from these, never from the text."""
    text: str
    """The whole task as a person would write it, with the form that the answer must have."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Attachments by name; empty but for large instances."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of carrying out a plan step by step."""

    reached: bool
    """Whether every step was allowed and the goal holds at the end."""
    steps: int
    """How many steps were carried out."""
    fault: str = ""
    """Which step was not allowed and why, or what is missing at the end."""


@runtime_checkable
class Family(Protocol):
    """Ten of these make up the ladder; each lies in a file of its own."""

    @property
    def name(self) -> str:
        """Also the group of its samples."""

    @property
    def aim(self) -> Aim:
        """What is best."""

    @property
    def unit(self) -> str:
        """What the optimum is counted in."""

    @property
    def proofs(self) -> Mapping[Size, str]:
        """By which exact method gold is found."""

    def make(self, size: Size, seed: int) -> Instance[Any]:
        """Invent an instance; nothing is solved here, so it is quick."""

    def gold(self, instance: Instance[Any]) -> int:
        """The proven optimum. Raises `SolverError` where the method needs what is not installed."""


@runtime_checkable
class PlanFamily(Family, Protocol):
    """A family whose answer is a sequence of actions."""

    @property
    def actions(self) -> Mapping[str, int]:
        """Every action's name and how many arguments it has."""

    def replay(self, instance: Instance[Any], plan: Sequence[Sequence[str]]) -> Replay:
        """Carry out the plan; each step is an action's name and its arguments, in small letters."""


def dice_for(family: str, size: Size, seed: int) -> Dice:
    """Dice of an instance's own, so that no instance depends on another.

    >>> dice_for("tours", "small", 1).whole(1, 100) == dice_for("tours", "small", 1).whole(1, 100)
    True
    """
    return Dice(zlib.crc32(f"{family}/{size}/{seed}".encode()))
