"""`agentkit eval --list`: which benchmarks and agents there are, or which samples a benchmark has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path
from typing import Any

from agentkit.cli.figures import first_line
from agentkit.registry import Kind, known_names, resolve

__all__ = ["list_evaluables"]


def list_evaluables(benchmark: str | None, data: Path | None, *, as_json: bool) -> int:
    """Print the list; returns the exit code. Raises as `find_benchmark` and its samples do."""
    found = list(_samples(benchmark, data) if benchmark else _names())
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    width = max((len(str(next(iter(row.values())))) for row in found), default=0)
    for row in found:
        name, *rest = (str(value) for value in row.values())
        print(f"{name:<{width}}  {'  '.join(rest)}".rstrip())
    return 0


def _names() -> Iterator[dict[str, Any]]:
    kinds: tuple[Kind, ...] = ("benchmark", "agent")
    for kind in kinds:
        for name in known_names(kind):
            about = (getdoc(resolve(kind, name)) or "").partition("\n")[0]
            yield {"name": name, "kind": kind, "about": about}


def _samples(benchmark: str, data: Path | None) -> Iterator[dict[str, Any]]:
    from agentkit.evals.finding import find_benchmark
    from agentkit.evals.selection import distinct_samples

    for sample in distinct_samples(find_benchmark(benchmark), data):
        tags = " ".join(f"{key}={value}" for key, value in sorted(sample.tags.items()))
        goal = first_line(sample.task.goal)
        about = f"cannot be asked: {first_line(sample.fault)}" if sample.fault else goal
        yield {"id": sample.id, "tags": tags, "about": about if len(about) <= 100 else f"{about[:99]}…"}
