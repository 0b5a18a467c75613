"""An agent described in a TOML file: every field does something, and every mistake is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import SettingsError, UnknownNameError, UsageError
from agentkit.evals.agent_config import AgentConfig, read_agent_config
from agentkit.evals.agents import Agent, BareAgent, WorkforceAgent

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Makes such a file."""

    def make(text: str) -> Path:
        path = tmp_path / "agent.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return make


def built(path: Path) -> Agent:
    return read_agent_config(path).build()


class TestFields:
    def test_an_empty_file_is_the_usual_team(self, write: Write) -> None:
        agent = built(write(""))
        assert isinstance(agent, WorkforceAgent)
        assert (agent.name, agent.model, agent.needs_model) == ("workforce", None, True)
        assert agent.setup == {
            **{"workers": ["reasoning"], "planner": "decompose"},
            **{"verify": False, "max_replans": 2},
        }

    @pytest.mark.parametrize(
        ("line", "setup"),
        [
            ('workers = ["reasoning", "human"]', {"workers": ["reasoning", "human"]}),
            ('planner = "whole"', {"planner": "whole"}),
            ("verify = true", {"verify": True}),
            ("max_replans = 0", {"max_replans": 0}),
        ],
    )
    def test_fields_of_teams_reach_the_team(self, write: Write, line: str, setup: dict[str, Any]) -> None:
        usual = built(write("")).setup
        assert built(write(line)).setup == {**usual, **setup}

    def test_agent_says_which_one(self, write: Write) -> None:
        agent = built(write('agent = "bare"'))
        assert isinstance(agent, BareAgent) and agent.name == "bare"
        assert built(write('agent = "bare-tools"')).name == "bare-tools"
        assert built(write('agent = "workforce"\nverify = true')).setup["verify"]

    def test_an_agent_may_lie_in_a_python_file(self, write: Write, tmp_path: Path) -> None:
        (tmp_path / "solve.py").write_text("def agent(sample): return '4'\n")
        assert built(write(f"agent = '{tmp_path}/solve.py'")).name == "agent"
        assert built(write(f"agent = '{tmp_path}/solve.py:agent'\nname = 'four'")).name == "four"

    @pytest.mark.parametrize("agent", ["workforce", "bare", "bare-tools"])
    def test_name_and_model_are_taken(self, write: Write, agent: str) -> None:
        config = f'agent = "{agent}"\nname = "mine"\nmodel = "openai/small"'
        assert (built(write(config)).name, built(write(config)).model) == ("mine", "openai/small")

    def test_all_fields_are_known(self) -> None:
        assert set(AgentConfig.model_fields) == {
            *("agent", "name", "model", "workers", "planner", "verify", "max_replans")
        }

    def test_a_tilde_is_the_home_folder(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write('name = "mine"')
        monkeypatch.setenv("HOME", str(tmp_path))
        assert read_agent_config(Path("~/agent.toml")).name == "mine"


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('agents = "bare"', "agents: Extra inputs are not permitted"),
            ("[team]\nworkers = []", "team: Extra inputs are not permitted"),
            ('workers = "reasoning"', "workers: Input should be a valid tuple"),
            ("workers = [1]", "workers.0: Input should be a valid string"),
            ("planner = 3", "planner: Input should be a valid string"),
            ('verify = "maybe"', "verify: Input should be a valid boolean"),
            ("max_replans = -1", "max_replans: Input should be greater than or equal to 0"),
            ("max_replans = 1.5", "max_replans: Input should be a valid integer"),
            ("model = []", "model: Input should be a valid string"),
        ],
    )
    def test_a_field_that_is_wrong_is_named_with_those_that_there_are(
        self, write: Write, text: str, said: str
    ) -> None:
        path = write(text)
        with pytest.raises(SettingsError) as caught:
            read_agent_config(path)
        assert said in caught.value.what
        assert caught.value.where == str(path)
        assert caught.value.mend == (
            "its fields are: agent, name, model, workers, planner, verify, max_replans"
        )

    @pytest.mark.parametrize(
        ("text", "line"), [("agent = bare", 1), ('name = "a"\nname = "b"\n', 2), ("\n\n= 3", 3)]
    )
    def test_syntax_that_is_wrong_is_named_by_its_line(self, write: Write, text: str, line: int) -> None:
        path = write(text)
        with pytest.raises(SettingsError, match=f"at line {line}") as caught:
            read_agent_config(path)
        assert (caught.value.where, caught.value.mend) == (str(path), "mend the file's syntax")

    def test_so_is_a_file_that_is_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "agent.toml"
        path.write_bytes(b"\xff\xfe")
        with pytest.raises(SettingsError, match="can't decode byte"):
            read_agent_config(path)

    def test_so_is_one_that_is_missing_or_a_folder(self, tmp_path: Path) -> None:
        for path, said in ((tmp_path / "nothing.toml", "No such file"), (tmp_path, "Is a directory")):
            with pytest.raises(SettingsError, match=f"it cannot be read: {said}") as caught:
                read_agent_config(path)
            assert (caught.value.where, caught.value.mend) == (str(path), "check the path")

    @pytest.mark.parametrize(
        "line", ['workers = ["human"]', 'planner = "whole"', "verify = false", "max_replans = 1"]
    )
    def test_what_only_teams_have_is_refused_for_others(self, write: Write, line: str) -> None:
        path = write(f'agent = "bare"\n{line}')
        with pytest.raises(SettingsError) as caught:
            read_agent_config(path)
        assert caught.value.what == f"{line.split(' ')[0]} says nothing to the agent 'bare'"
        assert caught.value.mend == "leave it out, or set agent to workforce"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('agent = "bar"', "no agent called 'bar'"),
            ('workers = ["reasonin"]', "no worker called 'reasonin'"),
            ('planner = "hole"', "no planner called 'hole'"),
        ],
    )
    def test_names_that_nobody_has_are_found_out_when_it_is_built(
        self, write: Write, text: str, said: str
    ) -> None:
        with pytest.raises(UnknownNameError, match=said):
            built(write(text))

    @pytest.mark.parametrize("workers", ["[]", '["reasoning", "reasoning"]'])
    def test_so_is_a_team_that_cannot_be(self, write: Write, workers: str) -> None:
        with pytest.raises(UsageError, match="a team needs workers with names of their own"):
            built(write(f"workers = {workers}"))
