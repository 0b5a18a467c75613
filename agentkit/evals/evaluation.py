"""An evaluation before it begins: everything that can be wrong is found out before any money is spent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

from agentkit.budget import Budget, Usage
from agentkit.engine.store import open_journal
from agentkit.errors import CassetteError, UsageError
from agentkit.evals.agents import Agent
from agentkit.evals.config import EvalConfig
from agentkit.evals.finding import find_agent, find_benchmark
from agentkit.evals.folder import EvalFolder, Selection
from agentkit.evals.progress import EvalProgress
from agentkit.evals.record import Record
from agentkit.evals.recording import recorded_model
from agentkit.evals.sample_run import run_id_of
from agentkit.evals.selection import Choice, choose
from agentkit.models.find import build_model, find_model
from agentkit.protocols import Benchmark, ChatModel
from agentkit.settings import load_settings

__all__ = ["EvalOptions", "Evaluation", "Rest", "open_evaluation"]


class EvalOptions(TypedDict, total=False):
    """How an evaluation is done; all may be left out."""

    data: str | Path | None
    """The benchmark's data, where it does not bring its own."""
    model: str | ChatModel | None
    """Which model, by id or as an object; found as `agentkit doctor` tells where not given."""
    api_base: str | None
    """Address of an OpenAI-compatible server."""
    name: str | None
    """How the agent is called; its own name if not given."""
    limit: int | None
    """At most so many samples."""
    sample_ids: tuple[str, ...]
    """These samples only."""
    seed: int | None
    """Shuffles before the limit is applied."""
    epochs: int
    """How often each sample is asked (1)."""
    parallel: int | None
    """Samples at a time (8)."""
    budget: Budget
    """Hard limits of the whole evaluation; its seconds are those of this session."""
    sample_budget: Budget
    """Hard limits of each sample."""
    timeout: float | None
    """Seconds for each sample."""
    retries: int
    """Further tries at a sample after errors of the infrastructure (2)."""
    record: str | Path | None
    """A folder for cassettes, one a sample."""
    note: str
    """What the cassettes say of who answered."""
    withhold_prompts: bool
    """Whether the cassettes leave out what was asked: for data that may not be passed on."""
    replay: str | Path | None
    """A folder of cassettes that answer in the model's place."""
    strict: bool
    """Whether a prompt that is not the recorded one is an error."""
    resume: bool
    """Insist that there is something to go on with."""
    out: str | Path | None
    """The folder; each agent has one of its own in it."""
    home: str | Path | None
    """Where the folder is made if none is named (`.agentkit` where settings do not say otherwise)."""
    on_progress: Callable[[EvalProgress], None] | None
    """Called after every sample."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What earlier sessions left to be done, and what they spent."""

    done: Mapping[str, frozenset[int]]
    """Epochs that have a record, by sample id."""
    failed: frozenset[tuple[str, int]]
    """Samples and epochs whose record is of an error: they are tried again."""
    spent: Usage

    def wants(self, sample_id: str, epoch: int) -> bool:
        """Whether this is still to be asked."""
        return epoch not in self.done.get(sample_id, frozenset())


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One agent's evaluation, ready to be carried out."""

    folder: EvalFolder
    benchmark: Benchmark
    agent: Agent
    choice: Choice
    selection: Selection
    model: ChatModel | None
    options: EvalOptions
    rest: Rest
    progress: EvalProgress

    def tell(self) -> None:
        """Show how far it has come to whoever wants to know."""
        listener = self.options.get("on_progress")
        if listener is not None:
            listener(self.progress)


@asynccontextmanager
async def open_evaluation(
    benchmark: str | Benchmark, agent: Any, **options: Unpack[EvalOptions]
) -> AsyncIterator[Evaluation]:
    """Check and prepare everything; nothing is spent yet. Other processes are kept out meanwhile.

    Raises `UsageError`, `TaskError`, `StoreError`, `RunBusyError`, `CassetteError`, or an error of the
    model branch for what cannot be.
    """
    _check_figures(options)
    bench, who = find_benchmark(benchmark), find_agent(agent, name=options.get("name"))
    data = options.get("data")
    choice = Choice(
        data=Path(data).expanduser() if data else None,
        limit=options.get("limit"),
        ids=tuple(options.get("sample_ids", ())),
        seed=options.get("seed"),
        epochs=options.get("epochs", 1),
    )
    selection = await asyncio.to_thread(choose, bench, choice)
    model, config = await _set_up(bench, who, options)
    folder = _folder(config, options)
    if options.get("resume") and not folder.exists:
        mend = "leave --resume out to begin, or name the folder with --out"
        raise UsageError("there is nothing to go on with", where=str(folder.path), mend=mend)
    folder.claim()
    try:
        folder.adopt(config)
        progress = EvalProgress(who.name, len(selection.asked) * selection.epochs)
        rest = await asyncio.to_thread(_look_back, folder, selection, progress)
        if (record := options.get("record")) and not folder.records_file.exists():
            _check_empty(Path(record) / who.name)
        folder.write_selection(selection)
        yield Evaluation(folder, bench, who, choice, selection, model, options, rest, progress)
    finally:
        folder.release()


def _check_figures(options: EvalOptions) -> None:
    """Raises `UsageError` for figures that make no sense."""
    timeout, parallel, retries = options.get("timeout"), options.get("parallel"), options.get("retries", 0)
    if timeout is not None and not timeout > 0:
        raise UsageError(f"{timeout:g} seconds are no time", where="--timeout", mend="give a positive number")
    if parallel is not None and parallel < 1:
        raise UsageError("at least one sample goes on at a time", where="--parallel", mend="raise it")
    if retries < 0:
        raise UsageError("there cannot be fewer than no further tries", where="--retries", mend="raise it")


async def _set_up(
    benchmark: Benchmark, agent: Agent, options: EvalOptions
) -> tuple[ChatModel | None, EvalConfig]:
    """The model, where one is wanted, and the configuration."""
    replay, record = options.get("replay"), options.get("record")
    if replay and (given := [n for n, v in (("--model", options.get("model")), ("--record", record)) if v]):
        what = "a recording takes the model's place"
        raise UsageError(what, where=f"--replay with {given[0]}", mend="leave one of them out")
    model, name = None, ""
    if agent.needs_model and replay:
        name = recorded_model(Path(replay), agent.name).name
    elif agent.needs_model:
        model = await _model(agent, options)
        name = model.info.name
    config = EvalConfig(
        benchmark=benchmark.name,
        agent=agent.name,
        agent_setup=agent.setup,
        model=name,
        replayed=bool(replay),
        sample_budget=options.get("sample_budget") or Budget(),
        timeout=options.get("timeout"),
        seed=options.get("seed"),
    )
    return model, config


async def _model(agent: Agent, options: EvalOptions) -> ChatModel:
    wanted = options.get("model") or agent.model
    if wanted is not None and not isinstance(wanted, str):
        chosen: ChatModel = wanted
        return chosen
    settings = load_settings()
    return build_model(await find_model(settings, model=wanted, api_base=options.get("api_base")), settings)


def _folder(config: EvalConfig, options: EvalOptions) -> EvalFolder:
    out = options.get("out")
    if out:
        return EvalFolder(Path(out) / config.agent)
    home = Path(options.get("home") or load_settings().home)
    return EvalFolder(home / "evals" / f"{config.benchmark}-{config.agent}-{config.digest}")


def _look_back(folder: EvalFolder, selection: Selection, progress: EvalProgress) -> Rest:
    """What earlier sessions did of what is asked now. What ended in an error is asked again.

    Raises `UsageError` where a sample is no longer what was answered.
    """
    digests = {one.id: one.digest for one in selection.asked}
    last: dict[tuple[str, int], Record] = {}
    for record in folder.records():
        if record.sample in digests and record.digest != digests[record.sample]:
            mend = "put the old data back, or choose another folder with --out"
            what = f"the sample {record.sample!r} is no longer what was answered"
            raise UsageError(what, where=str(folder.path), mend=mend)
        # Only what is needed: there may be many of them.
        last[record.sample, record.epoch] = Record(
            sample=record.sample,
            epoch=record.epoch,
            digest=record.digest,
            outcome=record.outcome,
            usage=record.usage,
        )
    done: dict[str, set[int]] = {}
    failed = frozenset(key for key, record in last.items() if record.outcome == "error")
    spent = _spent_by_others(folder, last)
    for (sample, epoch), record in last.items():
        spent += record.usage
        if record.outcome != "error" and sample in digests and epoch <= selection.epochs:
            done.setdefault(sample, set()).add(epoch)
            progress.add(record, earlier=True)
    return Rest({sample: frozenset(epochs) for sample, epochs in done.items()}, failed, spent)


def _spent_by_others(folder: EvalFolder, recorded: Mapping[tuple[str, int], Record]) -> Usage:
    """What the runs cost that have no record, since they were cut off."""
    if not folder.runs.is_dir():
        return Usage()
    told = {run_id_of(sample, epoch) for sample, epoch in recorded}
    journal = open_journal(folder.runs)
    try:
        by_run = journal.spent_by_run().items()
    finally:
        journal.close()
    return sum((usage for run, usage in by_run if run.removesuffix(".direct") not in told), Usage())


def _check_empty(folder: Path) -> None:
    """Raises `CassetteError` where the recordings of a new evaluation would mix with those of another."""
    if next(folder.glob("*.jsonl"), None) is not None:
        mend = "record into another folder, or delete this one"
        raise CassetteError("it holds the recordings of another evaluation", where=str(folder), mend=mend)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"no cassettes can be written there: {error.strerror}"
        raise CassetteError(what, where=str(folder), mend="check the path and its permissions") from error
