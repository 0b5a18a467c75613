"""`evaluate`: an agent on a benchmark, sample by sample, with a record of each that survives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Unpack

from agentkit.allocation.ledger import Ledger, Scope
from agentkit.budget import Budget
from agentkit.engine.store import OpenStore, Store
from agentkit.errors import UsageError
from agentkit.evals.bench import Bench
from agentkit.evals.capture import captured_output
from agentkit.evals.evaluation import EvalOptions, Evaluation, open_evaluation
from agentkit.evals.folder import EvalFolder
from agentkit.evals.record import Record
from agentkit.evals.record_file import RecordFile
from agentkit.evals.recording import Recorder
from agentkit.evals.sample_run import carry_out
from agentkit.evals.selection import distinct_samples
from agentkit.evals.summary import Summary, summarise
from agentkit.protocols import Benchmark
from agentkit.sample import Sample

__all__ = ["Evaluated", "carry_evaluation", "evaluate", "evaluate_sync"]

BATCH = 32
"""Samples that are read at a time, in a thread: reading may mean hashing large files."""

PARALLEL = 8
"""Samples at a time, where nobody says."""

UNREACHABLE = 10
"""After so many errors of the infrastructure in a row (or twice the samples at a time, if that is more) the
evaluation stops: whatever is down, the rest would only meet it too."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of an evaluation."""

    folder: EvalFolder
    summary: Summary
    stopped: str = ""
    """Why it ended before its end, where it did; the same command goes on."""
    hanging: int = 0
    """Agents that never stopped when their time was up: the event loop cannot be closed while they last."""


@dataclass(frozen=True, slots=True)
class _Job:
    sample: Sample
    epoch: int


async def evaluate(benchmark: str | Benchmark, agent: Any, **options: Unpack[EvalOptions]) -> Evaluated:
    """Have an agent answer a benchmark's samples, and score its answers.

    `benchmark` and `agent` are objects or what `agentkit eval` takes. What is done is on file in the
    folder `out`; called again with the same arguments, it goes on with the rest, and pays for nothing
    twice. An agent's errors are in its records. Raises `UsageError`, `TaskError`, `StoreError` and others
    for what cannot even begin, and what would hit every sample alike (a wrong key, a full disk).
    """
    async with open_evaluation(benchmark, agent, **options) as evaluation:
        return await carry_evaluation(evaluation)


def evaluate_sync(benchmark: str | Benchmark, agent: Any, **options: Unpack[EvalOptions]) -> Evaluated:
    """`evaluate` for programs without an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(evaluate(benchmark, agent, **options))
    what = "evaluate_sync was called where an event loop runs"
    raise UsageError(what, mend="use `await evaluate(…)` there")


async def carry_evaluation(evaluation: Evaluation, ledger: Ledger | None = None) -> Evaluated:
    """Carry a prepared evaluation out.

    A `ledger` that is shared with others limits them all together; it must know already what earlier
    sessions spent.
    """
    if ledger is None:
        ledger = Ledger(evaluation.options.get("budget") or Budget())
        ledger.root.child(evaluation.agent.name).add_spent(evaluation.rest.spent)
    pool = _Pool(evaluation, RecordFile(evaluation.folder.records_file))
    try:
        with captured_output():
            async with Store(evaluation.folder.runs).open() as store:
                scope = ledger.root.child(evaluation.agent.name)
                evaluation.tell()
                bench = _bench(evaluation, store, scope)
                await pool.run(bench)
    finally:
        await pool.records.close()
    summary = await asyncio.to_thread(_sum_up, evaluation)
    hanging = sum(not task.done() for task in bench.hanging)
    return Evaluated(evaluation.folder, summary, pool.stopped, hanging)


def _bench(evaluation: Evaluation, store: OpenStore, scope: Scope) -> Bench:
    options = evaluation.options
    record, replay = options.get("record"), options.get("replay")
    recorder = None
    if record:
        with_prompts = not options.get("withhold_prompts", False)
        name, note = evaluation.agent.name, options.get("note", "")
        recorder = Recorder(Path(record), name, note, with_prompts=with_prompts)
    return Bench(
        benchmark=evaluation.benchmark,
        agent=evaluation.agent,
        opened=store,
        scope=scope,
        model=evaluation.model,
        sample_budget=options.get("sample_budget"),
        timeout=options.get("timeout"),
        retries=options.get("retries", 2),
        recorder=recorder,
        replay=Path(replay) if replay and evaluation.agent.needs_model else None,
        strict=options.get("strict", False),
    )


@dataclass(slots=True)
class _Pool:
    """Workers that take samples until there are none, or something stops them all."""

    evaluation: Evaluation
    records: RecordFile
    stopped: str = ""
    _batch: list[_Job] = field(default_factory=list)
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _unreachable: int = 0

    async def run(self, bench: Bench) -> None:
        """Return when all is done, or `stopped` says why not. Raises what would hit every sample."""
        jobs = self._jobs()
        limit = asyncio.timeout(bench.scope.seconds_left())
        try:
            async with limit, asyncio.TaskGroup() as group:
                for _ in range(min(self._parallel, self.evaluation.progress.total)):
                    group.create_task(self._work(bench, jobs))
        except TimeoutError:
            if not limit.expired():
                raise
            self.stopped = str(bench.scope.out_of_time())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    @property
    def _parallel(self) -> int:
        return self.evaluation.options.get("parallel") or PARALLEL

    def _jobs(self) -> Iterator[_Job]:
        """What is left, the first epoch of all samples first."""
        chosen, rest = self.evaluation, self.evaluation.rest
        asked = {one.id for one in chosen.selection.asked}
        for epoch in range(1, chosen.selection.epochs + 1):
            for sample in distinct_samples(chosen.benchmark, chosen.choice.data):
                if sample.id in asked and rest.wants(sample.id, epoch):
                    yield _Job(sample, epoch)

    async def _take(self, jobs: Iterator[_Job]) -> _Job | None:
        async with self._taking:
            if not self._batch:
                self._batch = (await asyncio.to_thread(lambda: list(islice(jobs, BATCH))))[::-1]
            return self._batch.pop() if self._batch else None

    async def _work(self, bench: Bench, jobs: Iterator[_Job]) -> None:
        while not self.stopped and (job := await self._take(jobs)) is not None:
            again = (job.sample.id, job.epoch) in self.evaluation.rest.failed
            record = await carry_out(bench, job.sample, job.epoch, again=again)
            if record is None:
                self.stopped = self.stopped or "the budget of the whole evaluation is used up"
                return
            await self.records.append(record)
            self.evaluation.progress.add(record)
            self.evaluation.tell()
            self._watch(record)

    def _watch(self, record: Record) -> None:
        """Stop where nothing can be reached any more."""
        if record.fault is None or record.fault.kind != "infrastructure":
            self._unreachable = 0
            return
        self._unreachable += 1
        if not self.stopped and self._unreachable >= max(UNREACHABLE, 2 * self._parallel):
            self.stopped = f"{self._unreachable} samples in a row met this: {record.fault.message}"


def _sum_up(evaluation: Evaluation) -> Summary:
    submission = getattr(evaluation.benchmark, "submission", None)
    if submission is not None:
        evaluation.folder.write_submission(submission(_all_records(evaluation)))
    return summarise(evaluation.selection, evaluation.folder.records())


def _all_records(evaluation: Evaluation) -> Iterator[Record]:
    """The first epoch's record of every sample, in order; those without one are there without an answer."""
    asked = evaluation.selection.asked
    last = {r.sample: r for r in evaluation.folder.records() if r.epoch == 1}
    for one in asked:
        yield last.get(one.id) or Record(sample=one.id, digest=one.digest, outcome="wrong", tries=0)
