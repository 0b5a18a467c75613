"""Which depots to open, and which depot serves each customer."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_value, paragraphs, table

__all__ = ["Facility", "Network", "Site"]

_SHAPES: dict[Size, tuple[int, int]] = {"small": (3, 6), "medium": (8, 20), "large": (40, 200)}
"""Sites and customers."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a depot could be opened."""

    name: str
    opening: int
    """Euros a month for having it open."""
    capacity: int
    """Pallets a month."""


@dataclass(frozen=True, slots=True)
class Network:
    """Sites, customers, and what serving costs."""

    sites: tuple[Site, ...]
    customers: tuple[str, ...]
    demand: tuple[int, ...]
    """Pallets a month of each customer."""
    costs: tuple[tuple[int, ...], ...]
    """By customer, then site: euros a month for serving the customer from the site."""


class Facility:
    """The cheapest network of depots, each customer served by a single one."""

    name = "facility"
    aim: Aim = "least"
    unit = "euros"
    proofs = dict.fromkeys(_SHAPES, "binary program by HiGHS, gap 0")

    def make(self, size: Size, seed: int) -> Instance[Network]:
        """Sites and customers on a map; delivery costs grow with distance and demand."""
        network = _network(dice_for(self.name, size, seed), *_SHAPES[size])
        if size == "large":
            return Instance(size, seed, network, _text(network, size, _FILES), _files(network))
        return Instance(size, seed, network, _text(network, size, _tables(network)))

    def gold(self, instance: Instance[Network]) -> int:
        """By branch and cut over open sites and assignments, with a row a pair for tight bounds."""
        network = instance.data
        program = Program()
        opened = [program.column(site.opening) for site in network.sites]
        served = [[program.column(cost) for cost in row] for row in network.costs]
        for row in served:
            program.row(((column, 1) for column in row), 1, 1)
            for column, its_site in zip(row, opened, strict=True):
                program.row([(column, 1), (its_site, -1)], high=0)
        for j, site in enumerate(network.sites):
            used = [(row[j], float(need)) for row, need in zip(served, network.demand, strict=True)]
            program.row([*used, (opened[j], -site.capacity)], high=0)
        return round(program.solve().objective)


def _network(dice: Dice, sites: int, customers: int) -> Network:
    places = [(dice.whole(0, 100), dice.whole(0, 100)) for _ in range(sites)]
    homes = [(dice.whole(0, 100), dice.whole(0, 100)) for _ in range(customers)]
    demand = tuple(dice.whole(5, 35) for _ in homes)
    room = 20 * customers * 5 // sites
    made = tuple(
        Site(f"S{number:02}", 10 * dice.whole(60, 120), room + dice.whole(-room // 4, room // 4))
        for number in range(1, sites + 1)
    )
    costs = tuple(
        tuple(20 + need * isqrt((x - a) ** 2 + (y - b) ** 2) // 5 + dice.whole(0, 20) for a, b in places)
        for (x, y), need in zip(homes, demand, strict=True)
    )
    return Network(made, tuple(f"C{n:03}" for n in range(1, customers + 1)), demand, costs)


_SITES = ("site", "opening_eur", "capacity_pallets")
_DEMAND = ("customer", "demand_pallets")
_COSTS = ("customer", "site", "cost_eur")
_FILES = (
    "The sites are in sites.csv, the customers' demand in customers.csv, and the cost of serving each"
    " customer from each site in costs.csv."
)


def _files(network: Network) -> dict[str, bytes]:
    pairs = [
        (customer, site.name, cost)
        for customer, row in zip(network.customers, network.costs, strict=True)
        for site, cost in zip(network.sites, row, strict=True)
    ]
    return {
        "sites.csv": separated(_SITES, [(s.name, s.opening, s.capacity) for s in network.sites]),
        "customers.csv": separated(_DEMAND, zip(network.customers, network.demand, strict=True)),
        "costs.csv": separated(_COSTS, pairs),
    }


def _tables(network: Network) -> str:
    names = [site.name for site in network.sites]
    lines = zip(network.customers, network.demand, network.costs, strict=True)
    rows = [(customer, need, *costs) for customer, need, costs in lines]
    sites = table(_SITES, [(s.name, s.opening, s.capacity) for s in network.sites])
    costs = table((*_DEMAND, *(f"from {name}" for name in names)), rows)
    lead = "The customers, with the cost in euros of serving each from each site:"
    return f"The sites:\n\n{sites}\n\n{lead}\n\n{costs}"


def _text(network: Network, size: Size, data: str) -> str:
    opening = f"""
        We want to set up depots for {len(network.customers)} customers and have {len(network.sites)} sites to
        choose from. A depot at a site costs the site's opening cost, in euros a month, and handles at most
        its capacity, in pallets a month. Every customer must be served by exactly one open depot, which
        delivers the customer's whole demand (pallets a month); a customer cannot be split between depots.
        For each customer and site we know what serving that customer from there costs in total, in euros a
        month."""
    asked = "Which depots should we open, and which should serve whom, so that the monthly total is least?"
    end = ask_value(size, "the least total cost in euros a month, opening and serving together")
    return "\n\n".join([paragraphs(opening), data, asked, end])
