"""Carries one sample to its record: tries, time limit, score, label. Whatever an agent does, there is one."""

from __future__ import annotations

import asyncio
import inspect
import random
import re
import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from agentkit.errors import AgentError, CassetteError
from agentkit.evals.answers import read_answer
from agentkit.evals.bench import Bench
from agentkit.evals.capture import printed_by_this_sample
from agentkit.evals.context import AgentContext
from agentkit.evals.ending import Ending, ending_of_answer, ending_of_error, words_of
from agentkit.evals.labels import label_of
from agentkit.evals.record import Fault, Outcome, Record
from agentkit.evals.recording import DriftingReplay
from agentkit.protocols import Benchmark
from agentkit.sample import Sample, Score

__all__ = ["carry_out", "run_id_of"]

GRACE = 5.0
"""Seconds that an agent has to stop once it is told to."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before the second try, doubled for each further one, and the longest pause."""


def run_id_of(sample_id: str, epoch: int) -> str:
    """Names a sample's run and its files: the id where a file may be called so, else close to it.

    >>> run_id_of("q-17", 1)
    'q-17-e1'
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", sample_id)[:60].strip("-.")
    if plain != sample_id:
        plain = f"{plain}-{blake2b(sample_id.encode(), digest_size=4).hexdigest()}".lstrip("-")
    return f"{plain}-e{epoch}"


@dataclass(frozen=True, slots=True)
class _Tried:
    """What all tries together came to."""

    ending: Ending
    tries: int
    seconds: float


async def carry_out(bench: Bench, sample: Sample, epoch: int, *, again: bool = False) -> Record | None:
    """The sample's record; None where the whole evaluation's budget ended it, so that it is not done.

    `again` is whether there is a record of it already, of an error that is to be mended by trying again.

    Raises what no other sample would be spared (a wrong key, a full disk).
    """
    draft = Record(
        sample=sample.id,
        epoch=epoch,
        digest=sample.digest,
        group=sample.group,
        tags=sample.tags,
        outcome="error",
        tries=0,
        finished_at=time.time(),
    )
    if sample.fault:
        fault = Fault(kind="sample", message=sample.fault)
        return draft.model_copy(update={"fault": fault, "reason": sample.fault})
    run_id = run_id_of(sample.id, epoch)
    try:
        model = bench.model_for(run_id)
    except CassetteError as error:
        ending = ending_of_error(error)
        return draft.model_copy(update={"fault": ending.fault, "reason": ending.reason})
    with printed_by_this_sample() as printed, bench.context(sample, epoch, run_id, model, again) as context:
        tried = await _try_all(bench, sample, context)
        if context.meter is not None and bench.is_whole(context.meter.refused_by):
            return None
        replay = model if isinstance(model, DriftingReplay) else None
        tried = _blamed_on_recording(tried, replay)
        score = await _judge(bench.benchmark, sample, tried.ending)
        figures = {"drift": replay.drift if replay else 0, "printed": printed.text}
        return _record(draft, sample, context, tried, score, figures)


async def _try_all(bench: Bench, sample: Sample, context: AgentContext) -> _Tried:
    """Try until it ends otherwise than by the infrastructure's fault, or often enough, or time is up."""
    tries, seconds, pause = 0, 0.0, FIRST_PAUSE
    while True:
        tries += 1
        left = None if bench.timeout is None else bench.timeout - seconds
        began = time.monotonic()
        ending = await _try(bench, sample, context, left)
        seconds += time.monotonic() - began
        in_time = bench.timeout is None or seconds < bench.timeout
        if not ending.may_be_tried_again or tries > bench.retries or not in_time:
            return _Tried(ending, tries, max(seconds, ending.answer.seconds or 0.0))
        wait = max(ending.retry_after, pause * (1 + random.random()) / 2)
        await bench.sleep(min(wait, LONGEST_PAUSE))
        context.rewind()
        pause *= 2


async def _try(bench: Bench, sample: Sample, context: AgentContext, seconds: float | None) -> Ending:
    """One try. What the agent raises is its ending; only cancellation and errors of all samples pass."""
    task = asyncio.ensure_future(_run(bench, sample, context))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _stop(task)
        context.finish("interrupted")
        raise
    if not done:
        stopped = await _stop(task)
        context.finish("partial", "its time was up")
        hanging = "" if stopped else ", and it did not stop when it was told to"
        if not stopped:
            bench.hanging.append(task)
        return Ending(limited=True, reason=f"no answer within {bench.timeout:g} seconds{hanging}")
    try:
        ending = ending_of_answer(read_answer(task.result()))
    except Exception as error:  # an agent is somebody else's program: its faults belong into its records
        context.finish("failed", words_of(error))
        return ending_of_error(error)
    context.finish("failed" if ending.fault else "answered", ending.reason)
    return ending


async def _run(bench: Bench, sample: Sample, context: AgentContext) -> Any:
    try:
        return await bench.agent.run(sample, context)
    except SystemExit as leave:
        raise AgentError(f"the agent ended the program (exit code {leave.code})") from leave


async def _stop(task: asyncio.Future[Any]) -> bool:
    """Cancel it; whether it ended within the time that is granted."""
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=GRACE)
    if done and not task.cancelled():
        task.exception()  # it had its say; nobody else asks for it
    return bool(done)


def _blamed_on_recording(tried: _Tried, replay: DriftingReplay | None) -> _Tried:
    """A recording without an answer is to blame for whatever became of the run that wanted one."""
    if replay is None or replay.missing is None or tried.ending.answer.text:
        return tried
    return _Tried(ending_of_error(replay.missing), tried.tries, tried.seconds)


async def _judge(benchmark: Benchmark, sample: Sample, ending: Ending) -> Score | Fault:
    """The score, or the fault of a scorer that could not give one."""
    try:
        score = benchmark.score(sample, ending.answer.text)
        if inspect.isawaitable(score):
            score = await score
    except Exception as error:  # a benchmark is somebody else's program too
        broken = ending_of_error(error).fault
        message = f"{type(error).__name__}: {words_of(error)}"
        return Fault(
            kind="scorer", type=type(error).__name__, message=message, where=broken.where if broken else ""
        )
    if not isinstance(score, Score):
        message = f"the benchmark's score() gave {type(score).__name__}, not a Score"
        return Fault(kind="scorer", message=message)
    return score


def _record(
    draft: Record,
    sample: Sample,
    context: AgentContext,
    tried: _Tried,
    score: Score | Fault,
    figures: dict[str, Any],
) -> Record:
    ending, found = tried.ending, context.figures()
    verdict = _verdict(sample, ending, score, last_tool_failed=found.last_tool_failed)
    usage = ending.answer.usage or found.usage
    if ending.answer.usage is None and context.meter is not None:
        usage += context.meter.lost
    return draft.model_copy(
        update={
            **verdict,
            "others": score.others if isinstance(score, Score) else {},
            "run_id": context.run_on_file(),
            "answer": ending.answer.text,
            "usage": usage,
            "stages": found.stages,
            "seconds": round(tried.seconds, 3),
            "steps": usage.calls if ending.answer.steps is None else ending.answer.steps,
            "tool_calls": found.tool_calls,
            "tool_errors": found.tool_errors,
            "tries": tried.tries,
            "withheld": context.screen.withheld if context.screen is not None else 0,
            "finished_at": time.time(),
            **figures,
        }
    )


def _verdict(
    sample: Sample, ending: Ending, score: Score | Fault, *, last_tool_failed: bool
) -> dict[str, Any]:
    """Outcome, score, label, fault and reason. A right answer is right whatever happened on the way."""
    if isinstance(score, Score) and score.value is not None and score.value >= 1:
        return {"outcome": "right", "score": score.value, "label": score.label}
    fault = ending.fault or (score if isinstance(score, Fault) else None)
    if fault is not None or isinstance(score, Fault):
        return {"outcome": "error", "fault": fault, "reason": ending.reason}
    if score.value is None:
        return {"outcome": "unscored", "reason": ending.reason}
    label = score.label or label_of(
        ending.answer.text,
        sample.target,
        limited=ending.limited,
        refused=ending.refused,
        last_tool_failed=last_tool_failed,
    )
    outcome: Outcome = "limit" if ending.limited else "wrong"
    return {"outcome": outcome, "score": score.value, "label": label, "reason": ending.reason}
