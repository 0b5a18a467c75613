"""Kills a run with SIGKILL at random moments, resumes it until it is done, and reports what was found.

    python killed_run.py FOLDER FIRST_SEED LAST_SEED

prints one line of JSON a seed. Sessions are forked, so that each costs no time for imports; nothing of
one is left in memory for the next.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.budget import Usage
from agentkit.engine.journal import Journal
from agentkit.engine.workforce import Workforce
from agentkit.messages import ChatRequest, Completion, ToolCall
from agentkit.plan import Plan, Subtask
from agentkit.planners.fixed import FixedPlanner
from agentkit.testing import FunctionModel
from agentkit.tools.tool import tool
from agentkit.workers.reasoning import ReasoningWorker

SUBTASKS = 30
CALLS = 2 * SUBTASKS + 1
"""Two for each subtask, and one for the answer."""

MOST_KILLS = 5


class Place:
    """The folder of one seed: the run's home, what the model did, what the tools did to the world."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.calls = folder / "calls.txt"
        self.payments = folder / "payments.txt"
        self.answer = folder / "answer.json"
        folder.mkdir(parents=True)
        self.calls.touch()
        self.payments.touch()

    def lines(self, file: Path) -> list[str]:
        return file.read_text().split()


def append(file: Path, line: str) -> None:
    """One write, so that a kill leaves the whole line or none of it."""
    with file.open("ab", buffering=0) as opened:
        opened.write(f"{line}\n".encode())


def random_plan(seed: int) -> Plan:
    chance = random.Random(seed)
    ids = [f"s{n}" for n in range(SUBTASKS)]
    return Plan(
        subtasks=tuple(
            Subtask(
                id=own, goal=f"part {own}", needs=tuple(chance.sample(ids[:n], min(n, chance.randint(0, 2))))
            )
            for n, own in enumerate(ids)
        )
    )


def team(place: Place, seed: int) -> Workforce:
    @tool
    async def look(name: str) -> str:
        """Look something up."""
        await asyncio.sleep(0.002)
        return f"seen {name}"

    async def was_paid(arguments: Mapping[str, Any]) -> str | None:
        paid = arguments["name"] in place.lines(place.payments)
        return f"paid {arguments['name']}" if paid else None

    @tool(repeatable=False, reconcile=was_paid)
    async def pay(name: str) -> str:
        """Pay somebody."""
        await asyncio.sleep(0.004)
        append(place.payments, name)
        await asyncio.sleep(0.004)
        return f"paid {name}"

    async def speak(request: ChatRequest) -> Completion:
        spoken = sum(m.role == "assistant" for m in request.messages)
        heard = "\n".join(m.content for m in request.messages)
        part = re.search(r"(?:Your part|is left): part (s\d+)", heard)
        name = part[1] if part else request.stage
        await asyncio.sleep(0.002 + int(digest(f"{name}{spoken}"), 16) % 10 / 1000)
        calls: tuple[ToolCall, ...] = ()
        if request.stage == "work" and spoken == 0:
            tools = ("look", "pay") if int(name[1:]) % 3 == 0 else ("look",)
            calls = tuple(ToolCall(id=t, name=t, arguments={"name": name}) for t in tools)
        append(place.calls, f"{name}/{spoken}")
        text = "" if calls else digest(heard)
        return Completion(text=text, tool_calls=calls, usage=Usage(calls=1, prompt_tokens=10))

    model = FunctionModel(speak, native_tools=True)
    workers = [ReasoningWorker(tools=[look, pay])]
    return Workforce(workers, planner=FixedPlanner(random_plan(seed)), model=model, home=place.home)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def session(place: Place, seed: int) -> None:
    """One process's part of the run: begin it, or go on with it."""
    runs = Journal(place.home / "journal.db").runs() if (place.home / "journal.db").exists() else []
    workforce = team(place, seed)
    going_on = workforce.resume(runs[0].id) if runs else workforce.run("everything")
    result = asyncio.run(going_on)
    place.answer.write_text(json.dumps([result.status, result.answer, result.usage.calls, result.reason]))


def fork(place: Place, seed: int) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            session(place, seed)
            code = 0
        finally:
            os._exit(code)
    return child


def on_file(place: Place) -> set[str]:
    """The model calls whose answers the journal has, named as the model names them."""
    if not (place.home / "journal.db").exists():
        return set()
    journal = Journal(place.home / "journal.db")
    found: Counter[str] = Counter()
    for run in journal.runs():
        for call in journal.calls(run.id):
            if call.kind == "model" and call.state == "done":
                # run/s7/reasoning#s7: the subtask, and within it the attempt
                found["compose" if call.name == "compose" else call.scope.split("/")[1]] += 1
    journal.close()
    return {f"{name}/{number}" for name, count in found.items() for number in range(count)}


def undisturbed(folder: Path, seed: int) -> Any:
    place = Place(folder)
    _, status = os.waitpid(fork(place, seed), 0)
    assert status == 0, "the run failed although nobody disturbed it"
    return json.loads(place.answer.read_text())


def kill_after(child: int, place: Place, calls: int, seconds: float) -> int:
    """Kill a session some time after so many model calls, unless it ends by itself before; how it ended."""
    while len(place.lines(place.calls)) < calls:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.001)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def experiment(folder: Path, seed: int) -> dict[str, Any]:
    wanted = undisturbed(folder / "undisturbed", seed)
    place, chance = Place(folder / "killed"), random.Random(seed)
    kills: list[int] = []
    again: set[str] = set()
    while not place.answer.exists():
        known, before = on_file(place), len(place.lines(place.calls))
        child = fork(place, seed)
        if len(kills) < MOST_KILLS:
            # The first strikes in any case: some calls are left by then, which take longer than the delay.
            moment = chance.randint(before, max(before, CALLS - 8))
            status = kill_after(child, place, moment, chance.uniform(0, 0.02))
            kills += [moment] if status == signal.SIGKILL else []
        else:
            status = os.waitpid(child, 0)[1]
        again |= known & set(place.lines(place.calls)[before:])
        assert status in (0, signal.SIGKILL), f"a session failed with status {status}"
    paid = Counter(place.lines(place.payments))
    return {
        "seed": seed,
        "kills": kills,
        "wanted": wanted,
        "got": json.loads(place.answer.read_text()),
        "asked_again": sorted(again),
        "paid_twice": sorted(name for name, times in paid.items() if times > 1),
        "paid": len(paid),
        "calls": len(place.lines(place.calls)),
    }


def main() -> None:
    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    # Imported once, here, rather than by every session.
    import langgraph.func
    import langgraph.graph  # noqa: F401

    import agentkit.engine.checkpoints  # noqa: F401

    for seed in range(first, last + 1):
        print(json.dumps(experiment(folder / str(seed), seed)), flush=True)


if __name__ == "__main__":
    main()
