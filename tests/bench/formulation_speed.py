"""How model building is timed: CPU of everything around `Highs.run`, each time in a fresh process.

A contestant is a function from a case, its figures and HiGHS's options to the objective that was reached: it
builds the model, has HiGHS solve it, and puts the solution where its users look for it. Everything but
`Highs.run` counts. Beside each measurement stands one of arrays by hand, taken at the same time: the ratio of
the two is what a busy machine disturbs least.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from formulation_cases import CASES, Case, Data, Size, data_of
from measure import report

__all__ = ["OPTIONS", "Contestant", "compete"]

Contestant = Callable[[Case, Data, dict[str, Any]], float]
"""Builds and solves a case; returns the objective."""

OPTIONS: dict[Size, dict[str, Any]] = {
    # Building is what is timed: any solution will do. The small ones must agree exactly.
    "full": {"mip_rel_gap": 0.6, "time_limit": 60.0, "threads": 1},
    "small": {"mip_rel_gap": 0.0, "time_limit": 60.0, "threads": 1},
}

REPEATS = 4
ARRAYS = Path(__file__).resolve().parent / "arrays_formulation.py"


def compete(
    who: str, solve: Contestant, packages: tuple[str, ...], note: str = "", fresh: Callable[[], None] | None = None
) -> None:
    """What a contestant's program does: with a case and a size, measure that once; else all, and report.

    `fresh` empties what the contestant remembers from model to model, after the warming up.
    """
    if len(sys.argv) == 3:
        print(json.dumps(_once(solve, sys.argv[1], sys.argv[2], fresh)))  # type: ignore[arg-type]
        return
    figures: dict[str, float] = {}
    for case in CASES:
        pairs = [(_in_a_process(Path(sys.argv[0]), case), _in_a_process(ARRAYS, case)) for _ in range(REPEATS)]
        own, arrays = (min(pair[n]["overhead"] for pair in pairs) for n in (0, 1))
        figures |= {f"{case}_overhead": own * 1000, f"{case}_ratio": own / arrays}
        figures[f"{case}_small"] = _in_a_process(Path(sys.argv[0]), case, "small")["objective"]
    figures["sparse_objective"] = pairs[0][0]["objective"]
    report("formulation", who, figures, packages, note)


def _in_a_process(program: Path, case: Case, size: Size = "full") -> dict[str, float]:
    command = [sys.executable, str(program), case, size]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{program.name} {case}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _once(solve: Contestant, case: Case, size: Size, fresh: Callable[[], None] | None) -> dict[str, float]:
    data, warm = data_of(case, size), data_of(case, "small")
    solve(case, warm, OPTIONS["small"])  # imports, and what else is done once
    if fresh is not None:
        fresh()
    gc.collect()
    with _runs() as inside:
        began = time.process_time()
        objective = solve(case, data, OPTIONS[size])
        total = time.process_time() - began
    return {"overhead": total - sum(inside), "run": sum(inside), "objective": objective}


@contextmanager
def _runs() -> Iterator[list[float]]:
    """The CPU seconds of every run of HiGHS, whoever calls it."""
    import highspy

    inside: list[float] = []
    original = highspy.Highs.run

    def run(self: Any, *given: Any) -> Any:
        began = time.process_time()
        try:
            return original(self, *given)
        finally:
            inside.append(time.process_time() - began)

    highspy.Highs.run = highspy.Highs.solve = run  # type: ignore[method-assign]
    try:
        yield inside
    finally:
        highspy.Highs.run = highspy.Highs.solve = original  # type: ignore[method-assign]
