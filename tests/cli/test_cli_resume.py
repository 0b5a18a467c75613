"""`agentkit resume`: another process goes on where a run was."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.cli.home import journal_of
from agentkit.models.cassette import read_cassette
from tests.cli.scripted import ANSWER, GOAL, Cli, empty_cassette, turn
from tests.models.fake_openai import FakeServer, failure, speech


@pytest.fixture
def waiting(cli: Cli, tmp_path: Path) -> tuple[str, str]:
    """A run that asks a person for a colour, and its question's id."""
    tape = empty_cassette(tmp_path / "tape.jsonl")
    found = cli.json("run", "Choose a colour", "--planner", "fixed", "--worker", "human", "--replay", tape)
    return found["run_id"], found["questions"][0]["id"]


def test_an_answer_is_all_that_was_missing(cli: Cli, waiting: tuple[str, str]) -> None:
    run, question = waiting
    assert cli("resume", run, "--answer", f"{question}=green, or = blue") == 0
    assert cli.out == "green, or = blue\n"


def test_without_an_answer_it_waits_on(cli: Cli, waiting: tuple[str, str]) -> None:
    run, question = waiting
    found = cli.json("resume", run)
    assert (cli.code, found["questions"][0]["id"]) == (4, question)


def test_a_run_can_be_named_by_its_beginning(cli: Cli, waiting: tuple[str, str]) -> None:
    run, question = waiting
    assert cli("resume", run[:-2], "--answer", f"{question}=red") == 0


def test_a_run_that_has_answered_tells_its_answer_again(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    cassette.unlink()
    assert cli("resume", cli.last_run) == 0
    assert cli.out == f"{ANSWER}\n"


def test_a_larger_budget_finishes_what_a_small_one_began(cli: Cli, cassette: Path) -> None:
    assert cli("run", GOAL, "--replay", cassette, "--calls", "4", "--seconds", "1000") == 3
    run = cli.last_run
    assert cli("resume", run, "--calls", "50") == 0
    assert cli.out == f"{ANSWER}\n"
    told = cli.json("show", run)
    assert told["usage"]["calls"] == 7, "no call was made twice"
    with journal_of(cli.home) as journal:
        config = journal.run(run).config
    assert '"calls": 50' in config and '"seconds": 1000.0' in config, "the other limits stay"


def test_a_recording_is_continued(cli: Cli, tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    with FakeServer(failure(401, "no"), speech(turn("four"))) as server:
        settings = ("--model", "openai/fake-1", "--api-base", server.url, "--planner", "fixed")
        assert cli("run", "What is 2+2?", *settings, "--record", tape) == 1
        assert cli("resume", cli.last_run) == 0
    assert cli.out == "four\n"
    recording = read_cassette(tape)
    assert (recording.header.run_id, len(recording.calls)) == (cli.last_run, 1)


def test_another_model_may_go_on(cli: Cli, waiting: tuple[str, str]) -> None:
    run, question = waiting
    assert cli("resume", run, "--model", "openai/other", "--answer", f"{question}=blue") == 0
    with journal_of(cli.home) as journal:
        config = journal.run(run).config
    assert '"model": "openai/other"' in config and '"replay": null' in config


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("green", "--answer green: an answer has the form ID=TEXT"),
        ("=green", "an answer has the form ID=TEXT"),
        ("q-1=green", "the run asks nothing called 'q-1' (it asks: q-"),
    ],
)
def test_answers_to_nothing_are_wrong_usage(
    cli: Cli, waiting: tuple[str, str], answer: str, told: str
) -> None:
    assert cli("resume", waiting[0], "--answer", answer) == 2
    assert told in cli.err


def test_an_unknown_run_is_an_error_that_says_where_it_looked(cli: Cli, waiting: tuple[str, str]) -> None:
    assert cli("resume", "nope") == 1
    assert "there is no run 'nope' (`agentkit runs` lists them)" in cli.err


def test_where_nothing_was_ever_run_looking_makes_no_files(cli: Cli) -> None:
    assert cli("resume", "nope") == 1
    assert "there are no runs" in cli.err
    assert not cli.home.exists()


def test_a_run_of_a_program_is_not_set_up_by_the_command_line(cli: Cli, cassette: Path) -> None:
    import asyncio

    from agentkit.engine.workforce import Workforce
    from agentkit.models.replay import ReplayModel
    from agentkit.workers.human import HumanWorker

    force = Workforce([HumanWorker("boss")], planner="fixed", model=ReplayModel(cassette), home=cli.home)
    result = asyncio.run(force.run("Choose"))
    assert cli("resume", result.run_id) == 2
    assert "this run was begun by a Python program (resume it from there" in cli.err


def test_an_attachment_that_changed_stops_it(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / "colours.csv"
    table.write_text("red\n")
    tape = empty_cassette(tmp_path / "tape.jsonl")
    team = ("--planner", "fixed", "--worker", "human", "--replay", tape)
    cli("run", "Choose a colour", "--attach", table, *team)
    table.write_text("blue\n")
    assert cli("resume", cli.last_run) == 2
    assert "colours.csv: the file has changed since the run began" in cli.err
