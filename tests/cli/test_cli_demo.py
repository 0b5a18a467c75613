"""`agentkit demo`: a whole job before the reader's eyes."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from agentkit.cli import demo as demo_module
from agentkit.cli.demo import orchestration_text
from agentkit.cli.view import RunView
from agentkit.demo.job import GOAL, demo_task
from agentkit.demo.network import NETWORK_GOAL, network_task
from agentkit.models.cassette import read_cassette
from agentkit.plan import Plan, Subtask
from tests.cli.scripted import Cli, turn
from tests.models.fake_openai import FakeServer, speech

NETWORK = {
    "formulation": {
        "variables": {"kept": {"type": "binary"}},
        "objective": {"maximize": "kept"},
        "answer": ["{kept} warehouse, {proof}"],
    }
}
CASSETTE = Path(demo_module.__file__).resolve().parent.parent / "demo" / "cassette.jsonl"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """A model that keeps the first task whole and answers at once, and formulates something as the second."""
    server = FakeServer(speech(turn("Example Ltd | 1234.50 | 12")), speech(json.dumps(NETWORK)))
    monkeypatch.setenv("AGENTKIT_MODEL", "openai/fake-1")
    monkeypatch.setenv("AGENTKIT_API_BASE", server.url)
    return server


def test_a_model_that_is_set_up_does_it_live(cli: Cli, server: FakeServer) -> None:
    with server:
        assert cli("demo") == 0
    assert cli.out == "Example Ltd | 1234.50 | 12\n1 warehouse, proven optimal\n"
    assert GOAL in cli.err and NETWORK_GOAL in cli.err
    for file in (*demo_task().attachments, *network_task().attachments):
        assert f"{file.name}  {file.size:,} bytes" in cli.err
    assert "a recording" not in cli.err
    assert "orchestration: the task as one piece" in cli.err
    assert cli.json("show", cli.last_run)["goal"] == network_task().goal


def test_the_recording_is_made_by_the_command_itself(cli: Cli, server: FakeServer, tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    with server:
        assert cli("demo", "--record", tape) == 0
    assert [call.stage for call in read_cassette(tape).calls] == ["work"]
    second = tmp_path / "tape-network.jsonl"
    assert [call.stage for call in read_cassette(second).calls] == ["formulate"]


def test_live_without_a_model_is_an_error(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_API_BASE", "http://127.0.0.1:9/v1")
    assert cli("demo", "--live") == 1
    assert "no model there: nobody answers" in cli.err


def test_without_a_model_a_recording_s_words_are_replayed_and_the_screen_says_so(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_API_BASE", "http://127.0.0.1:9/v1")
    assert cli("demo") == 0
    header = read_cassette(CASSETTE).header
    told = f"a recording of {header.model}, made on {header.recorded_at:%Y-%m-%d}; the tools run live"
    assert told in cli.err
    first, *second = cli.out.splitlines()
    assert first.count("|") == GOAL.splitlines()[-1].count("|")
    assert "proven optimal" in second[0] and re.search(r"\d+\.\d\d", second[0])
    assert "cost when recorded: " in cli.err


def test_what_was_set_in_motion_is_told_in_a_sentence() -> None:
    view = RunView(
        plan=Plan(subtasks=(Subtask(id="a", goal="a"), Subtask(id="b", goal="b"))),
        stages=Counter(plan=1, work=4),
        tools=Counter(query_tables=3),
        recoveries=Counter(retry=1),
        most_at_once=2,
    )
    assert orchestration_text(view) == (
        "orchestration: a plan of 2 subtasks, at most 2 at a time; 5 model calls (work 4, plan 1); "
        "3 tool calls (query_tables 3); no changes of the plan; 1 recoveries (retry 1)"
    )
