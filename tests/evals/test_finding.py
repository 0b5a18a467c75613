"""Benchmarks and agents are found by name, by `module:Name`, in Python files, or are objects already."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from agentkit.engine.workflow import Workflow
from agentkit.errors import UnknownNameError, UsageError
from agentkit.evals.agents import BareAgent, BareToolsAgent, WorkforceAgent
from agentkit.evals.finding import default_agents, find_agent, find_benchmark
from agentkit.sample import Sample, Score
from agentkit.task import Task

Write = Callable[[str, str], Path]

SUMS = """
class Sums:
    name = "sums"
    def samples(self, data=None):
        return []
    def score(self, sample, answer):
        return None
"""

ADDER = """
class Adder:
    def run(self, sample):
        return "4"
"""


@pytest.fixture(autouse=True)
def _modules_as_they_were(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterable[None]:
    """Files of tests are imported from their own folder, and forgotten afterwards."""
    known = set(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    yield
    for name in set(sys.modules) - known:
        if name.startswith(("agentkit_user_", "mine")):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Makes a Python file."""

    def make(name: str, source: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return path

    return make


class Sums:
    """A benchmark."""

    name = "sums"

    def samples(self, data: Path | None = None) -> Iterable[Sample]:
        return [Sample(id="1", task=Task(goal="2 + 2"), target="4")]

    def score(self, sample: Sample, answer: str | None) -> Score:
        return Score(value=1)


class TestOurOwn:
    @pytest.mark.parametrize("name", ["gaia"])
    def test_benchmarks_have_names(self, name: str) -> None:
        assert find_benchmark(name).name == name

    @pytest.mark.parametrize(
        ("name", "kind"), [("bare", BareAgent), ("bare-tools", BareToolsAgent), ("workforce", WorkforceAgent)]
    )
    def test_agents_have_names(self, name: str, kind: type) -> None:
        agent = find_agent(name)
        assert isinstance(agent, kind)
        assert agent.name == name

    def test_an_agent_may_be_called_otherwise(self) -> None:
        assert find_agent("bare", name="small").name == "small"
        assert find_agent("bare").name == "bare"

    def test_a_name_that_nobody_has_is_told_with_what_may_be_meant(self) -> None:
        with pytest.raises(UnknownNameError, match="no agent called 'bare-tool'") as agent:
            find_agent("bare-tool")
        assert agent.value.mend == "did you mean bare-tools?"
        with pytest.raises(UnknownNameError, match="no benchmark called 'gaja'") as benchmark:
            find_benchmark("gaja")
        assert benchmark.value.mend == "did you mean gaia?"

    def test_an_agent_is_no_benchmark(self) -> None:
        with pytest.raises(UnknownNameError, match="no benchmark called 'bare'"):
            find_benchmark("bare")


class TestObjects:
    def test_a_benchmark_is_taken_as_it_is(self) -> None:
        sums = Sums()
        assert find_benchmark(sums) is sums

    def test_of_a_class_one_is_made(self) -> None:
        assert isinstance(find_benchmark(Sums), Sums)  # type: ignore[arg-type]  # a class
        assert isinstance(find_agent(BareAgent), BareAgent)

    @pytest.mark.parametrize("thing", [5, None, [Sums()], BareAgent(), "".join], ids=repr)
    def test_what_is_no_benchmark_is_refused(self, thing: Any) -> None:
        with pytest.raises(UsageError, match=r"is no benchmark \(it needs a name, samples"):
            find_benchmark(thing)

    def test_a_benchmark_without_a_name_is_refused(self) -> None:
        sums = Sums()
        sums.name = ""
        with pytest.raises(UsageError, match="the benchmark has no name"):
            find_benchmark(sums)

    def test_it_may_name_the_agents_that_are_compared_on_it(self) -> None:
        assert default_agents(Sums()) == ("bare", "workforce")
        own = Sums()
        vars(own)["agents"] = ("bare", "pair.py:agent")
        assert default_agents(own) == ("bare", "pair.py:agent")

    @pytest.mark.parametrize("names", [(), "bare", ("bare", ""), (BareAgent,), None], ids=repr)
    def test_what_are_no_names_is_refused(self, names: Any) -> None:
        own = Sums()
        vars(own)["agents"] = names
        with pytest.raises(UsageError, match="no names of agents"):
            default_agents(own)

    @pytest.mark.parametrize("thing", [5, None, [], object, object()], ids=str)
    def test_what_is_no_agent_is_refused(self, thing: Any) -> None:
        with pytest.raises(UsageError, match=r"is no agent .*async def agent"):
            find_agent(thing)

    def test_a_class_that_wants_arguments_is_refused(self) -> None:
        class Wants(Sums):
            def __init__(self, folder: str) -> None:
                self.folder = folder

            def run(self, sample: Sample) -> str:
                return ""

        wanted: Any = Wants
        for find in (find_benchmark, find_agent):
            with pytest.raises(UsageError, match="Wants cannot be made without arguments") as caught:
                find(wanted)
            assert "'folder'" in caught.value.what
            assert "name an object of it instead" in caught.value.mend

    def test_a_mistake_within_a_class_is_seen_as_such(self) -> None:
        class Broken(Sums):
            def __init__(self) -> None:
                raise TypeError("a mistake of its own")

        broken: Any = Broken
        with pytest.raises(TypeError, match="a mistake of its own"):
            find_benchmark(broken)


class TestModules:
    def test_a_module_of_the_user_s_own_lies_where_they_are(self, write: Write) -> None:
        write("mine_bench.py", f"{SUMS}\nready = Sums()\n")
        assert find_benchmark("mine_bench:Sums").name == "sums"
        assert find_benchmark("mine_bench:ready").name == "sums"

    def test_packages_have_dots(self, write: Write) -> None:
        write("mine/__init__.py", "")
        write("mine/deep.py", f"{ADDER}\ndef add(sample): return '4'\n")
        assert find_agent("mine.deep:Adder").name == "Adder"
        assert find_agent("mine.deep:add").name == "add"

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("mine_nothing:Sums", "there is no module mine_nothing"),
            ("mine_bench:Sum", "module mine_bench has no 'Sum'"),
            ("mine bench:Sums", "a path has the form package.module:Name"),
            (":Sums", "a path has the form package.module:Name"),
        ],
    )
    def test_what_is_not_there_is_said(self, write: Write, name: str, said: str) -> None:
        write("mine_bench.py", SUMS)
        with pytest.raises(UnknownNameError) as caught:
            find_benchmark(name)
        assert said in str(caught.value)

    def test_a_module_that_is_missing_further_down_is_its_own_mistake(self, write: Write) -> None:
        write("mine_broken.py", "import mine_missing\n")
        with pytest.raises(ModuleNotFoundError, match="mine_missing"):
            find_agent("mine_broken:agent")


class TestFiles:
    def test_the_only_benchmark_in_a_file_is_it(self, write: Write) -> None:
        path = write("bench.py", f"from agentkit.envs.gaia import Gaia\n{SUMS}\ndef helper(): pass\n")
        assert find_benchmark(str(path)).name == "sums"

    def test_the_only_agent_in_a_file_is_it(self, write: Write) -> None:
        path = write("solve.py", f"import subprocess\nfrom agentkit import Workforce, tool\n{ADDER}")
        assert find_agent(str(path)).name == "Adder"

    def test_a_function_must_be_called_agent_to_be_found_without_a_name(self, write: Write) -> None:
        path = write("solve.py", "def helper(sample): pass\nasync def agent(sample): return '4'\n")
        assert find_agent(str(path)).name == "agent"
        with pytest.raises(UsageError, match="there is no agent in it"):
            find_agent(str(write("other.py", "def solve(sample): return '4'\n")))

    @pytest.mark.parametrize(
        "source",
        [
            "from agentkit import Workforce\nteam = Workforce()\n",
            "from agentkit import Workforce\nagent = Workforce()\n",
            "from agentkit.evals.agents import BareToolsAgent\nmine = BareToolsAgent()\n",
            f"{ADDER}\nagent = Adder()\n",
            f"{ADDER}\nagent = Adder().run\n",
            f"{SUMS}{ADDER}",
            f"_hidden = None\n{ADDER}\n_other = Adder()\n",
        ],
    )
    def test_objects_are_agents_too(self, write: Write, source: str) -> None:
        assert find_agent(str(write("solve.py", source)))

    def test_a_workflow_is_one(self, write: Write) -> None:
        source = """
            from agentkit import WorkflowContext, workflow

            @workflow
            async def solve(ctx: WorkflowContext, task: str) -> str:
                return task
        """
        path = write("flow.py", source)
        assert find_agent(str(path)).name == "solve"
        assert find_agent(f"{path}:solve").name == "solve"
        assert isinstance(sys.modules["agentkit_user_flow"].solve, Workflow)

    def test_one_of_several_is_named_after_a_colon(self, write: Write) -> None:
        path = write(
            "solve.py", f"{ADDER}\nclass Other(Adder):\n    name = 'other'\ndef f(sample): return ''\n"
        )
        assert find_agent(f"{path}:Other").name == "other"
        assert find_agent(f"{path}:f").name == "f"
        with pytest.raises(
            UsageError, match="several things in it could be the agent: Adder, Other"
        ) as caught:
            find_agent(str(path))
        assert (caught.value.where, caught.value.mend) == (str(path), f"name it: {path}:NAME")

    def test_of_several_the_one_that_is_called_so_is_it(self, write: Write) -> None:
        path = write("both.py", f"{SUMS}\nclass More(Sums):\n    name = 'more'\nbenchmark = More()\n")
        assert find_benchmark(str(path)).name == "more"

    def test_without_any_it_says_so(self, write: Write) -> None:
        path = write("bench.py", "from agentkit.envs.gaia import Gaia\nname = 'sums'\n")
        for find, kind in ((find_benchmark, "benchmark"), (find_agent, "agent")):
            with pytest.raises(UsageError, match=f"there is no {kind} in it") as caught:
                find(str(path))
            assert caught.value.mend == f"name it: {path}:NAME"

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        for name in ("nothing.py", f"{tmp_path}/nothing.py:Sums", f"{tmp_path}/.py"):
            with pytest.raises(UnknownNameError, match="there is no such file"):
                find_benchmark(name)

    def test_a_name_that_is_not_in_the_file_is_told(self, write: Write) -> None:
        path = write("bench.py", SUMS)
        with pytest.raises(UnknownNameError, match=f"{path} defines nothing of this name"):
            find_benchmark(f"{path}:Sum")

    def test_what_is_named_must_be_one(self, write: Write) -> None:
        path = write("bench.py", f"{SUMS}\nnumber = 5\n")
        with pytest.raises(UsageError, match="int is no benchmark") as caught:
            find_benchmark(f"{path}:number")
        assert caught.value.where == f"{path}:number"
        with pytest.raises(UsageError, match="int is no agent"):
            find_agent(f"{path}:number")

    def test_relative_paths_and_the_home_folder_will_do(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("deep/bench.py", SUMS)
        assert find_benchmark("deep/bench.py").name == "sums"
        monkeypatch.setenv("HOME", str(tmp_path))
        assert find_benchmark("~/deep/bench.py:Sums").name == "sums"

    def test_it_may_import_its_neighbours(self, write: Write) -> None:
        write("deep/mine_neighbour.py", SUMS)
        path = write(
            "deep/bench.py", "from mine_neighbour import Sums\nclass More(Sums):\n    name = 'more'\n"
        )
        assert find_benchmark(str(path)).name == "more"

    def test_files_of_the_same_name_are_told_apart(self, write: Write) -> None:
        first, second = write("a/bench.py", SUMS), write("b/bench.py", SUMS.replace('"sums"', '"other"'))
        assert (find_benchmark(str(first)).name, find_benchmark(str(second)).name) == ("sums", "other")

    def test_a_mistake_in_the_file_is_seen_as_such(self, write: Write) -> None:
        with pytest.raises(ZeroDivisionError):
            find_benchmark(str(write("bench.py", "1 / 0\n")))
        with pytest.raises(SyntaxError):
            find_benchmark(str(write("worse.py", "def\n")))


class TestFunctions:
    @pytest.mark.parametrize(
        "source",
        [
            "lambda: ''",
            "lambda sample, context, more: ''",
            "lambda *, sample: ''",
            "lambda sample, context, *, more: ''",
        ],
    )
    def test_wrong_signatures_are_refused_with_the_right_ones(self, source: str) -> None:
        with pytest.raises(UsageError, match=r"an agent cannot be called as f\(") as caught:
            find_agent(eval(source), name="wrong")
        assert caught.value.mend == "write it as f(sample) or f(sample, context)"

    def test_so_are_those_of_a_method(self) -> None:
        class Wrong:
            def run(self) -> str:
                return ""

        with pytest.raises(UsageError, match=r"f\(\)") as caught:
            find_agent(Wrong())
        assert caught.value.where == "Wrong"

    @pytest.mark.parametrize(
        "source",
        [
            "lambda sample: ''",
            "lambda sample, context: ''",
            "lambda sample, depth=3: ''",
            "lambda *all: ''",
            "lambda sample, *, depth=3: ''",
        ],
    )
    def test_right_ones_are_taken(self, source: str) -> None:
        assert find_agent(eval(source), name="right").name == "right"


class TestNames:
    @pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "../up", "a\0b"])
    def test_a_name_that_no_folder_may_have_is_refused(self, name: str) -> None:
        with pytest.raises(UsageError, match="an agent cannot be called") as caught:
            find_agent(lambda sample: "", name=name)
        assert caught.value.mend == "give it a name that a folder may have"

    def test_so_is_one_of_its_own(self) -> None:
        class Deep:
            name = "org/deep"

            def run(self, sample: Sample) -> str:
                return ""

        with pytest.raises(UsageError, match="an agent cannot be called 'org/deep'"):
            find_agent(Deep())
        assert find_agent(Deep(), name="deep").name == "deep"

    @pytest.mark.parametrize("name", ["a b", "été", ".hidden", "v1.2", "<lambda>", "a\\b"])
    def test_others_are_taken(self, name: str) -> None:
        assert find_agent(lambda sample: "", name=name).name == name
