"""What orchestration costs in tokens: the demonstration and ten small tasks, beside the bare model.

Replays the recordings in `cassettes/`, with all tools live. To make them
anew from a strong model behind an OpenAI-compatible endpoint:

    python tests/bench/ours_tokens.py --record --api-base URL --model ID --note "who answered"
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from measure import report
from small_tasks import SMALL_TASKS

from agentkit.budget import Usage
from agentkit.demo.job import demo_task
from agentkit.engine.workforce import Workforce
from agentkit.evals.agents import bare_request
from agentkit.models.cassette import CassetteWriter
from agentkit.models.litellm import LiteLLMModel
from agentkit.models.replay import RecordingModel, ReplayModel
from agentkit.protocols import ChatModel
from agentkit.task import Task

__all__: list[str] = []

HERE = Path(__file__).resolve().parent
CASSETTES = HERE / "cassettes"


@dataclass(frozen=True, slots=True)
class Job:
    """A task to be done both ways."""

    name: str
    goal: str
    files: Sequence[Path]
    expected: str

    def cassette(self, way: str) -> Path:
        """Where its recording lies."""
        return CASSETTES / f"{self.name}.{way}.jsonl"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one way of doing a job came to."""

    job: str
    way: str
    answer: str
    right: bool
    calls: int
    tokens: int
    stages: dict[str, int]


def jobs() -> list[Job]:
    """The demonstration first, then the small tasks."""
    demo = demo_task(side_by_side=False)  # whether to split is left to the team here
    main = Job("demo", demo.goal, [a.path for a in demo.attachments], _demo_answer())
    return [main, *(Job(t.name, t.goal, t.paths, t.answer) for t in SMALL_TASKS)]


def _demo_answer() -> str:
    """What the tests work out in plain Python."""
    sys.path.insert(0, str(HERE.parent / "demo"))
    return str(import_module("test_demo_answer").answer())


async def do(job: Job, way: str, model: ChatModel) -> Spent:
    """Do a job one way."""
    if way == "bare":
        completion = await model.complete(bare_request(Task.of(job.goal, job.files)))
        answer, usage, stages = completion.text.strip(), completion.usage, {"bare": completion.usage}
    else:
        with tempfile.TemporaryDirectory() as home:
            result = await Workforce(model=model, home=home).run(job.goal, job.files)
        answer, usage, stages = result.answer, result.usage, result.stages
    return Spent(job.name, way, answer, answer == job.expected, usage.calls, usage.tokens, _tokens(stages))


def _tokens(stages: dict[str, Usage]) -> dict[str, int]:
    return {stage: usage.tokens for stage, usage in stages.items()}


async def record(options: argparse.Namespace) -> None:
    """Record all jobs both ways, side by side; those that have a recording are left alone."""
    endpoint = LiteLLMModel(options.model, api_base=options.api_base, api_key="none", timeout=3600)

    async def one(job: Job, way: str) -> None:
        path = job.cassette(way)
        if path.exists():
            return
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        with CassetteWriter(part, endpoint.info, run_id=f"{job.name}-{way}", note=options.note) as writer:
            spent = await do(job, way, RecordingModel(endpoint, writer))
        part.rename(path)
        print(json.dumps(asdict(spent)), flush=True)

    chosen = [j for j in jobs() if not options.only or j.name in options.only]
    await asyncio.gather(*(one(job, way) for way in ("workforce", "bare") for job in chosen))


async def replay() -> list[Spent]:
    """All jobs both ways, from their recordings."""
    found = []
    for job in jobs():
        for way in ("workforce", "bare"):
            found.append(await do(job, way, ReplayModel(job.cassette(way))))
    return found


def figures(found: Sequence[Spent]) -> dict[str, float]:
    """The demonstration's and the small tasks' totals, both ways."""
    sums: dict[str, float] = {}
    for spent in found:
        kind = "demo" if spent.job == "demo" else "small"
        for key, value in (("calls", spent.calls), ("tokens", spent.tokens), ("right", spent.right)):
            name = f"{kind}_{spent.way}_{key}"
            sums[name] = sums.get(name, 0) + value
    return sums


def main() -> None:
    """Replay and report, or record."""
    parser = argparse.ArgumentParser(description="tokens by stage")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--api-base")
    parser.add_argument("--model", default="openai/model")
    parser.add_argument("--note", default="")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    if options.record:
        asyncio.run(record(options))
        return
    found = asyncio.run(replay())
    for spent in found:
        print(json.dumps(asdict(spent)))
    report("tokens", "ours", figures(found), ("agentkit",), _by_stage(found))


def _by_stage(found: Sequence[Spent]) -> str:
    """Tokens by stage, in a line for each job."""
    lines: list[Any] = []
    for spent in found:
        stages = ", ".join(f"{stage} {tokens}" for stage, tokens in spent.stages.items())
        lines.append(f"{spent.job} {spent.way}: {spent.calls} calls, {spent.tokens} tokens ({stages})")
    return "; ".join(lines)


if __name__ == "__main__":
    main()
