"""The shortest round trip through all towns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isqrt

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_value, paragraphs, table

__all__ = ["Roads", "Tours", "shortest_by_cuts", "shortest_by_subsets"]

_TOWNS: dict[Size, int] = {"small": 5, "medium": 14, "large": 50}
_SUBSETS_UP_TO = 14
"""Towns up to which the table of all subsets is quick."""
_PROOFS: dict[Size, str] = {
    "small": "dynamic program over subsets of towns",
    "medium": "dynamic program over subsets of towns",
    "large": "HiGHS with subtour cuts added as they are broken, gap 0",
}


@dataclass(frozen=True, slots=True)
class Roads:
    """Towns and the distances between them."""

    towns: tuple[str, ...]
    km: tuple[tuple[int, ...], ...]
    """By town, then town: the same in both directions."""


class Tours:
    """The shortest closed tour (the symmetric travelling salesman problem)."""

    name = "tours"
    aim: Aim = "least"
    unit = "kilometres"
    proofs = _PROOFS

    def make(self, size: Size, seed: int) -> Instance[Roads]:
        """Towns on a map, with roads that wind a little."""
        roads = _roads(dice_for(self.name, size, seed), _TOWNS[size])
        if size == "large":
            pairs = [
                (a, b, km)
                for a, row in zip(roads.towns, roads.km, strict=True)
                for b, km in zip(roads.towns, row, strict=True)
                if a != b
            ]
            files = {"distances.csv": separated(("from", "to", "km"), pairs)}
            data = "The distances are in distances.csv, one line for each pair of towns and direction."
            return Instance(size, seed, roads, _text(roads, size, data), files)
        grid = table(("km", *roads.towns), [(a, *row) for a, row in zip(roads.towns, roads.km, strict=True)])
        return Instance(size, seed, roads, _text(roads, size, f"The distances:\n\n{grid}"))

    def gold(self, instance: Instance[Roads]) -> int:
        """By whichever of the two exact methods suits the number of towns."""
        small = len(instance.data.towns) <= _SUBSETS_UP_TO
        return shortest_by_subsets(instance.data) if small else shortest_by_cuts(instance.data)


def shortest_by_subsets(roads: Roads) -> int:
    """The dynamic program of Held and Karp 1962: the shortest path through each set to each of its towns."""
    km, rest = roads.km, len(roads.towns) - 1
    best = {(1 << town, town): km[rest][town] for town in range(rest)}
    for number in range(2, rest + 1):
        for chosen in combinations(range(rest), number):
            mask = sum(1 << town for town in chosen)
            for last in chosen:
                before = mask ^ (1 << last)
                best[mask, last] = min(best[before, town] + km[town][last] for town in chosen if town != last)
    return min(best[(1 << rest) - 1, last] + km[last][rest] for last in range(rest))


def shortest_by_cuts(roads: Roads) -> int:
    """Edges as yes-or-no variables; every subtour that comes out is forbidden (Dantzig and others 1954)."""
    edges = list(combinations(range(len(roads.towns)), 2))
    program = Program()
    columns = {edge: program.column(roads.km[edge[0]][edge[1]]) for edge in edges}
    for town in range(len(roads.towns)):
        program.row([(column, 1) for edge, column in columns.items() if town in edge], 2, 2)
    while True:
        solved = program.solve()
        taken = [edge for edge, column in columns.items() if solved.values[column] > 0.5]
        parts = list(_parts(len(roads.towns), taken))
        if len(parts) == 1:
            return round(solved.objective)
        for part in parts:
            inside = [(columns[edge], 1.0) for edge in combinations(sorted(part), 2)]
            program.row(inside, high=len(part) - 1)


def _parts(towns: int, edges: Sequence[tuple[int, int]]) -> Iterator[set[int]]:
    """The towns that hang together."""
    near: dict[int, list[int]] = {town: [] for town in range(towns)}
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    left = set(near)
    while left:
        part, border = set(), [min(left)]
        while border:
            town = border.pop()
            if town not in part:
                part.add(town)
                border += near[town]
        left -= part
        yield part


def _roads(dice: Dice, number: int) -> Roads:
    places = dice.several([(x, y) for x in range(0, 200, 4) for y in range(0, 200, 4)], number)
    km = [[0] * number for _ in places]
    for (i, (x, y)), (j, (a, b)) in combinations(enumerate(places), 2):
        straight = isqrt((x - a) ** 2 + (y - b) ** 2)
        km[i][j] = km[j][i] = straight + straight * dice.whole(0, 25) // 100 + 1
    return Roads(tuple(f"T{n:02}" for n in range(1, number + 1)), tuple(map(tuple, km)))


def _text(roads: Roads, size: Size, data: str) -> str:
    opening = f"""
        A technician has to inspect our machines in {len(roads.towns)} towns. The tour begins in
        {roads.towns[0]}, goes to every other town exactly once, and returns to {roads.towns[0]}. Distances by
        road are in whole kilometres and are the same in both directions; only the given distances count."""
    asked = "In which order should the towns be visited so that the whole tour is as short as possible?"
    end = ask_value(size, "the length of the shortest tour in kilometres, the way back included")
    return "\n\n".join([paragraphs(opening), data, asked, end])
