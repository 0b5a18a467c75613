"""The demonstration's second task: which warehouses to keep, and who is supplied from where."""

from __future__ import annotations

from agentkit.demo.make_data import DATA
from agentkit.task import Task

__all__ = ["NETWORK_GOAL", "network_task"]

FILES = ("customers.csv", "warehouses.csv", "rents.csv", "freight.csv", "forecast.csv")

NETWORK_GOAL = """\
Plan the distribution network of 2026. For each warehouse decide whether its lease is renewed (then its \
rent of rents.csv is due for the whole year) or given up, and how many whole pallets each warehouse sends \
to each customer. Every customer gets all the pallets of forecast.csv. A warehouse that is kept handles \
at most its pallet_places in the year and is only worth its handling crew if at least 600 pallets go \
through it; one that is given up handles none. At least two warehouses in Europe (DE, SE, PT) must stay. \
No customer may be supplied by more than two warehouses. freight.csv has the freight in EUR a pallet, a \
column for each customer; an empty field means that there is no such lane. Rents plus freight shall be as \
small as possible.
Answer with the total in EUR and whether it is proven optimal, then a line for each warehouse that is \
kept, with its id, its city and its pallets, and which customers are supplied by two."""
"""What is asked."""


def network_task() -> Task:
    """The goal with its files. Raises `TaskError` where the installation lacks them."""
    return Task.of(NETWORK_GOAL, attach=[DATA / name for name in FILES])
