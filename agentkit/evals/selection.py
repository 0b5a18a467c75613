"""Which samples are asked: all of a benchmark's, some by name, or some drawn by a seed."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from agentkit.errors import TaskError, UsageError
from agentkit.evals.folder import Asked, Selection
from agentkit.protocols import Benchmark
from agentkit.sample import Sample

__all__ = ["Choice", "choose", "distinct_samples"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user wants of a benchmark."""

    data: Path | None = None
    """The benchmark's data, where it does not bring its own."""
    limit: int | None = None
    """At most so many samples."""
    ids: tuple[str, ...] = ()
    """These samples; none named stands for all."""
    seed: int | None = None
    """Shuffles before the limit is applied, the same way for the same seed."""
    epochs: int = 1
    """How often each is asked."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise UsageError("there must be at least one sample to ask", where="--limit", mend="raise it")
        if self.epochs < 1:
            raise UsageError("each sample is asked at least once", where="--epochs", mend="raise it")


def distinct_samples(benchmark: Benchmark, data: Path | None) -> Iterator[Sample]:
    """The benchmark's samples. One whose id was there before gets another id, and a fault that says so."""
    seen: Counter[str] = Counter()
    for sample in benchmark.samples(data):
        if not isinstance(sample, Sample):
            what = f"it yields {type(sample).__name__}, not samples"
            mend = "have its method samples() yield agentkit.Sample objects"
            raise UsageError(what, where=f"benchmark {benchmark.name}", mend=mend)
        name = sample.id
        while name in seen:
            seen[sample.id] += 1
            name = f"{sample.id}#{seen[sample.id]}"
        seen[name] = 1
        if name != sample.id:
            twice = f"the id {sample.id!r} occurs more than once; give every sample its own"
            sample = sample.model_copy(update={"id": name, "fault": sample.fault or twice})
        yield sample


def choose(benchmark: Benchmark, choice: Choice) -> Selection:
    """What is to be answered, in the benchmark's order.

    Raises `TaskError` where the benchmark has nothing to ask, and `UsageError` for ids that it does not
    have.
    """
    known = [_asked(sample) for sample in distinct_samples(benchmark, choice.data)]
    if not known:
        where = f"benchmark {benchmark.name}" + (f", {choice.data}" if choice.data else "")
        raise TaskError("it yields no samples", where=where, mend="check --data")
    places = list(range(len(known)))
    if choice.ids:
        _check_ids(choice.ids, [asked.id for asked in known])
        wanted = set(choice.ids)
        places = [place for place in places if known[place].id in wanted]
    if choice.seed is not None:
        # Only the method whose numbers never change with Python.
        chance = Random(choice.seed)
        draws = {known[place].id: chance.random() for place in range(len(known))}
        places.sort(key=lambda place: draws[known[place].id])
    places = sorted(places[: choice.limit])
    return Selection(tuple(known[place] for place in places), choice.epochs)


def _asked(sample: Sample) -> Asked:
    return Asked(sample.id, sample.digest, sample.group, tuple(sorted(sample.tags.items())))


def _check_ids(wanted: Sequence[str], known: Sequence[str]) -> None:
    there = set(known)
    missing = [name for name in wanted if name not in there]
    if missing:
        close = difflib.get_close_matches(missing[0], known, n=1)
        mend = f"did you mean {close[0]}?" if close else "list them with --list"
        raise UsageError(f"there are no samples {', '.join(missing[:5])}", where="--sample-ids", mend=mend)
