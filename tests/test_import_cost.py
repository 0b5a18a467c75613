"""`import agentkit` is cheap, so that a program which embeds it starts as fast as before."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CPU_SECONDS = 0.150
MEBIBYTES = 40
RUNS = 5

HEAVY = (
    "anyio",
    "duckdb",
    "highspy",
    "httpx",
    "langchain_core",
    "langgraph",
    "litellm",
    "numpy",
    "openpyxl",
    "pint",
    "playwright",
    "pydantic_settings",
    "pyomo",
    "rich",
    "typer",
    "xllamacpp",
)

# VmHWM and not getrusage: the latter's peak is inherited from the process that starts this one.
PROBE = """
import json, pathlib, sys, time
before = time.process_time()
import agentkit
cpu = time.process_time() - before
status = pathlib.Path("/proc/self/status")
peak = [l for l in status.read_text().splitlines() if l.startswith("VmHWM")] if status.exists() else []
print(json.dumps({"cpu": cpu, "mebibytes": int(peak[0].split()[1]) / 1024 if peak else None,
                  "loaded": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


@dataclass(frozen=True)
class Cost:
    """What one import took."""

    cpu: float
    mebibytes: float | None
    loaded: list[str]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> list[Cost]:
    """Several imports, each in an interpreter of its own and away from the source tree."""
    place = tmp_path_factory.mktemp("elsewhere")
    return [_measure(place) for _ in range(RUNS)]


def _measure(place: Path) -> Cost:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert list(place.iterdir()) == [], "importing made files"
    return Cost(**json.loads(done.stdout))  # also fails if importing printed something


def test_it_takes_little_time(costs: list[Cost]) -> None:
    assert min(cost.cpu for cost in costs) <= CPU_SECONDS


def test_it_takes_little_memory(costs: list[Cost]) -> None:
    measured = [cost.mebibytes for cost in costs if cost.mebibytes is not None]
    if not measured:
        pytest.skip("this system does not tell a process's peak memory in /proc")
    assert min(measured) <= MEBIBYTES


def test_nothing_heavy_is_loaded(costs: list[Cost]) -> None:
    assert sorted(set(HEAVY) & set(costs[0].loaded)) == []
