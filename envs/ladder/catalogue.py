"""The ten families, which instances of each are on the ladder, and how each is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from agentkit.envs.ladder.blocksworld import Blocksworld
from agentkit.envs.ladder.cutting_stock import CuttingStock
from agentkit.envs.ladder.facility import Facility
from agentkit.envs.ladder.family import SIZES, Family, Instance, Size
from agentkit.envs.ladder.job_shop import JobShop
from agentkit.envs.ladder.knapsack import Knapsack
from agentkit.envs.ladder.logistics import Logistics
from agentkit.envs.ladder.multi_commodity_flow import MultiCommodityFlow
from agentkit.envs.ladder.set_cover import SetCover
from agentkit.envs.ladder.shifts import Shifts
from agentkit.envs.ladder.tours import Tours
from agentkit.errors import UnknownNameError

__all__ = ["FAMILIES", "RUNGS", "Rung", "rung_of"]

_ALL: tuple[Family, ...] = (
    Knapsack(),
    Facility(),
    Shifts(),
    Tours(),
    SetCover(),
    JobShop(),
    CuttingStock(),
    MultiCommodityFlow(),
    Blocksworld(),
    Logistics(),
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in _ALL}
"""By name."""

_SLOW = {("facility", "large"), ("set_cover", "large"), ("job_shop", "large")}
"""Whose gold takes more than ten seconds, or another interpreter."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One instance of the ladder, by family, size and seed."""

    family: str
    size: Size
    seed: int

    @property
    def key(self) -> str:
        """The sample's id.

        >>> Rung("tours", "large", 1).key
        'tours-large-1'
        """
        return f"{self.family}-{self.size}-{self.seed}"

    @property
    def is_slow(self) -> bool:
        """Whether its gold takes more than ten seconds, or another interpreter."""
        return (self.family, self.size) in _SLOW

    def instance(self) -> Instance[Any]:
        """The problem itself."""
        return _instance(self)


@cache
def _instance(rung: Rung) -> Instance[Any]:
    return FAMILIES[rung.family].make(rung.size, rung.seed)


RUNGS: tuple[Rung, ...] = tuple(
    Rung(name, size, seed) for seed in (1, 2) for size in SIZES for name in FAMILIES
)
"""All of them. Those with seed 1 come first: they are one for each family and size, for runs that can afford
no more."""


def rung_of(key: str) -> Rung:
    """Whose id this is. Raises `UnknownNameError`.

    >>> rung_of("set_cover-medium-2")
    Rung(family='set_cover', size='medium', seed=2)
    """
    for rung in RUNGS:
        if rung.key == key:
            return rung
    raise UnknownNameError(
        "instance of the ladder", key, mend="ids are family-size-seed, as in tours-large-1"
    )
