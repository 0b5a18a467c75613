"""What the README shows works as it stands: its Python, its command lines, its picture."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.app import app, execute
from tests.models.fake_openai import FakeServer, Reply, speech


def worked(answer: str) -> Reply:
    return speech(json.dumps({"thought": "", "calls": [], "answer": answer, "give_up": ""}))


@pytest.fixture
def examples(root: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def carry_out(
    source: str, server: FakeServer, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> dict[str, Any]:
    """Run an example as a reader would, with this server as the model that is found."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AGENTKIT_MODEL", "openai/fake-1")
    monkeypatch.setenv("AGENTKIT_API_BASE", server.url)
    monkeypatch.setenv("AGENTKIT_PRICES", '{"openai/fake-1": {"prompt": 1, "completion": 2}}')
    names: dict[str, Any] = {"__name__": "example"}
    # Its annotations are strings in this module's way of compiling; a reader's are not.
    exec(compile(source, "README.md", "exec", dont_inherit=True), names)
    return names


def test_the_first_example_gives_an_answer_and_its_cost(
    examples: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sales.csv").write_text("region,amount\nnorth,10\nsouth,7\n")
    with FakeServer(worked("north; 3.5 % more")) as server:
        carry_out(examples[0], server, monkeypatch, tmp_path)

    assert len(server.requests) == 1, "one call does: the worker itself sees that it need not be split"
    assert capsys.readouterr().out == "answered north; 3.5 % more $0.0001\n"


def test_the_first_example_has_no_more_than_a_dozen_lines(examples: list[str]) -> None:
    assert len([line for line in examples[0].splitlines() if line.strip()]) <= 12


def test_the_workflow_waits_for_leave_and_is_a_graph(
    examples: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with FakeServer(worked("much"), worked("many")) as server:
        names = carry_out(examples[1], server, monkeypatch, tmp_path)

    assert names["result"].status == "waiting"
    assert [q.prompt for q in names["result"].questions] == ["Publish the digest?"]
    assert callable(names["graph"].ainvoke)


def test_the_benchmark_of_one_s_own_has_twenty_lines_and_works(
    examples: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = next(example for example in examples if "class Capitals" in example)
    assert len([line for line in source.splitlines() if line.strip()]) <= 20
    monkeypatch.chdir(tmp_path)
    (tmp_path / "capitals.py").write_text(source, encoding="utf-8")
    answers = [speech("Paris"), speech("Nairobi"), speech("Cusco")]
    with FakeServer(*answers) as server:
        command = ["eval", "capitals.py", "--agent", "capitals.py:hasty", "--out", "runs", "--parallel", "1"]
        assert execute([*command, "--model", "openai/fake-1", "--api-base", server.url]) == 0
    assert re.search(r"hasty +2/3", capsys.readouterr().out)


def test_every_command_that_it_names_exists(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"\bagentkit (run|runs|show|cancel|resume|doctor|demo|eval|compare|[a-z]+ RUN)", text)
    )
    known = {command.name for command in app.registered_commands}
    assert {name.split()[0] for name in named} <= known

    targets = set(re.findall(r"\bmake ([a-z]+)", text))
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_its_picture_and_its_links_are_there(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    local = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert local and all((root / link).exists() for link in local)
