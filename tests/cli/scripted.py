"""What the tests of the command line share: cassettes of scripted models, and ways to call `agentkit`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli import main
from agentkit.cli.home import journal_of
from agentkit.engine.workforce import Workforce
from agentkit.messages import ChatRequest
from agentkit.models.cassette import CassetteWriter
from agentkit.models.replay import RecordingModel
from agentkit.protocols import AnswersQuestions, Price
from agentkit.result import Question
from agentkit.testing.models import FunctionModel

__all__ = [
    "ANSWER",
    "GOAL",
    "PLAN",
    "ROOT",
    "Cli",
    "agentkit_process",
    "do_part",
    "empty_cassette",
    "record_run",
    "turn",
    "write_slow_worker",
]

ROOT = Path(__file__).resolve().parents[2]
GOAL = "Compare the sales of both years"
ANSWER = "2025 sold 12 more"
PLAN = {
    "subtasks": [
        {"id": "old", "goal": "Sum 2024", "needs": [], "expects": "a figure"},
        {"id": "new", "goal": "Sum 2025", "needs": [], "expects": "a figure"},
        {"id": "both", "goal": "Compare 2024 with 2025", "needs": ["old", "new"], "expects": "a figure"},
    ]
}

PRICE = Price(prompt=1e-6, completion=2e-6)


def turn(answer: str = "", give_up: str = "", calls: Sequence[Mapping[str, Any]] = ()) -> str:
    """A worker's turn, in the form that models without native tools answer in."""
    return json.dumps({"thought": "", "calls": list(calls), "answer": answer, "give_up": give_up})


def do_part(request: ChatRequest) -> str:
    """A model that splits the goal in three, be it asked for a plan or left to tell by itself, counts with
    a tool, and answers with the last part."""
    told, asked = (message.content for message in request.messages[:2])
    if request.stage == "plan":
        return json.dumps(PLAN)
    if request.stage == "verify":
        return json.dumps({"accepted": True, "reason": ""})
    if "- split_task(" in told:
        return turn(calls=[{"tool": "split_task", "arguments": {"parts": PLAN["subtasks"]}}])
    if len(request.messages) == 2:
        return turn(calls=[{"tool": "calculate", "arguments": {"expression": "40 + 2"}}])
    return turn(ANSWER if "this last step is left" in asked else "42")


def record_run(
    path: Path,
    speak: Callable[[ChatRequest], str] = do_part,
    *,
    goal: str = GOAL,
    attach: Sequence[Path] = (),
    answers: Mapping[str, str] | None = None,
    **team: Any,
) -> None:
    """Make a cassette of this run, whose workforce must be set up as the test's. `answers` are those of
    people, by the first words of the question."""
    model = FunctionModel(speak, name="scripted", price=PRICE)
    with CassetteWriter(path, model.info, run_id="") as writer:
        force = Workforce(team.pop("workers", ("reasoning",)), **team, model=RecordingModel(model, writer))
        asyncio.run(force.run(goal, attach, home=path.parent / "recording", answer=_person(answers or {})))


def _person(answers: Mapping[str, str]) -> AnswersQuestions:
    async def answer(question: Question) -> str | None:
        return next((text for words, text in answers.items() if question.prompt.startswith(words)), None)

    return answer


def empty_cassette(path: Path) -> Path:
    """A recording in which no model said anything, for teams that need none."""
    CassetteWriter(path, FunctionModel(do_part, name="silent", price=PRICE).info, run_id="").close()
    return path


def write_slow_worker(folder: Path, seconds: float = 30.0) -> None:
    """A module `slow` with a worker `Slow` that takes its time: `--worker slow:Slow`."""
    source = f"""
    import asyncio
    from agentkit.result import WorkerResult

    class Slow:
        name, description, tools = "slow", "takes its time", ()

        async def run(self, assignment, context):
            await asyncio.sleep({seconds})
            return WorkerResult(answer="at last")
    """
    (folder / "slow.py").write_text(textwrap.dedent(source))


@dataclass
class Cli:
    """Calls `agentkit` in this process, with a home of its own."""

    home: Path
    capture: pytest.CaptureFixture[str]
    code: int = 0
    out: str = ""
    err: str = ""
    log: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, *arguments: object) -> int:
        """Carry out a command line; `out` and `err` hold what it printed. Returns the exit code."""
        line = [str(a) for a in arguments]
        self.log.append(tuple(line))
        self.capture.readouterr()
        self.code = main([*line, "--home", str(self.home)])
        self.out, self.err = self.capture.readouterr()
        return self.code

    def json(self, *arguments: object) -> Any:
        """What a command prints with `--json`."""
        self(*arguments, "--json")
        return json.loads(self.out)

    @property
    def last_run(self) -> str:
        """The id of the newest run."""
        with journal_of(self.home) as journal:
            return journal.runs()[0].id


def agentkit_process(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`agentkit` in a process of its own, in this folder."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-m", "agentkit.cli", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
