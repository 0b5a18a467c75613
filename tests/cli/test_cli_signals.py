"""What stops a run from outside: Ctrl-C, SIGTERM and `agentkit cancel`. What is left can be resumed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.scripted import Cli, agentkit_process, empty_cassette, write_slow_worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@contextmanager
def busy(cli: Cli, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process whose only subtask has just begun, and takes half a minute."""
    write_slow_worker(folder)
    tape = empty_cassette(folder / "tape.jsonl")
    team = ("--planner", "fixed", "--worker", "slow:Slow", "--replay", str(tape))
    process = agentkit_process(folder, "run", "Take your time", *team, "--home", str(cli.home))
    assert process.stderr is not None
    try:
        while "slow begins" not in (line := process.stderr.readline()):
            assert line, "it ended before it began to work"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_run_that_can_be_resumed(
    cli: Cli, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    with busy(cli, tmp_path) as process:
        process.send_signal(sent)
        out, err = process.communicate(timeout=20)
    run = cli.last_run
    assert (process.returncode, out) == (code, "")
    assert err == f"interrupted; resume it with: agentkit resume {run} --home {cli.home}\n"
    assert cli.json("show", run)["state"] == "interrupted"
    write_slow_worker(tmp_path, seconds=0)
    again = agentkit_process(tmp_path, "resume", run, "--home", str(cli.home))
    assert again.communicate(timeout=60)[0] == "at last\n"
    assert again.returncode == 0


def test_cancel_stops_the_process_that_carries_the_run(cli: Cli, tmp_path: Path) -> None:
    with busy(cli, tmp_path) as process:
        run = cli.last_run
        began = time.monotonic()
        assert cli("cancel", run) == 0
        assert time.monotonic() - began < 2, "the bound is a second; twice that is for a busy machine"
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "cancelled: somebody cancelled the run" in err
    assert cli.json("show", run)["state"] == "cancelled"


def test_a_run_that_is_carried_out_elsewhere_is_not_begun_twice(cli: Cli, tmp_path: Path) -> None:
    with busy(cli, tmp_path):
        assert cli("resume", cli.last_run) == 1
        assert "another process is carrying out this run (wait for it" in cli.err
        assert cli.json("runs")[0]["state"] == "running"


def test_after_a_kill_the_run_is_shown_as_cut_off_and_can_be_cancelled(cli: Cli, tmp_path: Path) -> None:
    with busy(cli, tmp_path) as process:
        process.kill()
        process.wait()
        time.sleep(2)  # within its first seconds a run without a process is one that is just beginning
    run = cli.last_run
    assert cli.json("runs")[0]["state"] == "cut off"
    cli("show", run)
    assert f"go on with: agentkit resume {run}" in cli.out
    assert cli("cancel", run) == 0
    assert cli.json("show", run)["state"] == "cancelled"


def test_a_waiting_run_is_cancelled_without_a_process(cli: Cli, tmp_path: Path) -> None:
    tape = empty_cassette(tmp_path / "tape.jsonl")
    cli("run", "Choose", "--planner", "fixed", "--worker", "human", "--replay", tape)
    run = cli.last_run
    assert cli("cancel", run) == 0
    assert cli.err == f"run {run}: cancelled\n"
    assert cli("cancel", run) == 0, "once more changes nothing"
    told = cli.json("show", run)
    assert (told["state"], told["questions"]) == ("cancelled", [])


def test_a_run_that_has_ended_cannot_be_cancelled(cli: Cli, cassette: Path) -> None:
    from tests.cli.scripted import GOAL

    cli("run", GOAL, "--replay", cassette)
    assert cli("cancel", cli.last_run) == 2
    assert "it has ended already (answered)" in cli.err
