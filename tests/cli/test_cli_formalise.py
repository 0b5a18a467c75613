"""`agentkit formalise`: a problem in words becomes a file that `agentkit solve` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.cli import main
from agentkit.messages import ChatRequest
from tests.cli.scripted import Cli, record_run
from tests.workers.optimization.desk import PRINTERS

PROBLEM = "A company makes color and plain printers. One machine handles at most 35 a day. Earn most."


def write_down(request: ChatRequest) -> str:
    return json.dumps({"formulation": PRINTERS, "assumed": ["all are sold"]})


def tape(folder: Path) -> Path:
    path = folder / "tape.jsonl"
    record_run(path, write_down, goal=PROBLEM, workers=("formalisation",), planner="whole")
    return path


def test_the_file_can_be_solved_without_a_model(
    cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "printers.yaml"

    assert cli("formalise", PROBLEM, "-o", out, "--replay", tape(tmp_path)) == 0
    assert "agentkit solve" in cli.err and "One machine handles at most 35 a day." in out.read_text()
    assert main(["solve", str(out)]) == 0
    assert "ANSWER: 5050" in capsys.readouterr().out


def test_a_file_that_is_there_is_not_written_over_unless_it_is_said(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "printers.yaml"
    out.write_text("mine", encoding="utf-8")

    assert cli("formalise", PROBLEM, "-o", out, "--replay", tape(tmp_path)) == 2
    assert out.read_text() == "mine" and "--force" in cli.err
    assert cli("formalise", PROBLEM, "-o", out, "--force", "--replay", tape(tmp_path)) == 0
    assert "variables" in out.read_text()
