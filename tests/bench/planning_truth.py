"""Solver truth: every plan problem in ../shared/data/planning solved from its PDDL, without a model.

`python tests/bench/planning_truth.py [FOLDER]` prints a table: how many plans are valid by the simulator, how
many are as long as the gold plan, shorter, longer, or have no gold plan; and the time of each problem from
its text to the proven plan.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.planning.find_plan import find_plan
from agentkit.planning.pddl import read_pddl
from agentkit.planning.simulation import simulate

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "planning"


@dataclass
class Truth:
    """What one file's problems came to."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def row(self) -> str:
        """A line of the table."""
        names = ("problems", "valid", "proven", "equal", "shorter", "longer", "no gold")
        figures = " ".join(f"{self.counts[name]:>8}" for name in names)
        ordered = sorted(self.seconds)
        high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        times = f"{statistics.median(ordered):>9.4f} {high:>9.4f} {ordered[-1]:>9.4f}"
        return f"{self.name:<22} {figures} {times}"


def gold_length(plan: str | list[str] | None) -> int | None:
    """The length of a gold plan, which is a list of steps or a text with one a line."""
    if plan is None:
        return None
    steps = plan.splitlines() if isinstance(plan, str) else plan
    return sum(1 for step in steps if step.strip())


def measure(path: Path, every: int = 1) -> Truth:
    """Solve the problems of one file; `every` third, say."""
    domain = path.with_name(f"{path.stem}.domain.pddl").read_text(encoding="utf-8")
    truth = Truth(path.stem)
    for line in path.read_text(encoding="utf-8").splitlines()[::every]:
        row = json.loads(line)
        begun = time.perf_counter()
        task = read_pddl(domain, row["pddl"])
        outcome = find_plan(task)
        truth.seconds.append(time.perf_counter() - begun)
        plan = outcome.plan or ()
        gold = gold_length(row["plan"])
        truth.counts["problems"] += 1
        truth.counts["valid"] += simulate(task, [action.step for action in plan]).valid
        truth.counts["proven"] += outcome.status == "optimal"
        if gold is None:
            truth.counts["no gold"] += 1
        else:
            kind = "equal" if len(plan) == gold else "shorter" if len(plan) < gold else "longer"
            truth.counts[kind] += 1
    return truth


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        sys.exit(f"there are no plan problems in {folder}")
    heads = ("problems", "valid", "proven", "equal", "shorter", "longer", "no gold")
    print(f"{'':<22} {' '.join(f'{head:>8}' for head in heads)}  median s     p95 s     max s")
    for path in files:
        print(measure(path).row())


if __name__ == "__main__":
    main()
