"""Runs the benchmarks, each program in a process of its own, and prints a table.

From the repository's root: `python -m tests.bench [NAME...] [--no-peers] [--all] [--json FILE]`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contestants import HERE, OURS, Contestant, SetupError, peers, prepare
from figures import BENCHES, Bench
from machine import describe
from rich.console import Console
from table import Results, render

__all__ = ["Session", "command", "main", "parse_line"]

PROGRAM_SECONDS = 900
"""A program that takes longer is taken to hang."""


class ProgramError(Exception):
    """Raised when a program fails or prints no figures; the text says why."""


@dataclass
class Session:
    """What was measured, and what could not be."""

    console: Console
    results: Results = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def measure(self, who: Contestant, benches: Sequence[Bench]) -> None:
        """Run a contestant's programs one after the other; what fails is noted, and the rest goes on."""
        commands = {bench: made for bench in benches if (made := command(bench, who))}
        if not commands:
            return
        try:
            with self.console.status(f"{who.title}: environment"):
                prepare(who)
        except SetupError as error:
            self.failures.append(f"{who.title} could not be installed: {error}")
            return
        for bench, made in commands.items():
            try:
                with self.console.status(f"{who.title}: {bench.name}"):
                    self.results[bench.name, who.name] = run_program(made, who)
            except ProgramError as error:
                self.failures.append(f"{bench.name}, {who.title}: failed: {error}")


def command(bench: Bench, who: Contestant) -> list[str] | None:
    """What to run; None where the contestant does not take part."""
    if bench.name == "import":
        if not who.statement:
            return None
        return [str(who.python), str(HERE / "import_cost.py"), who.name, who.statement, *who.packages]
    program = HERE / f"{who.name}_{bench.name}.py"
    return [str(who.python), str(program)] if program.exists() else None


def run_program(made: list[str], who: Contestant) -> dict[str, Any]:
    """Run it in an empty folder and return the line that it printed."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | who.env
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                made,
                env=env,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=PROGRAM_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ProgramError(f"no figures within {PROGRAM_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ProgramError(lines[-1] if lines else f"exit status {done.returncode}")
    return parse_line(done.stdout)


def parse_line(output: str) -> dict[str, Any]:
    """The last line of JSON among what a program printed."""
    for text in reversed(output.splitlines()):
        if text.startswith('{"bench"'):
            line: dict[str, Any] = json.loads(text)
            return line
    raise ProgramError("it printed no figures")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    names = [bench.name for bench in BENCHES]
    made = argparse.ArgumentParser(prog="python -m tests.bench", description="agentkit beside its peers")
    made.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(names)}; all by default")
    made.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="measure them too")
    made.add_argument("--all", action="store_true", help="the peers that take much disk as well")
    made.add_argument("--json", type=Path, metavar="FILE", help="write what was measured there")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; 1 if a program of ours failed."""
    cli = parser()
    options = cli.parse_args(arguments)
    if unknown := set(options.names) - {bench.name for bench in BENCHES}:
        cli.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    benches = [bench for bench in BENCHES if not options.names or bench.name in options.names]
    rivals = [peer for peer in peers() if options.all or not peer.optional] if options.peers else []
    columns = [OURS, *rivals]
    machine = describe()
    session = Session(Console())
    for who in columns:
        session.measure(who, benches)
    session.console.print(render(machine, benches, columns, session.results, session.failures))
    if options.json:
        measured = {"machine": machine, "runs": list(session.results.values()), "failures": session.failures}
        options.json.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    mine = [bench.name for bench in benches if command(bench, OURS)]
    return int(any((name, OURS.name) not in session.results for name in mine))


if __name__ == "__main__":
    raise SystemExit(main())
