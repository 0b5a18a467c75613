"""How far evaluations have come: bars on a terminal, plain lines elsewhere, nothing beside JSON."""

from __future__ import annotations

import io
import re
import sys
import time
from contextlib import redirect_stderr

import pytest

from agentkit.budget import Usage
from agentkit.cli.eval_display import EVERY, choose_eval_display, progress_text
from agentkit.evals.progress import EvalProgress
from tests.evals.written import record, records

Capture = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """A terminal that remembers what it showed."""

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        """What was shown last, line by line, without colours and movements."""
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.getvalue()).replace("\r", "\n")
        return re.sub(r"[━╸╺]+", "---", shown)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    return Terminal()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which passes when a test says so."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def progress(outcomes: str, total: int = 10, agent: str = "bare", *, seconds: float = 0.0) -> EvalProgress:
    """An evaluation that began this long ago, and has these records."""
    made = EvalProgress(agent, total, began=time.monotonic() - seconds)
    for one in records(outcomes):
        made.add(one)
    return made


class TestText:
    def test_in_the_beginning_nothing_has_happened(self) -> None:
        assert progress_text(progress("")) == "right 0, wrong 0, errors 0, limits 0, $0"

    def test_outcomes_cost_and_time_left_are_told(self) -> None:
        told = progress_text(progress("++-el", seconds=100))
        assert told == "right 2, wrong 1, errors 1, limits 1, $0.0500, 1:40 min left"

    def test_what_cannot_be_scored_is_told_where_there_is_any(self) -> None:
        assert "limits 0, unscored 2, $0.0200" in progress_text(progress("??"))

    def test_when_all_is_done_no_time_is_left_to_be_told(self) -> None:
        assert progress_text(progress("+-", total=2)) == "right 1, wrong 1, errors 0, limits 0, $0.0200"

    def test_what_nobody_knows_is_not_told_as_nothing(self) -> None:
        made = EvalProgress("bare", 10)
        made.add(record(1, usage=Usage(calls=2, unpriced_calls=2)), earlier=True)
        assert progress_text(made).endswith("price unknown")
        made.add(record(2), earlier=True)
        assert "at least $0.0100 (2 of 4 calls have no known price)" in progress_text(made)


class TestLines:
    def test_there_is_one_at_the_beginning_and_one_at_the_end(self, capsys: Capture) -> None:
        made = EvalProgress("bare", 3)
        with choose_eval_display(as_json=False) as display:
            display.show(made)
            for one in records("+-+"):
                made.add(one)
                display.show(made)
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.splitlines() == [
            "bare: 0 of 3: right 0, wrong 0, errors 0, limits 0, $0",
            "bare: 3 of 3: right 2, wrong 1, errors 0, limits 0, $0.0300",
        ]

    def test_and_one_every_few_seconds_for_each_agent(self, capsys: Capture, clock: list[float]) -> None:
        display = choose_eval_display(as_json=False)
        for _ in range(25):  # a second each
            display.show(progress("+"))
            display.show(progress("-", agent="workforce"))
            clock[0] += 1
        begins = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()]
        assert EVERY == 10
        assert begins == ["bare", "workforce"] * 3

    def test_a_terminal_that_cannot_move_its_cursor_gets_lines(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TERM", "dumb")
        with redirect_stderr(terminal), choose_eval_display(as_json=False) as display:
            display.show(progress("+"))
        assert terminal.getvalue().startswith("bare: 1 of 10: right 1")
        assert "\x1b" not in terminal.getvalue()


class TestBars:
    def test_every_agent_has_a_bar_with_its_figures(self, terminal: Terminal) -> None:
        made = EvalProgress("bare", 3)
        with redirect_stderr(terminal), choose_eval_display(as_json=False) as display:
            display.show(made)
            for one in records("+-+"):
                made.add(one)
                display.show(made)
            display.show(progress("e", agent="workforce"))
        last = terminal.text.splitlines()[-10:]
        assert any(
            re.search(r"bare +--- 3/3 right 2, wrong 1, errors 0, limits 0, \$0.0300", line) for line in last
        ), last
        assert any(re.search(r"workforce +--- 1/10 right 0, wrong 0, errors 1", line) for line in last), last

    def test_the_terminal_is_put_in_order_also_after_an_error(
        self, terminal: Terminal, capsys: Capture
    ) -> None:
        usual = sys.stdout, sys.stderr
        with (
            pytest.raises(KeyError),
            redirect_stderr(terminal),
            choose_eval_display(as_json=False) as display,
        ):
            display.show(progress("+"))
            raise KeyError
        assert (sys.stdout, sys.stderr) == usual
        assert "\x1b[?25l" in terminal.getvalue()  # the cursor was hidden
        assert terminal.getvalue().rindex("\x1b[?25h") > terminal.getvalue().rindex("\x1b[?25l")
        assert capsys.readouterr().out == ""


class TestJson:
    def test_nothing_is_shown_beside_it(self, capsys: Capture, terminal: Terminal) -> None:
        with redirect_stderr(terminal), choose_eval_display(as_json=True) as display:
            display.show(progress("+"))
            display.show(progress("+", total=1))
        assert terminal.getvalue() == ""
        assert capsys.readouterr().out == ""
