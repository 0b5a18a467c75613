"""`agentkit eval`: measures agents on a benchmark, one after the other, and sets them side by side."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from agentkit.allocation.ledger import Ledger
from agentkit.cli.errors import OK
from agentkit.cli.eval_display import EvalDisplay, choose_eval_display
from agentkit.cli.eval_tables import print_tables, render_comparison, write_csv
from agentkit.cli.interrupts import InterruptedByUser, drive
from agentkit.cli.setup import budget_of
from agentkit.errors import UsageError
from agentkit.evals.agent_config import read_agent_config
from agentkit.evals.agents import Agent
from agentkit.evals.comparison import compare
from agentkit.evals.evaluation import EvalOptions, open_evaluation
from agentkit.evals.finding import default_agents, find_agent, find_benchmark
from agentkit.evals.runner import Evaluated, carry_evaluation
from agentkit.protocols import Benchmark

__all__ = ["EvalCommand", "eval_command", "run_evaluations"]

STOPPED = 3
"""The exit code of an evaluation that is not finished."""


@dataclass(frozen=True, slots=True)
class EvalCommand:
    """What the command line asks for."""

    benchmark: str
    agents: tuple[str, ...]
    configs: tuple[Path, ...]
    budget: Mapping[str, float | None]
    """Limits of everything together."""
    sample_budget: Mapping[str, float | None]
    """Limits of each sample."""
    options: EvalOptions
    csv: Path | None = None
    as_json: bool = False


def eval_command(given: Mapping[str, Any]) -> EvalCommand:
    """The command from the options by name, as the command line has them."""
    options = EvalOptions(
        data=given["data"],
        model=given["model"],
        api_base=given["api_base"],
        limit=given["limit"],
        sample_ids=tuple(name for name in (given["sample_ids"] or "").split(",") if name),
        seed=given["seed"],
        epochs=given["epochs"],
        parallel=given["parallel"],
        timeout=given["timeout"],
        retries=given["retries"],
        record=_place(given["record"]),
        note=given["note"],
        withhold_prompts=given["withhold_prompts"],
        replay=_place(given["replay"]),
        strict=given["strict"],
        resume=given["resume"],
        out=_place(given["out"]),
        home=given["home"],
    )
    return EvalCommand(
        benchmark=given["benchmark"] or "",
        agents=tuple(given["agent"] or ()),
        configs=tuple(given["config"] or ()),
        budget={name: given[name] for name in ("usd", "tokens", "seconds", "calls")},
        sample_budget={name: given[f"sample_{name}"] for name in ("usd", "tokens", "calls")},
        options=options,
        csv=_place(given["csv"]),
        as_json=given["as_json"],
    )


def _place(path: Path | None) -> Path | None:
    return path and path.expanduser().resolve()


def run_evaluations(command: EvalCommand) -> int:
    """Evaluate and print what came of it; returns the exit code. Raises what cannot even begin."""
    if not command.benchmark:
        raise UsageError("no benchmark is named", mend="name one, or list them with --list")
    benchmark = find_benchmark(command.benchmark)
    agents = _agents(command, benchmark)
    display = choose_eval_display(as_json=command.as_json)
    try:
        with display:
            done = drive(_evaluate_all(command, benchmark, agents, display))
    except InterruptedByUser as interruption:
        print("interrupted; the same command goes on with the rest", file=sys.stderr)
        return interruption.code
    return _tell(command, done)


def _agents(command: EvalCommand, benchmark: Benchmark) -> list[Agent]:
    """Those that are named, or the benchmark's own. Raises `UsageError` where two have the same name."""
    found = [find_agent(name) for name in command.agents]
    found += [read_agent_config(path).build() for path in command.configs]
    found = found or [find_agent(name) for name in default_agents(benchmark)]
    names = [agent.name for agent in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        mend = "give each a name of its own: name = … in its --config file"
        raise UsageError("two agents have the same name", where=", ".join(twice), mend=mend)
    return found


async def _evaluate_all(
    command: EvalCommand, benchmark: Benchmark, agents: Sequence[Agent], display: EvalDisplay
) -> list[Evaluated]:
    """All agents, each prepared before the first begins, out of one budget."""
    options: EvalOptions = {
        **command.options,
        "sample_budget": budget_of(command.sample_budget),
        "on_progress": display.show,
    }
    ledger = Ledger(budget_of(command.budget))
    done: list[Evaluated] = []
    async with AsyncExitStack() as stack:
        prepared = [
            await stack.enter_async_context(open_evaluation(benchmark, agent, **options)) for agent in agents
        ]
        for evaluation in prepared:  # what earlier sessions spent counts before anything more is spent
            ledger.root.child(evaluation.agent.name).add_spent(evaluation.rest.spent)
        for evaluation in prepared:
            done.append(await carry_evaluation(evaluation, ledger))
    if any(one.hanging for one in done):
        _leave(command, done)
    return done


def _leave(command: EvalCommand, done: Sequence[Evaluated]) -> NoReturn:
    """End the process from within: closing the event loop would wait for agents that never stop."""
    code = _tell(command, done)
    print("some agents did not stop when their time was up; leaving without them", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _tell(command: EvalCommand, done: Sequence[Evaluated]) -> int:
    """Print the tables, or JSON; returns the exit code."""
    folders = [one.folder for one in done]
    comparison = compare(folders)
    stopped = {one.folder.name: one.stopped for one in done if one.stopped}
    if command.csv is not None:
        write_csv(command.csv, folders)
    if command.as_json:
        told: dict[str, Any] = comparison.model_dump(mode="json")
        told |= {"folders": {f.name: str(f.path) for f in folders}, "stopped": stopped}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print_tables(render_comparison(comparison))
        for folder in folders:
            print(f"records: {folder.records_file}", file=sys.stderr)
        for name, why in stopped.items():
            print(f"{name} is not finished: {why}; the same command goes on", file=sys.stderr)
    return STOPPED if stopped else OK
