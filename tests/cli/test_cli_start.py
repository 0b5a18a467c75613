"""The command itself: its help, its version, and how fast it begins."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import agentkit
from agentkit.cli import main
from tests.cli.scripted import GOAL, agentkit_process

CPU_SECONDS = 0.5

PROBE = """
import json, sys, time
before = time.process_time()
from agentkit.cli import main
code = main(["--help"])
heavy = {"anyio", "duckdb", "httpx", "langgraph", "litellm", "pydantic", "pydantic_settings", "rich"}
loaded = sorted(heavy & {name.partition(".")[0] for name in sys.modules})
print(json.dumps({"code": code, "cpu": time.process_time() - before, "loaded": loaded}), file=sys.stderr)
"""


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    listed = [line.split()[0] for line in text.partition("Commands:")[2].splitlines() if line.strip()]
    assert listed == [
        "run",
        "resume",
        "runs",
        "show",
        "cancel",
        "doctor",
        "eval",
        "compare",
        "formalise",
        "solve",
        "demo",
    ]
    assert main([]) == 0
    assert capsys.readouterr().out == text, "without a command, help is what is wanted"


@pytest.mark.parametrize("command", ["run", "resume", "runs", "show", "cancel", "doctor", "eval", "demo"])
def test_every_command_has_help_with_home_and_debug(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert "--home DIR" in text and "--debug" in text


def test_comparing_has_help_with_debug_and_no_home(capsys: pytest.CaptureFixture[str]) -> None:
    """It is given the folders that it reads."""
    assert main(["compare", "--help"]) == 0
    text = capsys.readouterr().out
    assert "--debug" in text and "--home" not in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"agentkit {agentkit.__version__}\n"


def test_help_comes_at_once() -> None:
    costs = []
    for _ in range(3):
        command = [sys.executable, "-c", PROBE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        found = json.loads(done.stderr)
        assert (found["code"], found["loaded"]) == (0, [])
        costs.append(found["cpu"])
    assert min(costs) < CPU_SECONDS


def test_a_reader_who_goes_away_is_no_fault(tmp_path: Path, cassette: Path) -> None:
    """As in `agentkit run … | true`."""
    process = agentkit_process(tmp_path, "run", GOAL, "--replay", str(cassette), "--json", "--home", "home")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in err and "Exception ignored" not in err
