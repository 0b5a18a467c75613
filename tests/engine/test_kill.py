"""A run that is killed with `kill -9`, at any moment and as often as you like, loses nothing that it had."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parent / "programs"
SEEDS = range(1, 21)

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no kill -9 here"),
    pytest.mark.timeout(300),
]


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAMS / program), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Any]]:
    """What became of a run of 30 subtasks for each seed: two processes share the seeds."""
    folder, middle = tmp_path_factory.mktemp("killed"), SEEDS[len(SEEDS) // 2]
    parts = [(SEEDS[0], middle - 1), (middle, SEEDS[-1])]
    programs = [start("killed_run.py", str(folder), str(a), str(b)) for a, b in parts]
    found: dict[int, dict[str, Any]] = {}
    for program in programs:
        output, errors = program.communicate(timeout=280)
        assert program.returncode == 0, errors
        found |= {report["seed"]: report for report in map(json.loads, output.splitlines())}
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_run_ends_as_if_nothing_had_happened(reports: dict[int, dict[str, Any]], seed: int) -> None:
    report = reports[seed]
    assert report["kills"], "it was never killed, so this shows nothing"
    assert report["got"] == report["wanted"]
    assert report["got"][0] == "answered"


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_no_model_call_that_is_on_file_is_made_again(reports: dict[int, dict[str, Any]], seed: int) -> None:
    assert reports[seed]["asked_again"] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_no_tool_call_that_must_not_be_repeated_is_made_twice(
    reports: dict[int, dict[str, Any]], seed: int
) -> None:
    assert reports[seed]["paid_twice"] == []
    assert reports[seed]["paid"] == 10  # every third of 30


def run_program(program: str, *arguments: str) -> Any:
    process = start(program, *arguments)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(output)


def kill_while_paying(home: Path, *arguments: str) -> None:
    """Run the program until its tool says that it is about to act on the world, and kill it there."""
    mark = home / "about-to-pay"
    mark.unlink(missing_ok=True)
    process = start("cut_off_payment.py", str(home), *arguments)
    deadline = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_without_a_way_to_find_out_a_person_says_what_became_of_a_call(tmp_path: Path) -> None:
    kill_while_paying(tmp_path, "slow")
    waiting = run_program("cut_off_payment.py", str(tmp_path), "swift")
    assert waiting["status"] == "waiting"
    assert [q["kind"] for q in waiting["questions"]] == ["outcome"]
    assert "pay" in waiting["questions"][0]["prompt"]
    assert "1200" in waiting["questions"][0]["detail"]

    done = run_program("cut_off_payment.py", str(tmp_path), "swift", "receipt 17")
    assert done["status"] == "answered"
    assert done["answer"] == "the tool said: receipt 17"
    assert not (tmp_path / "payments.txt").exists()


def test_what_a_person_says_was_not_done_is_done_then(tmp_path: Path) -> None:
    kill_while_paying(tmp_path, "slow")
    run_program("cut_off_payment.py", str(tmp_path), "swift")
    done = run_program("cut_off_payment.py", str(tmp_path), "swift", "not done")
    assert done["answer"] == "the tool said: receipt 1200"
    assert (tmp_path / "payments.txt").read_text().split() == ["1200"]


def test_a_call_that_is_cut_off_again_is_asked_about_again(tmp_path: Path) -> None:
    """What a person said of the first time tells nothing of the second."""
    kill_while_paying(tmp_path, "slow")
    first = run_program("cut_off_payment.py", str(tmp_path), "swift")
    kill_while_paying(tmp_path, "slow", "not done")
    second = run_program("cut_off_payment.py", str(tmp_path), "swift")
    assert second["status"] == "waiting"
    assert second["questions"][0]["id"] != first["questions"][0]["id"]
    assert not (tmp_path / "payments.txt").exists()
