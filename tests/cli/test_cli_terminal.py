"""At a terminal: the tree is drawn live, and questions are put to the person who sits there."""

from __future__ import annotations

import os
import re
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.scripted import ANSWER, GOAL, ROOT, Cli, empty_cassette

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")

INVITATION = "decide later): "


class Terminal:
    """`agentkit` in a process whose stdin, stdout and stderr are one terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        import fcntl
        import pty
        import struct
        import termios

        script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from agentkit.cli import main; sys.exit(main())"
        self.seen = ""
        main_end, own_end = pty.openpty()
        fcntl.ioctl(main_end, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "PYTHONUNBUFFERED": "1"}
        environment.pop("COLUMNS", None)
        import subprocess

        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            cwd=folder,
            env=environment,
            stdin=own_end,
            stdout=own_end,
            stderr=own_end,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,
        )
        os.close(own_end)
        self._end = main_end

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._end, text.encode())

    def read_until(self, met: Callable[[str], bool], seconds: float = 30.0) -> str:
        """All that was shown, once it satisfies the condition."""
        import select

        deadline = time.monotonic() + seconds
        while not met(self.seen):
            assert time.monotonic() < deadline, self.seen
            if select.select([self._end], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self._end, 65536).decode(errors="replace")
                except OSError:  # the process closed its end
                    break
        return self.seen

    def end(self) -> int:
        """The exit code, once the process has ended and all is read."""
        self.read_until(lambda _: False)
        os.close(self._end)
        return self.process.wait(timeout=20)

    @property
    def text(self) -> str:
        """What was shown, without colours and movements."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.seen).replace("\r\n", "\n")


def asking(folder: Path, home: Path) -> Terminal:
    """A run whose only worker is a person."""
    tape = empty_cassette(folder / "tape.jsonl")
    team = ("--planner", "fixed", "--worker", "human", "--replay", str(tape))
    return Terminal(folder, "run", "Choose a colour", *team, "--home", str(home))


def test_the_tree_is_left_standing_above_the_answer_and_the_cost(
    tmp_path: Path, cassette: Path, cli: Cli
) -> None:
    terminal = Terminal(tmp_path, "run", GOAL, "--replay", str(cassette), "--home", str(cli.home))
    assert terminal.end() == 0
    last = terminal.text.rpartition(f"{GOAL}\n")[2]
    tree, answer, cost = last.index("✓ both"), last.index(f"\n{ANSWER}\n"), last.index("cost when recorded: $")
    assert tree < answer < cost
    assert "\x1b[?25h" in terminal.seen, "the cursor is shown again"


def test_a_person_who_is_there_is_asked_and_the_run_goes_on(tmp_path: Path, cli: Cli) -> None:
    terminal = asking(tmp_path, cli.home)
    terminal.read_until(lambda seen: INVITATION in seen)
    assert "Choose a colour" in terminal.text
    terminal.type("green\n")
    assert terminal.end() == 0
    assert "\ngreen\n" in terminal.text.rpartition("✓ task")[2]
    assert cli.json("show", cli.last_run)["answer"] == "green"


@pytest.mark.parametrize("keys", ["\n", "\x04"])
def test_an_empty_line_or_the_end_of_input_leaves_it_waiting(tmp_path: Path, cli: Cli, keys: str) -> None:
    terminal = asking(tmp_path, cli.home)
    terminal.read_until(lambda seen: INVITATION in seen)
    terminal.type(keys)
    assert terminal.end() == 4
    assert "answer with: agentkit resume" in terminal.text


def test_ctrl_c_at_a_question_ends_at_once_and_leaves_the_run_to_be_resumed(tmp_path: Path, cli: Cli) -> None:
    terminal = asking(tmp_path, cli.home)
    terminal.read_until(lambda seen: INVITATION in seen)
    began = time.monotonic()
    terminal.type("\x03")
    assert terminal.end() == 130
    assert time.monotonic() - began < 5
    assert f"interrupted; resume it with: agentkit resume {cli.last_run}" in terminal.text


def test_a_model_s_words_cannot_steer_the_terminal(tmp_path: Path, cli: Cli) -> None:
    source = """
    from agentkit.result import WorkerResult

    class Rude:
        name, description, tools = "rude", "", ()

        async def run(self, assignment, context):
            return WorkerResult(answer="be\\x1b]0;owned\\x07gone")
    """
    (tmp_path / "rude.py").write_text(textwrap.dedent(source))
    tape = empty_cassette(tmp_path / "tape.jsonl")
    team = ("--planner", "fixed", "--worker", "rude:Rude", "--replay", str(tape))
    terminal = Terminal(tmp_path, "run", "x", *team, "--home", str(cli.home))
    assert terminal.end() == 0
    assert "\x1b]0;" not in terminal.seen
    assert "be]0;ownedgone" in terminal.text
