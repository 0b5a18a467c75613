"""`agentkit run`: answers on stdout, the story on stderr, and exit codes that scripts can go by."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from agentkit.messages import ChatRequest
from agentkit.models.cassette import read_cassette
from tests.cli.scripted import ANSWER, GOAL, Cli, do_part, empty_cassette, record_run, turn
from tests.models.fake_openai import FakeServer, speech


def test_the_answer_alone_is_on_stdout(cli: Cli, cassette: Path) -> None:
    assert cli("run", GOAL, "--replay", cassette) == 0
    assert cli.out == f"{ANSWER}\n"


def test_the_story_is_told_in_lines_on_stderr_where_that_is_no_terminal(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    assert re.search(r"run \d{6}-\d{6}-\w{6} begins: " + GOAL, cli.err)
    assert "plan: the task as one piece" in cli.err
    assert "task: split after better done in 3 parts" in cli.err
    pieces = "3 subtasks: task.old, task.new, task.both (after task.old, task.new)"
    assert f"new plan (task was split): {pieces}" in cli.err
    assert "task.old: tool calculate" in cli.err
    assert re.search(r"task\.both: done \(.* tokens\): 2025 sold 12 more", cli.err)


def test_a_replay_says_whose_words_these_are_and_that_their_cost_is_not_new(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    when = read_cassette(cassette).header.recorded_at.strftime("%Y-%m-%d")
    assert f"a recording of scripted, made on {when}; the tools run live" in cli.err
    assert re.search(r"cost when recorded: \$0\.00\d\d · [\d,]+ tokens · 7 calls", cli.err)


def test_json_is_one_object_on_stdout(cli: Cli, cassette: Path) -> None:
    found = cli.json("run", GOAL, "--replay", cassette)
    assert cli.code == 0
    assert (found["status"], found["answer"], sorted(found["results"])) == (
        "answered",
        ANSWER,
        ["task.both", "task.new", "task.old"],
    )
    assert found["usage"]["calls"] == 7
    assert cli.err == ""


def test_what_was_recorded_replays_to_the_same_answer_without_the_model(cli: Cli, tmp_path: Path) -> None:
    tape = tmp_path / "new" / "tape.jsonl"
    with FakeServer(speech(turn("four"))) as server:
        settings = ("--model", "openai/fake-1", "--api-base", server.url, "--planner", "fixed")
        assert cli("run", "What is 2+2?", *settings, "--record", tape) == 0
        asked = len(server.requests)
    first = cli.out
    assert (first, asked) == ("four\n", 1)
    assert read_cassette(tape).header.run_id == cli.last_run
    assert cli("run", "What is 2+2?", "--planner", "fixed", "--replay", tape) == 0  # the server is gone
    assert cli.out == first


def test_a_recording_is_not_written_over(cli: Cli, cassette: Path) -> None:
    before = cassette.read_bytes()
    assert cli("run", GOAL, "--model", "openai/fake-1", "--record", cassette) == 1
    assert "holds the recording of" in cli.err
    assert cassette.read_bytes() == before


def test_attachments_and_verification_reach_the_run(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / "sales.csv"
    table.write_text("year,amount\n2024,42\n2025,54\n")
    tape = tmp_path / "tape.jsonl"
    record_run(tape, attach=[table], verifier=True)
    assert cli("run", GOAL, "--attach", table, "--verify", "--replay", tape) == 0
    assert "model for verify" in cli.err
    told = cli.json("show", cli.last_run)
    assert told["stages"]["verify"]["calls"] == 3


def test_a_budget_that_is_used_up_gives_what_there_is_and_code_3(cli: Cli, cassette: Path) -> None:
    assert cli("run", GOAL, "--replay", cassette, "--calls", "6") == 3
    assert "partial: " in cli.err
    assert "the budget of 6 calls is used up" in cli.err
    assert f"go on with: agentkit resume {cli.last_run} --home {cli.home}" in cli.err
    assert cli.out.strip(), "the best answer so far"


def test_a_run_without_any_answer_has_code_1(cli: Cli, tmp_path: Path) -> None:
    def give_up(request: ChatRequest) -> str:
        return turn(give_up="the figures are not there")

    tape = tmp_path / "tape.jsonl"
    record_run(tape, give_up, planner="fixed")
    assert cli("run", GOAL, "--planner", "fixed", "--replay", tape) == 1
    assert cli.out == ""
    assert "failed: " in cli.err and "the figures are not there" in cli.err


def test_a_run_that_waits_for_a_person_has_code_4_and_says_how_to_answer(cli: Cli, tmp_path: Path) -> None:
    tape = empty_cassette(tmp_path / "tape.jsonl")
    assert cli("run", "Choose a colour", "--planner", "fixed", "--worker", "human", "--replay", tape) == 4
    asked = re.search(r"question (q-\w{8}) \(for task\): Choose a colour", cli.err)
    assert asked is not None
    run = cli.last_run
    cli("show", run)
    line = f"agentkit resume {run} --answer '{asked[1]}=YOUR ANSWER' --home {cli.home}"
    assert line in cli.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", " "], "the task is empty (say what is to be done)"),
        (["run", "x", "--attach", "no.csv"], "no.csv: there is no such file (check the path)"),
        (["run", "x", "--worker", "resoning"], "no worker called 'resoning' (did you mean reasoning?)"),
        (["run", "x", "--planner", "decomposed"], "no planner called 'decomposed' (did you mean decompose?)"),
        (["run", "x", "--worker", "reasoning", "--worker", "reasoning"], "workers with names of their own"),
        (["run", "x", "--usd", "0"], "--usd: input should be greater than 0 (give a positive number)"),
        (["run", "x", "--usd", "nan"], "--usd: input should be a finite number"),
        (["run", "x", "--replay", "TAPE", "--model", "m"], "--replay with --model: a recording takes"),
        (["run", "x", "--colour"], "No such option"),
        (["run"], "Missing argument"),
        (["walk"], "No such command"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(
    cli: Cli, tmp_path: Path, arguments: list[str], told: str
) -> None:
    tape = str(empty_cassette(tmp_path / "tape.jsonl"))
    named = [tape if a == "TAPE" else a for a in arguments]
    if arguments[0] == "run" and "--replay" not in arguments:
        named += ["--replay", tape]
    assert cli(*named) == 2
    assert (cli.out, cli.err.count("\n")) == ("", 1)
    assert cli.err.startswith("agentkit: error: ")
    assert told in cli.err


def test_a_class_that_needs_more_than_a_name_is_no_use_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "picky.py").write_text("class Picky:\n    def __init__(self, colour): ...\n")
    tape = empty_cassette(tmp_path / "tape.jsonl")
    assert cli("run", "x", "--worker", "picky:Picky", "--replay", tape) == 2
    assert "--worker picky:Picky: it cannot be made by name alone" in cli.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--replay", "none.jsonl"], "none.jsonl: there is no such cassette"),
        (["--model", "local"], "AGENTKIT_LOCAL_MODEL is not set"),
        (["--api-base", "http://127.0.0.1:9/v1"], "http://127.0.0.1:9/v1: no model there: nobody answers"),
    ],
)
def test_a_model_that_is_not_there_is_one_line_and_code_1(cli: Cli, arguments: list[str], told: str) -> None:
    assert cli("run", "x", *arguments) == 1
    assert cli.err.startswith("agentkit: error: ")
    assert told in cli.err
    assert cli.err.count("\n") == 1


def test_a_missing_key_is_named_together_with_the_mend(cli: Cli) -> None:
    assert cli("run", "x", "--model", "openai/fake-1") == 1
    assert "OPENAI_API_KEY" in cli.err
    assert "Traceback" not in cli.err


def test_a_server_that_died_is_said_to_be_down(cli: Cli) -> None:
    with FakeServer() as server:
        address = server.url
    assert cli("run", "x", "--model", "openai/fake-1", "--api-base", address, "--seconds", "20") == 1
    assert "openai/fake-1: Connection" in cli.err
    assert "Traceback" not in cli.err


def test_a_home_that_is_no_folder_is_one_line_and_code_1(cli: Cli, cassette: Path, tmp_path: Path) -> None:
    cli.home = tmp_path / "file" / "home"
    (tmp_path / "file").write_text("")
    assert cli("run", GOAL, "--replay", cassette) == 1
    assert "the journal cannot be opened" in cli.err
    assert "(choose another folder with AGENTKIT_HOME)" in cli.err


def test_tracebacks_are_shown_only_on_request(cli: Cli) -> None:
    cli("run", "x", "--replay", "none.jsonl")
    assert "Traceback" not in cli.err
    assert cli("run", "x", "--replay", "none.jsonl", "--debug") == 1
    assert "Traceback" in cli.err and "CassetteError" in cli.err


def test_a_worker_s_own_mistake_is_a_line_too(cli: Cli, tmp_path: Path) -> None:
    source = "class Broken:\n    name, description, tools = 'broken', '', ()\n"
    source += "    async def run(self, assignment, context):\n        return {}['missing']\n"
    (tmp_path / "broken.py").write_text(source)
    tape = empty_cassette(tmp_path / "tape.jsonl")
    assert cli("run", "x", "--worker", "broken:Broken", "--planner", "fixed", "--replay", tape) == 1
    assert "agentkit: error: KeyError: 'missing' (run it again with --debug to see where)" in cli.err
    assert "what was done is kept" in cli.err
    assert "Traceback" not in cli.err


def test_a_plan_can_wait_for_approval(cli: Cli, tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    record_run(tape, approve_plan=True, answers={"Carry out this plan?": "yes"})
    assert [c.stage for c in read_cassette(tape).calls] == ["plan", *["work"] * 6]
    found = cli.json("run", GOAL, "--replay", tape, "--approve-plan")
    assert (cli.code, found["status"]) == (4, "waiting")
    (question,) = found["questions"]
    assert question["kind"] == "plan"
    assert "[both] Compare 2024 with 2025 (after old, new)" in question["detail"]
    assert cli("resume", found["run_id"], "--answer", f"{question['id']}=yes") == 0
    assert cli.out == f"{ANSWER}\n"
    assert [s["id"] for s in cli.json("show", found["run_id"])["plan"]["subtasks"]] == ["old", "new", "both"]


def test_the_run_s_setup_is_on_file_for_later(cli: Cli, cassette: Path) -> None:
    from agentkit.cli.home import journal_of

    cli("run", GOAL, "--replay", cassette, "--usd", "2")
    with journal_of(cli.home) as journal:
        config = json.loads(journal.run(cli.last_run).config)
    assert config["budget"]["usd"] == 2
    assert config["team"]["replay"] == str(cassette)
    assert config["team"]["workers"] == ["reasoning"]


def test_do_part_is_the_script_that_these_tests_count_on(cassette: Path) -> None:
    calls = read_cassette(cassette).calls
    assert [call.stage for call in calls] == ["work"] * 7, "nobody is asked for a plan"
    assert "split_task" in calls[0].completion.text
    assert do_part.__doc__
