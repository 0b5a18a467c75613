"""`agentkit eval --list`: which benchmarks and agents there are, and which samples a benchmark has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.scripted import Cli

BENCH = '''
"""Questions about animals."""
from agentkit.sample import Sample, Score
from agentkit.task import Task

LONG = "Which animal is the largest? " + "Say its name. " * 20


class Animals:
    """Questions about animals.

    More about them.
    """

    name = "animals"

    def samples(self, data=None):
        yield Sample(id="a", task=Task(goal="How many legs\\n  has an ant?"), target="6")
        yield Sample(id="whale", task=Task(goal=LONG), tags={"level": "2", "area": "sea"})
        yield Sample(id="odd", task=Task(goal="Look at the picture."), fault="the picture is missing")
        yield Sample(id="a", task=Task(goal="Again?"))
        if data is not None:
            yield Sample(id="data", task=Task(goal=data.read_text()))

    def score(self, sample, answer):
        return Score(value=0)
'''

EMPTY = """
class Nothing:
    name = "nothing"

    def samples(self, data=None):
        return []

    def score(self, sample, answer):
        return None
"""


@pytest.fixture(autouse=True)
def _benchmarks() -> None:
    Path("animals.py").write_text(BENCH)
    Path("nothing.py").write_text(EMPTY)


def test_benchmarks_come_before_agents_each_with_its_first_line(cli: Cli) -> None:
    found = cli.json("eval", "--list")
    assert cli.code == 0
    kinds = [one["kind"] for one in found]
    assert kinds == ["benchmark"] * kinds.count("benchmark") + ["agent"] * kinds.count("agent")
    by_name = {one["name"]: one for one in found}
    assert by_name["gaia"]["kind"] == "benchmark"
    assert by_name["gaia"]["about"].startswith("The benchmark, read from the files")
    assert by_name["bare"] == {
        **{"name": "bare", "kind": "agent"},
        **{"about": "The model asked once, with everything in its prompt."},
    }
    assert {"bare", "bare-tools", "workforce"} <= set(by_name)


def test_for_people_they_are_a_table(cli: Cli) -> None:
    assert cli("eval", "--list") == 0
    lines = cli.out.splitlines()
    assert "bare        agent  The model asked once, with everything in its prompt." in lines
    assert cli.err == ""


def test_a_benchmark_s_samples_are_listed_with_tags_and_question(cli: Cli) -> None:
    found = cli.json("eval", "animals.py", "--list")
    assert cli.code == 0
    assert [one["id"] for one in found] == ["a", "whale", "odd", "a#2"]
    assert found[0] == {"id": "a", "tags": "", "about": "How many legs has an ant?"}
    assert found[1]["tags"] == "area=sea level=2"


def test_a_long_question_is_cut(cli: Cli) -> None:
    (whale,) = [one for one in cli.json("eval", "animals.py", "--list") if one["id"] == "whale"]
    assert whale["about"].startswith("Which animal is the largest? Say its name.")
    assert whale["about"].endswith("…") and len(whale["about"]) == 100


def test_what_cannot_be_asked_says_why(cli: Cli) -> None:
    about = {one["id"]: one["about"] for one in cli.json("eval", "animals.py", "--list")}
    assert about["odd"] == "cannot be asked: the picture is missing"
    assert about["a#2"].startswith("cannot be asked: the id 'a' occurs more than once")


def test_the_table_of_samples_is_aligned(cli: Cli) -> None:
    assert cli("eval", "animals.py:Animals", "--list") == 0
    lines = cli.out.splitlines()
    assert lines[0] == "a        How many legs has an ant?"
    assert lines[1].startswith("whale  area=sea level=2  Which animal")


def test_data_reach_the_benchmark(cli: Cli) -> None:
    Path("data.txt").write_text("From the data?")
    found = cli.json("eval", "animals.py", "--list", "--data", "data.txt")
    assert found[-1]["about"] == "From the data?"


def test_a_benchmark_without_samples_has_an_empty_list(cli: Cli) -> None:
    assert cli.json("eval", "nothing.py", "--list") == []
    assert cli("eval", "nothing.py", "--list") == 0
    assert cli.out == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gaja", "there is no benchmark called 'gaja' (did you mean gaia?)"),
        ("missing.py", "there is no such file"),
        ("animals.py:Plants", "animals.py defines nothing of this name"),
    ],
)
def test_a_benchmark_that_is_not_there_is_wrong_usage(cli: Cli, name: str, said: str) -> None:
    assert cli("eval", name, "--list") == 2
    assert said in cli.err and cli.out == ""
    assert cli.err.count("\n") == 1


def test_data_that_are_not_there_are_wrong_usage(cli: Cli) -> None:
    assert cli("eval", "gaia", "--list", "--data", "nowhere") == 2
    assert "nowhere" in cli.err


def test_nothing_is_evaluated_or_written(cli: Cli) -> None:
    assert cli("eval", "animals.py", "--list", "--agent", "no-such-agent") == 0
    assert {path.name for path in Path().iterdir()} - {"__pycache__"} == {"animals.py", "nothing.py"}
