"""At a terminal: the tree is drawn live, and questions are put to the person who sits there."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.scripted import ANSWER, GOAL, ROOT, Cli, empty_cassette

fcntl = pytest.importorskip("fcntl", reason="pseudo-terminals are POSIX's")
pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

_PATIENCE = 40.0

_START = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches this process
from agentkit.cli import main
sys.exit(main())
"""


class Terminal:
    """`agentkit` in a process whose stdin, stdout and stderr are one terminal of 30 lines by 100."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        near, far = pty.openpty()
        fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self.seen = ""
        self._end = near
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            cwd=folder,
            env=environment,
            stdin=far,
            stdout=far,
            stderr=far,
            start_new_session=True,
        )
        os.close(far)

    @property
    def text(self) -> str:
        """What was shown, without colours and movements."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.seen).replace("\r\n", "\n")

    def type(self, keys: str) -> None:
        """Press these keys."""
        os.write(self._end, keys.encode())

    def wait_for(self, words: str) -> None:
        """Return once these words were shown."""
        deadline = time.monotonic() + _PATIENCE
        while words not in self.text:
            assert self._read(), f"it ended without showing {words!r}: {self.text}"
            assert time.monotonic() < deadline, f"it never showed {words!r}: {self.text}"

    def end(self) -> int:
        """The exit code, once the process has ended and all that it showed is read."""
        deadline = time.monotonic() + _PATIENCE
        while self._read():
            assert time.monotonic() < deadline, f"it never ended: {self.text}"
        return self._process.wait(timeout=10)

    def close(self) -> None:
        """Leave nothing behind."""
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    def _read(self) -> bool:
        """Take in what is shown within a moment; whether the process may show more."""
        if not select.select([self._end], [], [], 0.1)[0]:
            return True
        try:
            block = os.read(self._end, 65536)
        except OSError:  # Linux's way of saying that nobody is at the other end
            return False
        self.seen += block.decode(errors="replace")
        return bool(block)


Opens = Callable[..., Terminal]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Opens]:
    """Opens terminals in the test's folder, and closes them at its end."""
    opened = []

    def open_one(*arguments: object) -> Terminal:
        opened.append(Terminal(tmp_path, *(str(a) for a in arguments)))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def asked(terminal: Opens, tmp_path: Path, cli: Cli) -> Terminal:
    """A run whose only worker is a person, who is being asked for a colour."""
    tape = empty_cassette(tmp_path / "tape.jsonl")
    team = ("--planner", "fixed", "--worker", "human", "--replay", tape)
    opened = terminal("run", "Choose a colour", *team, "--home", cli.home)
    opened.wait_for("Your answer (empty: decide later): ")
    return opened


def test_the_tree_is_left_standing_above_the_answer_and_the_cost(
    terminal: Opens, cassette: Path, cli: Cli
) -> None:
    run = terminal("run", GOAL, "--replay", cassette, "--home", cli.home)
    assert run.end() == 0
    last = run.text.rpartition(f"{GOAL}\n")[2]
    tree, answer = last.index("✓ task.both"), last.index(f"\n{ANSWER}\n")
    assert tree < answer < last.index("cost when recorded: $")
    assert "\x1b[?25h" in run.seen, "the cursor is shown again"


def test_a_person_who_is_there_is_asked_and_the_run_goes_on(asked: Terminal, cli: Cli) -> None:
    assert "Choose a colour" in asked.text
    asked.type("green\n")
    assert asked.end() == 0
    assert "\ngreen\n" in asked.text.rpartition("✓ task")[2]
    assert cli.json("show", cli.last_run)["answer"] == "green"


@pytest.mark.parametrize("keys", ["\n", "\x04"], ids=["enter", "ctrl-d"])
def test_an_empty_line_or_the_end_of_input_leaves_it_waiting(asked: Terminal, keys: str) -> None:
    asked.type(keys)
    assert asked.end() == 4
    assert "answer with: agentkit resume" in asked.text


def test_ctrl_c_at_a_question_ends_at_once_and_leaves_the_run_to_be_resumed(
    asked: Terminal, cli: Cli
) -> None:
    began = time.monotonic()
    asked.type("\x03")
    assert asked.end() == 130
    assert time.monotonic() - began < 5
    assert f"interrupted; resume it with: agentkit resume {cli.last_run}" in asked.text


def test_a_model_s_words_cannot_steer_the_terminal(terminal: Opens, tmp_path: Path, cli: Cli) -> None:
    source = """
    from agentkit.result import WorkerResult

    class Rude:
        name, description, tools = "rude", "", ()

        async def run(self, assignment, context):
            return WorkerResult(answer="be\\x1b]0;owned\\x07gone")
    """
    (tmp_path / "rude.py").write_text(textwrap.dedent(source))
    tape = empty_cassette(tmp_path / "tape.jsonl")
    team = ("--planner", "fixed", "--worker", "rude:Rude", "--replay", tape)
    run = terminal("run", "x", *team, "--home", cli.home)
    assert run.end() == 0
    assert "\x1b]0;" not in run.seen
    assert "be]0;ownedgone" in run.text
