"""How every contestant is timed and how it reports.

Standard library only: peers import it in environments of their own.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version

from dags import SEEDS, Node, critical_path, random_dag

__all__ = ["Timing", "makespan_ratio", "report", "timed", "turn_figures"]


@dataclass(frozen=True, slots=True)
class Timing:
    """What a run took, in seconds."""

    cpu: float
    """The least CPU time of the repetitions, all threads: what a busy machine disturbs least."""
    wall: float
    """The median wall-clock time."""


async def timed(run: Callable[[], Awaitable[object]], repeats: int = 5, warm: bool = True) -> Timing:
    """Await `run()` `repeats` times, after once unmeasured unless `warm` is false."""
    if warm:
        await run()
    cpu, wall = [], []
    for _ in range(repeats):
        gc.collect()
        began_cpu, began = time.process_time(), time.perf_counter()
        await run()
        cpu.append(time.process_time() - began_cpu)
        wall.append(time.perf_counter() - began)
    return Timing(cpu=min(cpu), wall=statistics.median(wall))


async def makespan_ratio(size: int, run: Callable[[list[Node]], Awaitable[float]]) -> float:
    """Median of makespan ÷ critical path; `run` carries out a graph and returns its seconds."""
    graphs = [random_dag(size, seed) for seed in SEEDS]
    return statistics.median([await run(graph) / critical_path(graph) for graph in graphs])


async def turn_figures(cpu: Callable[[int], Awaitable[float]]) -> dict[str, float]:
    """The figures of long runs; `cpu` makes a run of so many tool turns and returns CPU ms a turn."""
    figures = {f"turn_{turns}": await cpu(turns) for turns in (10, 40, 100, 200)}
    return {**figures, "turn_growth": figures["turn_200"] / figures["turn_10"]}


def report(
    bench: str, who: str, figures: dict[str, float], packages: tuple[str, ...], note: str = ""
) -> None:
    """Print one line of JSON: the figures, the versions of `packages`, and the load they were taken under."""
    line = {
        "bench": bench,
        "who": who,
        "figures": {key: round(value, 4) for key, value in figures.items()},
        "versions": {name: version(name) for name in packages},
        "load": round(os.getloadavg()[0], 2),
        "note": note,
    }
    print(json.dumps(line), flush=True)
