"""Goods of several kinds that share the same lines: the cheapest way to send them all."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_value, paragraphs, table

__all__ = ["Freight", "Line", "MultiCommodityFlow", "Shipment"]

_SHAPES: dict[Size, tuple[int, int, int]] = {"small": (5, 8, 2), "medium": (10, 24, 3), "large": (30, 130, 6)}
"""Terminals, lines and kinds of goods."""


@dataclass(frozen=True, slots=True)
class Line:
    """A connection in one direction."""

    start: str
    end: str
    cost: int
    """Euros a container."""
    capacity: int
    """Containers of all kinds together."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """What must be sent."""

    name: str
    start: str
    end: str
    containers: int


@dataclass(frozen=True, slots=True)
class Freight:
    """The network, and what it must carry."""

    terminals: tuple[str, ...]
    lines: tuple[Line, ...]
    shipments: tuple[Shipment, ...]


class MultiCommodityFlow:
    """The cheapest whole-numbered flow of several commodities under joint capacities."""

    name = "multi_commodity_flow"
    aim: Aim = "least"
    unit = "euros"
    proofs = dict.fromkeys(_SHAPES, "integer program by HiGHS, gap 0")

    def make(self, size: Size, seed: int) -> Instance[Freight]:
        """Capacities are just above what one way of sending everything needs, so there is a solution."""
        freight = _freight(dice_for(self.name, size, seed), *_SHAPES[size])
        lines = [(line.start, line.end, line.cost, line.capacity) for line in freight.lines]
        goods = [(s.name, s.start, s.end, s.containers) for s in freight.shipments]
        if size == "large":
            files = {"lines.csv": separated(_LINES, lines), "shipments.csv": separated(_GOODS, goods)}
            data = "The lines are in lines.csv, the shipments in shipments.csv."
            return Instance(size, seed, freight, _text(freight, size, data), files)
        data = f"The lines:\n\n{table(_LINES, lines)}\n\nThe shipments:\n\n{table(_GOODS, goods)}"
        return Instance(size, seed, freight, _text(freight, size, data))

    def gold(self, instance: Instance[Freight]) -> int:
        """By branch and cut over one whole variable for each shipment and line."""
        freight = instance.data
        program = Program()
        flows = [
            [program.column(line.cost, min(line.capacity, s.containers)) for line in freight.lines]
            for s in freight.shipments
        ]
        for number, line in enumerate(freight.lines):
            program.row([(flow[number], 1) for flow in flows], high=line.capacity)
        for flow, shipment in zip(flows, freight.shipments, strict=True):
            for terminal in freight.terminals:
                ends = zip(flow, freight.lines, strict=True)
                net = [(c, float((t.start == terminal) - (t.end == terminal))) for c, t in ends]
                sent = ((shipment.start == terminal) - (shipment.end == terminal)) * shipment.containers
                program.row([entry for entry in net if entry[1]], sent, sent)
        return round(program.solve().objective)


def _freight(dice: Dice, number: int, lines: int, kinds: int) -> Freight:
    terminals = tuple(f"N{n:02}" for n in range(1, number + 1))
    ring = dice.shuffled(terminals)
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    others = [(a, b) for a in terminals for b in terminals if a != b and (a, b) not in pairs]
    pairs += dice.several(others, lines - len(pairs))
    costs = {pair: dice.whole(4, 40) for pair in sorted(pairs)}
    shipments = []
    for kind in range(1, kinds + 1):
        start, end = dice.several(terminals, 2)
        shipments.append(Shipment(f"K{kind}", start, end, dice.whole(15, 40)))
    loads = _loads(dice, costs, shipments)
    made = tuple(Line(a, b, cost, loads[a, b] + dice.whole(1, 12)) for (a, b), cost in costs.items())
    return Freight(terminals, made, tuple(shipments))


def _loads(
    dice: Dice, costs: Mapping[tuple[str, str], int], shipments: Sequence[Shipment]
) -> dict[tuple[str, str], int]:
    """What each line carries when every shipment goes in three parts, each by a way that suits a whim."""
    loads = dict.fromkeys(costs, 0)
    for shipment in shipments:
        parts = [shipment.containers // 3, shipment.containers // 3]
        for part in (*parts, shipment.containers - sum(parts)):
            whim = {pair: cost * dice.whole(1, 5) for pair, cost in costs.items()}
            for pair in _way(whim, shipment.start, shipment.end):
                loads[pair] += part
    return loads


def _way(lengths: Mapping[tuple[str, str], int], start: str, end: str) -> list[tuple[str, str]]:
    """The lines of a shortest way (Dijkstra 1959)."""
    heap: list[tuple[int, str, list[tuple[str, str]]]] = [(0, start, [])]
    seen: set[str] = set()
    while heap:
        length, place, way = heapq.heappop(heap)
        if place == end:
            return way
        if place not in seen:
            seen.add(place)
            for (a, b), more in lengths.items():
                if a == place and b not in seen:
                    heapq.heappush(heap, (length + more, b, [*way, (a, b)]))
    raise LookupError(f"no way from {start} to {end}")  # The ring joins all terminals.


_LINES = ("from", "to", "cost_eur", "capacity")
_GOODS = ("shipment", "from", "to", "containers")


def _text(freight: Freight, size: Size, data: str) -> str:
    opening = f"""
        We send containers through a rail network with {len(freight.terminals)} terminals and
        {len(freight.lines)} lines. A line runs in one direction only, from one terminal to another; it has a
        cost in euros for every container that uses it, and a capacity: the number of containers of all
        shipments together that may use it. There are {len(freight.shipments)} shipments, each a number of
        containers that must all get from one terminal to another. A shipment may be split over several ways
        and change trains at any terminal, but every container travels whole."""
    asked = "How should all shipments be sent so that the total cost is least?"
    end = ask_value(size, "the least total cost in euros")
    return "\n\n".join([paragraphs(opening), data, asked, end])
