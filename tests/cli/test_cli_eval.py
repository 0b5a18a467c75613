"""`agentkit eval`: several agents in one command, tables and JSON, exit codes, recordings, one budget."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.scripted import Cli
from tests.models.fake_openai import FakeServer, speech

BENCH = '''
"""Capitals of countries."""
from agentkit.sample import Sample, Score
from agentkit.task import Task

CAPITALS = {"France": "Paris", "Kenya": "Nairobi", "Peru": "Lima"}


class Capitals:
    """Capitals of countries."""

    name = "capitals"

    def samples(self, data=None):
        for country, capital in CAPITALS.items():
            task = Task(goal=f"What is the capital of {country}?")
            yield Sample(id=country, task=task, target=capital, tags={"level": "1"})

    def score(self, sample, answer):
        return Score(value=float(answer == sample.target))
'''

AGENTS = """
import asyncio
import time

def clever(sample):
    print("noise")
    return sample.target

def parisian(sample):
    return "Paris"

def broken(sample):
    raise ValueError("no idea")

async def deaf(sample):
    while sample.id == "France":
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
    return sample.target

def sleepy(sample):
    time.sleep(0 if sample.id == "France" else 60)
    return sample.target
"""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    (tmp_path / "capitals.py").write_text(BENCH)
    (tmp_path / "agents.py").write_text(AGENTS)


def turn(answer: str) -> str:
    return json.dumps({"thought": "", "calls": [], "answer": answer, "give_up": ""})


def test_agents_are_set_side_by_side(cli: Cli) -> None:
    agents = ("--agent", "agents.py:clever", "--agent", "agents.py:parisian")
    assert cli("eval", "capitals.py", *agents, "--out", "out") == 0
    assert re.search(r"clever +3/3 +100\.0 %", cli.out)
    assert re.search(r"parisian +1/3 +33\.3 %", cli.out)
    assert "clever against parisian, on 3 samples of both" in cli.out
    assert "only clever right (2): Kenya, Peru" in cli.out
    assert "noise" not in cli.out + cli.err
    assert "clever: 3 of 3: right 3, wrong 0, errors 0, limits 0, $0" in cli.err
    assert Path("out/clever/records.jsonl").exists()


def test_the_bare_model_and_the_team_are_what_is_measured_where_nobody_says(cli: Cli) -> None:
    bare = [speech("Paris"), speech("Nairobi"), speech("Lima")]
    team = [speech(turn("Paris")), speech(turn("Nairobi")), speech(turn("Quito"))]
    with FakeServer(*bare, *team) as server:
        settings = ("--model", "openai/fake-1", "--api-base", server.url, "--parallel", "1")
        assert cli("eval", "capitals.py", *settings, "--out", "out") == 0
    assert re.search(r"bare +3/3", cli.out) and re.search(r"workforce +2/3", cli.out)
    assert len(server.requests) == 6


def test_a_benchmark_may_say_what_is_measured_where_nobody_does(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from capitals import Capitals\n\nclass Own(Capitals):\n"
        '    """Capitals, with agents of its own."""\n\n'
        '    agents = ("agents.py:clever", "agents.py:parisian")\n'
    )
    found = cli.json("eval", "own.py", "--out", "out")
    assert [one["name"] for one in found["evaluations"]] == ["clever", "parisian"]
    found = cli.json("eval", "own.py", "--agent", "agents.py:broken", "--out", "other")
    assert [one["name"] for one in found["evaluations"]] == ["broken"]


def test_json_is_one_object_with_everything(cli: Cli) -> None:
    found = cli.json("eval", "capitals.py", "--agent", "agents.py:parisian", "--out", "out")
    assert cli.err == ""
    assert found["evaluations"][0]["summary"]["right"] == 1
    assert found["stopped"] == {}
    assert found["folders"]["parisian"].endswith("out/parisian")


def test_csv_has_a_line_for_every_sample(cli: Cli) -> None:
    assert cli("eval", "capitals.py", "--agent", "agents.py:parisian", "--out", "out", "--csv", "a.csv") == 0
    rows = list(csv.DictReader(Path("a.csv").read_text().splitlines()))
    assert [row["sample"] for row in rows] == ["France", "Kenya", "Peru"]


def test_errors_of_an_agent_are_counted_and_do_not_fail_the_command(cli: Cli) -> None:
    assert cli("eval", "capitals.py", "--agent", "agents.py:broken", "--out", "out") == 0
    assert "error of the agent" in cli.out


def test_samples_are_chosen(cli: Cli) -> None:
    command = ("eval", "capitals.py", "--agent", "agents.py:clever")
    assert (
        cli.json(*command, "--sample-ids", "Peru,Kenya", "--out", "a")["evaluations"][0]["summary"]["total"]
        == 2
    )
    assert (
        cli.json(*command, "--limit", "1", "--epochs", "3", "--out", "b")["evaluations"][0]["summary"][
            "total"
        ]
        == 3
    )
    assert cli(*command, "--sample-ids", "Perou", "--out", "c") == 2
    assert "did you mean Peru?" in cli.err


def test_the_list_names_benchmarks_agents_and_samples(cli: Cli) -> None:
    assert cli("eval", "--list") == 0
    for name in ("gaia", "gaia-style", "bare", "bare-tools", "workforce"):
        assert re.search(rf"^{name} ", cli.out, re.MULTILINE)
    assert cli("eval", "capitals.py", "--list") == 0
    assert "What is the capital of Kenya?" in cli.out


def test_a_configuration_file_describes_an_agent(cli: Cli) -> None:
    Path("careful.toml").write_text('name = "careful"\nagent = "workforce"\nplanner = "whole"\n')
    with FakeServer(speech(turn("Paris"))) as server:
        settings = ("--model", "openai/fake-1", "--api-base", server.url, "--limit", "1", "--out", "out")
        assert cli("eval", "capitals.py", "--config", "careful.toml", *settings) == 0
    assert re.search(r"careful +1/1", cli.out)
    setup = json.loads(Path("out/careful/config.json").read_text())["agent_setup"]
    assert setup["planner"] == "whole"


def test_a_recording_replays_without_the_model_and_says_whose_words_it_has(cli: Cli) -> None:
    with FakeServer(speech("Paris")) as server:
        settings = ("--model", "openai/fake-1", "--api-base", server.url, "--limit", "1")
        command = ("eval", "capitals.py", "--agent", "bare")
        assert cli(*command, *settings, "--out", "a", "--record", "tapes", "--note", "a fake") == 0
    header = json.loads(Path("tapes/bare/France-e1.jsonl").read_text().splitlines()[0])
    assert header["note"] == "a fake"
    found = cli.json(*command, "--limit", "1", "--replay", "tapes", "--out", "b")
    assert found["evaluations"][0]["summary"]["right"] == 1
    assert found["evaluations"][0]["config"]["replayed"] is True


def test_one_budget_holds_for_all_agents_together(cli: Cli) -> None:
    with FakeServer(*[speech("Paris")] * 9) as server:
        settings = ("--model", "openai/fake-1", "--api-base", server.url, "--parallel", "1", "--calls", "4")
        agents = ("--agent", "bare", "--config", "second.toml")
        Path("second.toml").write_text('agent = "bare"\nname = "second"\n')
        assert cli("eval", "capitals.py", *agents, *settings, "--out", "out") == 3
    assert len(server.requests) == 4
    assert "second is not finished: the budget of the whole evaluation is used up" in cli.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no benchmark is named"),
        (("nothing",), "no benchmark called 'nothing'"),
        (("capitals.py", "--agent", "agents.py"), "name it: agents.py:NAME"),
        (("capitals.py", "--agent", "agents.py:nobody"), "defines nothing of this name"),
        (("capitals.py", "--agent", "bare", "--agent", "bare"), "two agents have the same name"),
        (("capitals.py", "--limit", "0", "--agent", "agents.py:clever"), "at least one sample"),
        (("capitals.py", "--timeout", "0", "--agent", "agents.py:clever"), "0 seconds are no time"),
        (("capitals.py", "--usd", "-1", "--agent", "agents.py:clever"), "--usd"),
        (("capitals.py", "--config", "none.toml"), "cannot be read"),
        (("capitals.py", "--resume", "--agent", "agents.py:clever"), "nothing to go on with"),
        (("gaia",), "gaia-benchmark/GAIA"),
        (("missing.py",), "there is no such file"),
    ],
)
def test_what_cannot_be_is_one_clear_line_and_code_2(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    assert cli("eval", *arguments) == 2
    assert told in cli.err
    assert len(cli.err.strip().splitlines()) == 1


def test_a_changed_configuration_is_refused(cli: Cli) -> None:
    command = ("eval", "capitals.py", "--agent", "agents.py:clever", "--out", "out")
    assert cli(*command) == 0
    assert cli(*command, "--seed", "3") == 2
    assert "seed: it was null, now 3" in cli.err


@pytest.mark.slow
def test_an_agent_that_is_deaf_to_being_stopped_does_not_hold_up_the_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agentkit.cli", "eval", "capitals.py", "--agent", "agents.py:deaf"]
    done = subprocess.run(
        [*command, "--timeout", "0.5", "--out", "o"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0
    assert re.search(r"deaf +2/3", done.stdout)
    assert "did not stop when their time was up" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_evaluation_says_how_to_go_on_and_keeps_what_is_done(
    tmp_path: Path, number: signal.Signals
) -> None:
    command = [
        sys.executable,
        "-m",
        "agentkit.cli",
        "eval",
        "capitals.py",
        "--agent",
        "agents.py:sleepy",
        "--out",
        "o",
    ]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ, cwd=tmp_path
    ) as running:
        records = tmp_path / "o" / "sleepy" / "records.jsonl"
        deadline = time.monotonic() + 30
        while not (records.exists() and records.read_bytes().count(b"\n")):
            assert time.monotonic() < deadline and running.poll() is None
            time.sleep(0.02)
        running.send_signal(number)
        _, told = running.communicate(timeout=20)
    assert running.returncode == 128 + number
    assert "interrupted; the same command goes on with the rest" in told
    assert [json.loads(line)["sample"] for line in records.read_text().splitlines()] == ["France"]
