"""The figures that are measured, and what is aimed at."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BENCHES", "Bench", "Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of each contestant; where there is a target, less is better."""

    key: str
    """Its name in the lines that the programs print."""
    label: str
    """Its row's heading, with the unit."""
    target: float | None = None
    """What agentkit's may be at most; None where it only informs."""
    digits: int = 1
    """Decimals shown."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Figures that one program measures together; `WHO_NAME.py` is the program of a contestant."""

    name: str
    """What the command line calls it."""
    title: str
    """What is done."""
    figures: tuple[Figure, ...]
    """What is measured."""


BENCHES = (
    Bench(
        "makespan",
        "random DAGs of subtasks that sleep 10-200 ms: makespan ÷ critical path",
        tuple(Figure(f"makespan_{n}", f"{n} subtasks", target=1.10, digits=2) for n in (10, 100, 500)),
    ),
    Bench(
        "latency",
        "50 subtasks, 5 workers, 0.1 s a model call, every answer verified",
        # Plan, assign, work, verify, compose: 0.5 s must pass.
        (Figure("latency_wall", "wall, s", target=1.3 * 0.5, digits=2),),
    ),
    Bench(
        "overhead",
        "CPU time a subtask, with an instant model",
        (
            *(Figure(f"subtask_{n}", f"{n} subtasks, ms each", target=1.5, digits=2) for n in (100, 1000)),
            Figure("subtask_1000_at_once", "1000, none waiting for a place", target=1.5, digits=2),
        ),
    ),
    Bench(
        "turns",
        "CPU time a tool turn of one worker, with an instant model",
        (
            *(Figure(f"turn_{n}", f"{n} turns, ms each", digits=2) for n in (10, 40, 100, 200)),
            Figure("turn_growth", "a turn of 200 ÷ a turn of 10", target=1.2, digits=2),
        ),
    ),
    Bench(
        "evals",
        "1,000 samples of an evaluation, 100 at a time, 0.2 s a model call",
        (
            Figure("evals_ratio", "wall ÷ 2 s", target=1.3, digits=2),
            Figure("evals_cpu", "CPU a sample, ms", target=3, digits=2),
            Figure("evals_rss", "peak memory, MiB", digits=0),
            Figure("evals_growth", "more with 10,000 samples, MiB", digits=0),
        ),
    ),
    Bench(
        "formulation",
        "a model built, given to HiGHS and its solution fetched: CPU of all but Highs.run",
        (
            *(
                Figure(f"{case}_{key}", f"{label}: {heading}", target=target, digits=digits)
                for case, label in (
                    ("facility", "50 x 200 facilities"),
                    ("assignment", "20 x 8 x 24 jobs"),
                    ("sparse", "LP, 100,000 figures"),
                )
                for key, heading, target, digits in (
                    ("overhead", "ms", None, 1),
                    ("ratio", "÷ HighsLp", 3.0, 1),
                    ("small", "small optimum", None, 2),
                )
            ),
            Figure("sparse_objective", "LP, 100,000 figures: optimum", digits=0),
            Figure("formulation_check", "check of a solution, ms"),
        ),
    ),
    Bench(
        "import",
        "import in a fresh interpreter",
        (
            Figure("import_cpu", "CPU, ms", target=150, digits=0),
            Figure("import_rss", "peak memory of the process, MiB", target=40, digits=0),
        ),
    ),
    Bench(
        "tokens",
        "calls and tokens, replayed: the demonstration and ten small tasks, beside the same model asked once",
        tuple(
            Figure(f"{kind}_{way}_{what}", f"{label}: {what}, {heading}", digits=0)
            for kind, label in (("demo", "demonstration"), ("small", "ten small tasks"))
            for what in ("calls", "tokens", "right")
            for way, heading in (("workforce", "agentkit"), ("bare", "bare model"))
        ),
    ),
)
"""All of them, in the table's order."""
