"""Tells what became of a run: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from agentkit.cli.errors import EXIT_OF
from agentkit.cli.figures import cost_line, printable
from agentkit.result import Question, RunResult

__all__ = ["resume_line", "tell"]


def tell(result: RunResult, *, as_json: bool, home: Path | None = None, recorded: bool = False) -> int:
    """Print it; returns the exit code. `home` is given where it must be repeated to find the run again,
    and `recorded` where the words, and so the cost, come out of a recording."""
    if as_json:
        print(result.model_dump_json(indent=2, serialize_as_any=True))
        return EXIT_OF[result.status]
    if result.answer:
        _tell_answer(result.answer)
    if result.reason:
        _say(f"{result.status}: {result.reason}")
    for question in result.questions:
        _tell_question(question)
    _say(f"{'cost when recorded' if recorded else 'cost'}: {cost_line(result.usage, result.seconds)}")
    _tell_how_to_go_on(result, home)
    return EXIT_OF[result.status]


def resume_line(run_id: str, *more: str, home: Path | None = None) -> str:
    """The command that goes on with a run.

    >>> resume_line("r1", "--answer", "q-1=two days")
    "agentkit resume r1 --answer 'q-1=two days'"
    """
    place = ("--home", str(home)) if home is not None else ()
    return shlex.join(["agentkit", "resume", run_id, *more, *place])


def _tell_answer(answer: str) -> None:
    if sys.stderr.isatty() and sys.stdout.isatty():
        _say("")
    print(printable(answer) if sys.stdout.isatty() else answer, flush=True)
    if sys.stderr.isatty() and sys.stdout.isatty():
        _say("")


def _tell_question(question: Question) -> None:
    of = f" (for {question.subtask})" if question.subtask else ""
    _say(f"question {question.id}{of}: {printable(question.prompt)}")
    for line in printable(question.detail).splitlines():
        _say(f"    {line}")


def _tell_how_to_go_on(result: RunResult, home: Path | None) -> None:
    if result.status == "waiting":
        answers = [part for q in result.questions for part in ("--answer", f"{q.id}=YOUR ANSWER")]
        _say(f"answer with: {resume_line(result.run_id, *answers, home=home)}")
    elif result.status == "partial":
        _say(f"go on with: {resume_line(result.run_id, home=home)} (with a larger budget, if that was it)")
    elif result.status in ("failed", "cancelled"):
        _say(f"go on with: {resume_line(result.run_id, home=home)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
