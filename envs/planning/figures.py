"""Problems whose answer is a number: sharing tasks among robots, and a walk through a warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

__all__ = ["FigureProblem", "least_makespan", "least_walk", "make_figure"]

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FigureProblem:
    """A problem, and the number that is right."""

    text: str
    """The problem in words."""
    answer: int
    """The best that can be reached."""


def make_figure(family: str, size: int, seed: int) -> FigureProblem:
    """A problem of one of the two families, `size` tasks large. Raises `KeyError` for another family.

    >>> make_figure("warehouse", 3, 0) == make_figure("warehouse", 3, 0)
    True
    """
    rng = Random(f"planning/{family}/{size}/{seed}")
    return {"task-allocation": _allocation, "warehouse": _warehouse}[family](size, rng)


def least_makespan(minutes: list[list[int]]) -> int:
    """The least time after which all tasks are done; `minutes[robot][task]` is what each takes.

    Robots work side by side. All ways to share are looked at, but those no better than one found before.

    >>> least_makespan([[3, 3, 4], [6, 6, 4]])
    6
    """
    tasks = sorted(range(len(minutes[0])), key=lambda task: -min(row[task] for row in minutes))
    best = sum(max(row[task] for row in minutes) for task in tasks)

    def share(place: int, loads: tuple[int, ...]) -> None:
        nonlocal best
        if max(loads) >= best:
            return
        if place == len(tasks):
            best = max(loads)
            return
        for robot, row in enumerate(minutes):
            more = loads[robot] + row[tasks[place]]
            share(place + 1, (*loads[:robot], more, *loads[robot + 1 :]))

    share(0, (0,) * len(minutes))
    return best


def least_walk(start: Point, stages: list[list[Point]]) -> int:
    """The least distance along the grid from the start through one place of each stage, in their order.

    >>> least_walk((0, 0), [[(0, 2), (3, 0)], [(3, 1)]])
    4
    """
    costs = {start: 0}
    for places in stages:
        costs = {
            place: min(
                cost + abs(place[0] - here[0]) + abs(place[1] - here[1]) for here, cost in costs.items()
            )
            for place in places
        }
    return min(costs.values())


def _allocation(size: int, rng: Random) -> FigureProblem:
    robots = ["Ada", "Bolt", "Crane"]
    minutes = [[rng.randint(10, 60) for _ in range(size)] for _ in robots]
    lines = [
        f"{size} tasks, numbered 1 to {size}, are shared among the robots {', '.join(robots)}. Each task is "
        "done by one robot, which does its tasks one after another; the robots work side by side and begin "
        "at once.",
    ]
    for robot, row in zip(robots, minutes, strict=True):
        needs = ", ".join(f"{time} for task {number}" for number, time in enumerate(row, 1))
        lines.append(f"Minutes that {robot} needs: {needs}.")
    lines.append("After how many minutes, at the earliest, can all tasks be done?")
    return FigureProblem("\n".join(lines), least_makespan(minutes))


def _warehouse(size: int, rng: Random) -> FigureProblem:
    kinds = ["weigh", "label", "pack", "scan", "seal", "sort", "stamp", "wrap"]
    used = [kinds[number % len(kinds)] for number in rng.sample(range(len(kinds)), min(size, len(kinds)))]
    tasks = [used[number % len(used)] for number in range(size)]
    cells = rng.sample([(x, y) for x in range(10) for y in range(10)], 4 * len(used) + 1)
    start, *rest = cells
    stations = {kind: rest[4 * n : 4 * n + rng.randint(2, 4)] for n, kind in enumerate(used)}
    lines = [
        "A robot in a warehouse does tasks in a given order. Each kind of task can be done at several "
        "stations. From (x, y) to (u, v) it walks |x - u| + |y - v| metres; nothing is in its way.",
        f"It begins at {start}, does the tasks in this order, and stays where the last one is done: "
        f"{', '.join(tasks)}.",
    ]
    lines += [f"Stations to {kind}: {', '.join(map(str, places))}." for kind, places in stations.items()]
    lines.append("How many metres does it walk at least?")
    return FigureProblem("\n".join(lines), least_walk(start, [stations[task] for task in tasks]))
