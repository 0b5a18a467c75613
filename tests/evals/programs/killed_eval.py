"""Kills an evaluation with SIGKILL at random moments and begins it again until it is done.

    python killed_eval.py FOLDER AGENT SEED

prints one line of JSON: what became of it, beside what an undisturbed evaluation gives. Sessions are
forked, so that each costs no time for imports; nothing of one is left in memory for the next.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentkit.budget import Usage
from agentkit.engine.journal import Journal
from agentkit.evals.folder import EvalFolder
from agentkit.evals.runner import evaluate
from agentkit.messages import ChatRequest, Completion, ToolCall
from agentkit.sample import Sample, Score
from agentkit.task import Task
from agentkit.testing import FunctionModel

SAMPLES = 500
PARALLEL = 20
KILLS = 10

VARYING = {"seconds", "finished_at"}
"""What no two evaluations have in common."""


class Sums:
    """Every seventh answer of the model is wrong, every eleventh sample is given up."""

    name = "sums"

    def samples(self, data: Path | None = None) -> Iterator[Sample]:
        for number in range(SAMPLES):
            yield Sample(id=f"s{number}", task=Task(goal=f"What is {number} + 1?"), target=str(number + 1))

    def score(self, sample: Sample, answer: str | None) -> Score:
        return Score(value=float(answer == sample.target))


def append(file: Path, line: str) -> None:
    """One write, so that a kill leaves the whole line or none of it."""
    with file.open("ab", buffering=0) as opened:
        opened.write(f"{line}\n".encode())


def model(calls: Path) -> FunctionModel:
    async def speak(request: ChatRequest) -> Completion:
        spoken = sum(m.role == "assistant" for m in request.messages)
        heard = "\n".join(m.content for m in request.messages)
        found = re.search(r"What is (\d+) \+ 1\?", heard)
        assert found is not None
        number = int(found[1])
        await asyncio.sleep(0.004 + number % 10 / 1000)
        wanted: tuple[ToolCall, ...] = ()
        if request.stage == "work" and spoken == 0:
            name = "give_up" if number % 11 == 5 else "calculate"
            arguments = {"why": "too hard"} if name == "give_up" else {"expression": f"{number} + 1"}
            wanted = (ToolCall(id="c", name=name, arguments=arguments),)
        append(calls, f"s{number}")
        text = "" if wanted else str(number + (1 if number % 7 else 2))
        return Completion(text=text, tool_calls=wanted, usage=Usage(calls=1, prompt_tokens=10))

    return FunctionModel(speak, native_tools=True)


class Place:
    """The folder of an evaluation and what the model did for it."""

    def __init__(self, folder: Path, agent: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.agent = folder, agent
        self.calls, self.done = folder / "calls.txt", folder / "done"
        self.calls.touch()
        self.evaluation = EvalFolder(folder / "out" / agent)

    def calls_made(self) -> list[str]:
        return self.calls.read_text().split()

    def records(self) -> dict[str, dict[str, Any]]:
        """What the records say, but for times."""
        found = {}
        for record in self.evaluation.records():
            line = record.model_dump(mode="json", exclude=VARYING)
            for usage in (line["usage"], *line["stages"].values()):
                del usage["seconds"]
            found[record.sample] = line
        return found

    def on_file(self) -> dict[str, float]:
        """The model calls whose answers the journal has, and when they were begun.

        One that was made again would have begun later, or stand there once more, which the usage in the
        record tells.
        """
        path = self.evaluation.runs / "journal.db"
        if not path.exists():
            return {}
        journal = Journal(path)
        found = {
            f"{run.id} {call.scope} {call.key} {call.nth}": call.started
            for run in journal.runs(limit=10 * SAMPLES)
            for call in journal.calls(run.id)
            if call.kind == "model"
        }
        journal.close()
        return found


def fork(place: Place) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            out = place.folder / "out"
            asyncio.run(
                evaluate(Sums(), place.agent, model=model(place.calls), parallel=PARALLEL, out=out, retries=0)
            )
            place.done.touch()
            code = 0
        finally:
            os._exit(code)
    return child


def kill_after(child: int, place: Place, calls: int, seconds: float) -> int:
    """Kill a session some time after so many model calls, unless it ends before; how it ended."""
    while place.calls.read_bytes().count(b"\n") < calls:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.002)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main() -> None:
    folder, agent, chance = Path(sys.argv[1]), sys.argv[2], random.Random(int(sys.argv[3]))
    import agentkit.engine.checkpoints  # noqa: F401  # once, not in every fork

    undisturbed, place = Place(folder / "undisturbed", agent), Place(folder / "killed", agent)
    assert os.waitpid(fork(undisturbed), 0)[1] == 0, "it failed although nobody disturbed it"
    whole = len(undisturbed.calls_made())
    kills, again = 0, set[str]()
    while not place.done.exists():
        known, before = place.on_file(), len(place.calls_made())
        child = fork(place)
        if kills < KILLS:
            moment = before + max(1, round((whole - before) * chance.uniform(0.02, 0.3)))
            status = kill_after(child, place, moment, chance.uniform(0, 0.02))
            kills += status == signal.SIGKILL
        else:
            status = os.waitpid(child, 0)[1]
        now = place.on_file()
        again |= {name for name, began in known.items() if now.get(name) != began}
        assert status in (0, signal.SIGKILL), f"a session failed with status {status}"
    wanted, got = undisturbed.records(), place.records()
    report = {
        "kills": kills,
        "records": len(got),
        "outcomes": Counter(line["outcome"] for line in got.values()),
        "different": sorted(name for name in wanted.keys() | got.keys() if wanted.get(name) != got.get(name)),
        "asked_again": sorted(again),
        "calls": len(place.calls_made()),
        "calls_undisturbed": whole,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
