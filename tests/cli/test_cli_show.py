"""`agentkit runs` and `agentkit show`: what the journal tells of runs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.scripted import ANSWER, GOAL, Cli, empty_cassette


def test_runs_are_listed_newest_first(cli: Cli, cassette: Path, tmp_path: Path) -> None:
    tape = empty_cassette(tmp_path / "tape.jsonl")
    cli("run", GOAL, "--replay", cassette)
    cli("run", "Choose", "--planner", "fixed", "--worker", "human", "--replay", tape)
    found = cli.json("runs")
    assert [(r["goal"], r["state"]) for r in found] == [("Choose", "waiting"), (GOAL, "answered")]
    assert found[1]["cost"].startswith("$0.00") and found[1]["usage"]["calls"] == 7
    assert 0 <= found[1]["age"] < 60


def test_the_table_of_runs_has_a_line_each(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    assert cli("runs") == 0
    heading, line = cli.out.splitlines()
    assert heading.split() == ["run", "state", "age", "cost", "goal"]
    assert line.split()[:2] == [cli.last_run, "answered"]
    assert line.rstrip().endswith(GOAL)


def test_the_list_can_be_cut(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    cli("run", GOAL, "--replay", cassette)
    assert len(cli.json("runs", "--limit", "1")) == 1


def test_no_runs_are_no_error(cli: Cli) -> None:
    assert cli.json("runs") == []
    assert cli("runs") == 0
    assert "there are no runs in" in cli.err


def test_show_tells_the_plan_the_answer_and_the_cost_by_stage(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    assert cli("show", cli.last_run) == 0
    lines = [line.rstrip() for line in cli.out.splitlines()]
    assert lines[0] == f"run {cli.last_run}: answered"
    assert lines[1] == GOAL
    both = next(line for line in lines if "✓ task.both" in line)
    assert "✓ task.both  Compare 2024 with 2025" in both
    assert "reasoning · " in both and " tokens · $0.00" in both
    assert ANSWER in lines
    assert [line.split()[:2] for line in lines if line.startswith(("plan", "work", "all"))] == [
        ["work", "7"],
        ["all", "7"],
    ]


def test_show_as_json_has_every_subtask(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    told = cli.json("show", cli.last_run)
    assert (told["state"], told["answer"], len(told["plan"]["subtasks"])) == ("answered", ANSWER, 3)
    by_id = {s["id"]: s for s in told["subtasks"]}
    assert by_id["task.both"]["needs"] == ["task.old", "task.new"]
    old = by_id["task.old"]
    assert (old["state"], old["worker"], old["answer"]) == ("done", "reasoning", "42")
    assert old["usage"]["calls"] == 2
    assert "calls" not in told


def test_show_lists_calls_on_request(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    calls = cli.json("show", cli.last_run, "--calls")["calls"]
    kinds = [(c["kind"], c["name"]) for c in calls]
    assert kinds[0] == ("model", "work") and "split_task" in calls[0]["response"]["text"]
    assert kinds.count(("model", "work")) == 7 and kinds.count(("tool", "calculate")) == 3
    tool = next(c for c in calls if c["kind"] == "tool")
    assert (tool["request"], tool["response"]["text"]) == ({"expression": "40 + 2"}, "42")
    cli("show", cli.last_run, "--calls")
    assert sum("tool calculate" in line and "→ 42" in line for line in cli.out.splitlines()) == 3


def test_show_draws_the_plan_as_a_chart(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    assert cli("show", cli.last_run, "--mermaid") == 0
    assert cli.out.startswith("flowchart TD\n")
    assert "class s2 done" in cli.out


def test_what_waits_is_marked_and_its_questions_are_told(cli: Cli, tmp_path: Path) -> None:
    tape = empty_cassette(tmp_path / "tape.jsonl")
    cli("run", "Choose a colour", "--planner", "fixed", "--worker", "human", "--replay", tape)
    told = cli.json("show", cli.last_run)
    assert (told["state"], told["subtasks"][0]["state"]) == ("waiting", "waiting")
    (question,) = told["questions"]
    cli("show", cli.last_run)
    assert f"question {question['id']}: Choose a colour" in cli.out


def test_a_run_that_failed_says_why(cli: Cli, tmp_path: Path) -> None:
    tape = empty_cassette(tmp_path / "tape.jsonl")
    cli("run", "x", "--planner", "fixed", "--replay", tape)
    run = cli.last_run
    assert cli.json("show", run)["state"] == "failed"
    cli("show", run)
    assert "nothing was recorded for the stage work" in cli.out


def test_an_unknown_run_is_one_line(cli: Cli, cassette: Path) -> None:
    cli("run", GOAL, "--replay", cassette)
    for command in ("show", "cancel"):
        assert cli(command, "nope") == 1
        assert "there is no run 'nope'" in cli.err and cli.err.count("\n") == 1


def test_a_damaged_home_is_one_line(cli: Cli) -> None:
    cli.home.mkdir()
    (cli.home / "journal.db").write_text("this is no database, and long enough to be taken for one" * 50)
    assert cli("runs") == 1
    assert "the journal cannot be opened" in cli.err and cli.err.count("\n") == 1
