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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formulation_cases import CASES, Case, Data, Size, data_of
from measure import report

__all__ = ["OPTIONS", "Aside", "Contestant", "compete"]

Contestant = Callable[[Case, Data, dict[str, Any]], float]
"""Builds and solves a case; returns the objective."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What is special to a contestant."""

    forget: Callable[[], None]
    """Empties what it remembers from model to model, after the warming up."""
    check: tuple[Any, str]
    """A function that no other contestant has the like of, by owner and name: shown apart."""


OPTIONS: dict[Size, dict[str, Any]] = {
    # Building is what is timed: any solution will do. The small ones must agree exactly.
    "full": {"mip_rel_gap": 0.6, "time_limit": 60.0, "threads": 1},
    "small": {"mip_rel_gap": 0.0, "time_limit": 60.0, "threads": 1},
}

REPEATS = 4
ARRAYS = Path(__file__).resolve().parent / "arrays_formulation.py"


def compete(
    who: str, solve: Contestant, packages: tuple[str, ...], note: str = "", aside: Aside | None = None
) -> None:
    """What a contestant's program does: with a case and a size, measure that once; else all, and report."""
    if len(sys.argv) == 3:
        print(json.dumps(_once(solve, sys.argv[1], sys.argv[2], aside)))  # type: ignore[arg-type]  # by our own hand
        return
    own = Path(sys.argv[0])
    figures: dict[str, float] = {}
    for case in CASES:
        pairs = [(_in_a_process(own, case), _in_a_process(ARRAYS, case)) for _ in range(REPEATS)]
        mine, arrays = (min(pair[n]["overhead"] for pair in pairs) for n in (0, 1))
        figures |= {f"{case}_overhead": mine * 1000, f"{case}_ratio": mine / arrays}
        figures[f"{case}_small"] = _in_a_process(own, case, "small")["objective"]
        if aside is not None:
            check = min(pair[0]["aside"] for pair in pairs) * 1000
            figures["formulation_check"] = max(figures.get("formulation_check", 0.0), check)
    figures["sparse_objective"] = pairs[0][0]["objective"]
    report("formulation", who, figures, packages, note)


def _in_a_process(program: Path, case: Case, size: Size = "full") -> dict[str, float]:
    command = [sys.executable, str(program), case, size]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{program.name} {case}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _once(solve: Contestant, case: Case, size: Size, aside: Aside | None) -> dict[str, float]:
    import highspy

    data = data_of(case, size)
    solve(case, data_of(case, "small"), OPTIONS["small"])  # imports, and what else is done once
    if aside is not None:
        aside.forget()
    gc.collect()
    runs = [(highspy.Highs, "run"), (highspy.Highs, "solve")]
    with _timed(runs) as run, _timed([aside.check] if aside else []) as check:
        began = time.process_time()
        objective = solve(case, data, OPTIONS[size])
        total = time.process_time() - began
    apart = {"run": sum(run), "aside": sum(check)}
    return {"overhead": total - sum(apart.values()), "objective": objective, **apart}


@contextmanager
def _timed(functions: Sequence[tuple[Any, str]]) -> Iterator[list[float]]:
    """The CPU seconds of every call of these, whoever makes it."""
    spent: list[float] = []
    inside: list[bool] = []

    def timed(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if inside:
                return original(*given, **named)
            inside.append(True)
            began = time.process_time()
            try:
                return original(*given, **named)
            finally:
                spent.append(time.process_time() - began)
                inside.pop()

        return call

    originals = [(owner, name, getattr(owner, name)) for owner, name in functions]
    for owner, name, original in originals:
        setattr(owner, name, timed(original))
    try:
        yield spent
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)
