"""What the records of one evaluation amount to.

The denominator is fixed: all samples that were asked for, times the epochs. A missing record is "unanswered"
and counts as nothing. Only unscored records, whose answers nobody knows, leave numerator and denominator.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import fmean

from pydantic import Field

from agentkit.budget import Usage
from agentkit.evals.folder import Asked, Selection
from agentkit.evals.record import Outcome, Record
from agentkit.evals.statistics import (
    Estimate,
    Interval,
    clustered_wilson,
    mean_estimate,
    pass_at_k,
    pass_hat_k,
    wilson,
)
from agentkit.frozen import Frozen

__all__ = [
    "Key",
    "Means",
    "Part",
    "Point",
    "Spent",
    "Summary",
    "clusters_of",
    "read_points",
    "summarise",
    "summarise_points",
]

Key = tuple[str, int]
"""A sample's id and the epoch."""

_SUMMED = ("seconds", "tool_calls", "tool_errors", "drift", "withheld")
"""What a summary only adds up."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A `Usage` in a few bytes: there is one for every stage of every sample."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    usd: float
    unpriced_calls: int
    seconds: float

    @classmethod
    def of(cls, usage: Usage) -> Spent:
        """The same amounts."""
        return cls(*(getattr(usage, field.name) for field in fields(cls)))

    @classmethod
    def total(cls, amounts: Sequence[Spent]) -> Usage:
        """What they add up to."""
        return Usage(**{f.name: sum(getattr(a, f.name) for a in amounts) for f in fields(cls)})


@dataclass(frozen=True, slots=True)
class Point:
    """What figures need of a record: all but its words, so that many of them fit into memory."""

    outcome: Outcome
    value: float
    others: Mapping[str, float]
    label: str
    fault: str
    spent: Spent
    stages: Mapping[str, Spent]
    seconds: float
    steps: int
    tool_calls: int
    tool_errors: int
    tries: int
    drift: int
    withheld: int

    @classmethod
    def of(cls, record: Record) -> Point:
        """That of this record."""
        return cls(
            outcome=record.outcome,
            value=record.value,
            others={sys.intern(name): value for name, value in record.others.items()},
            label=sys.intern(record.label),
            fault=record.fault.kind if record.fault else "",
            spent=Spent.of(record.usage),
            stages={sys.intern(stage): Spent.of(usage) for stage, usage in record.stages.items()},
            seconds=record.seconds,
            steps=record.steps,
            tool_calls=record.tool_calls,
            tool_errors=record.tool_errors,
            tries=record.tries,
            drift=record.drift,
            withheld=record.withheld,
        )

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.spent.prompt_tokens + self.spent.completion_tokens


class Part(Frozen):
    """How right some of the samples are."""

    n: int
    """How many count: samples times epochs, unanswered ones too, but no unscored ones."""
    right: int
    """How many of them are right."""
    accuracy: float | None
    """`right / n`; None where there is nothing to tell it by."""
    interval: Interval | None
    """Its 95 % interval: Wilson's; with several epochs Wilson's clustered by sample."""
    calls: float | None = None
    """Model calls for one sample in one epoch, on average over those that there are records of."""
    tokens: float | None = None
    """Tokens, sent and received together, likewise."""


class Means(Frozen):
    """What one sample took in one epoch, on average over those that there are records of, with 95 %
    intervals. Each is None where there is no record."""

    usd: Estimate | None
    """US dollars; a lower bound while the summary's `usage.unpriced_calls` is not 0."""
    tokens: Estimate | None
    """Tokens, sent and received together."""
    completion_tokens: Estimate | None
    """Tokens received."""
    calls: Estimate | None
    """Model calls."""
    seconds: Estimate | None
    """Wall-clock seconds."""
    steps: Estimate | None
    """Turns of workers."""


class Summary(Frozen):
    """An evaluation in figures."""

    samples: int
    """How many samples were asked for."""
    epochs: int
    """How often each of them."""
    total: int
    """`samples * epochs`: the fixed denominator."""
    right: int
    """How many have a score of 1."""
    wrong: int
    """How many were answered with less than that, or not answered by the agent."""
    error: int
    """How many broke."""
    limit: int
    """How many ran out of time or budget."""
    unscored: int
    """How many have an answer that nobody can judge; they are left out of accuracy and score."""
    unanswered: int
    """How many have no record; they count as not right."""
    score: float | None
    """The mean score; differs from accuracy where answers can be partly right."""
    others: dict[str, float] = Field(default_factory=dict)
    """The means of the benchmark's further scores by name, with the same denominator: what broke or is
    missing counts as 0. None of them where nothing could be judged."""
    accuracy: float | None
    """The share that is right: `right / (total - unscored)`. None where nothing could be judged."""
    interval: Interval | None
    """Its 95 % interval: Wilson's; with several epochs Wilson's clustered by sample."""
    interval_by_group: Interval | None
    """The 95 % interval clustered by group; None where there are not at least two groups."""
    by_tag: dict[str, dict[str, Part]] = Field(default_factory=dict)
    """Accuracy by tag, and by the tag's value."""
    labels: dict[str, int] = Field(default_factory=dict)
    """How often each kind of failure occurred, the commonest first."""
    faults: dict[str, int] = Field(default_factory=dict)
    """The errors by whose fault they are, the commonest first."""
    pass_at: dict[int, float] = Field(default_factory=dict)
    """pass@k by k: how likely one of k tries is right, on average. Only with several epochs."""
    pass_all: dict[int, float] = Field(default_factory=dict)
    """pass^k by k: how likely all of k tries are right, on average. Only with several epochs."""
    means: Means
    """What a sample took."""
    usage: Usage
    """What all of it cost; `unpriced_calls` says how many calls `usd` does not cover."""
    stages: dict[str, Usage] = Field(default_factory=dict)
    """The same by stage."""
    seconds: float
    """Wall-clock seconds, all samples one after the other."""
    tool_calls: int
    """Tool calls made."""
    tool_errors: int
    """Those of them that failed."""
    drift: int
    """Model calls that a recording answered although their prompt is no longer the recorded one."""
    withheld: int
    """Tool calls and results that the benchmark's screen held back."""
    retried: int
    """How many records took more than one try."""


def summarise(selection: Selection, records: Iterable[Record]) -> Summary:
    """What these records amount to. They are read once and not kept."""
    return summarise_points(selection, read_points(selection, records))


def read_points(selection: Selection, records: Iterable[Record]) -> dict[Key, Point]:
    """What counts of the records: those of samples and epochs that were asked for, as they were asked. Of
    several of the same sample and epoch the last one counts."""
    digests = {asked.id: asked.digest for asked in selection.asked}
    return {
        (record.sample, record.epoch): Point.of(record)
        for record in records
        if digests.get(record.sample) == record.digest and record.epoch <= selection.epochs
    }


def summarise_points(selection: Selection, points: Mapping[Key, Point]) -> Summary:
    """The same for points that were read before."""
    cells = _cells(selection, points)
    found = [cell.point for cell in cells if cell.point is not None]
    outcomes = Counter(cell.outcome for cell in cells)
    whole = _part(cells, selection.epochs)
    judged = whole.accuracy is not None
    return Summary(
        samples=len(selection.asked),
        epochs=selection.epochs,
        total=len(cells),
        right=outcomes["right"],
        wrong=outcomes["wrong"],
        error=outcomes["error"],
        limit=outcomes["limit"],
        unscored=outcomes["unscored"],
        unanswered=outcomes["unanswered"],
        score=sum(point.value for point in found) / whole.n if judged else None,
        others=_others(found, whole.n) if judged else {},
        accuracy=whole.accuracy,
        interval=whole.interval,
        interval_by_group=_interval_by_group(cells) if judged else None,
        by_tag=_by_tag(cells, selection.epochs),
        labels=dict(Counter(point.label for point in found if point.label).most_common()),
        faults=dict(Counter(point.fault for point in found if point.fault).most_common()),
        pass_at=_chances(cells, selection.epochs, pass_at_k),
        pass_all=_chances(cells, selection.epochs, pass_hat_k),
        means=_means(cells),
        usage=Spent.total([point.spent for point in found]),
        stages=_stages(found),
        retried=sum(point.tries > 1 for point in found),
        **{name: sum(getattr(point, name) for point in found) for name in _SUMMED},
    )


def clusters_of(asked: Iterable[Asked]) -> list[Hashable] | None:
    """The group of each sample; one without a group is a cluster of its own. None where there are not at
    least two groups, since nothing is clustered by them then.

    >>> clusters_of([Asked("1", "", group="a"), Asked("2", "", group="b"), Asked("3", "")])
    [('a', 0), ('b', 0), ('3', 1)]
    """
    every = list(asked)
    if len({one.group for one in every} - {""}) < 2:
        return None
    return [(one.group, 0) if one.group else (one.id, 1) for one in every]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A sample in one epoch, and what there is of it."""

    asked: Asked
    point: Point | None

    @property
    def outcome(self) -> str:
        return self.point.outcome if self.point else "unanswered"

    @property
    def right(self) -> float:
        return float(self.outcome == "right")


def _cells(selection: Selection, points: Mapping[Key, Point]) -> list[_Cell]:
    epochs = range(1, selection.epochs + 1)
    return [_Cell(asked, points.get((asked.id, epoch))) for asked in selection.asked for epoch in epochs]


def _judged(cells: Iterable[_Cell]) -> list[_Cell]:
    return [cell for cell in cells if cell.outcome != "unscored"]


def _part(cells: Sequence[_Cell], epochs: int) -> Part:
    counted = _judged(cells)
    points = [cell.point for cell in cells if cell.point is not None]
    costs: dict[str, float] = {}
    if points:
        costs["calls"] = sum(point.spent.calls for point in points) / len(points)
        costs["tokens"] = sum(point.tokens for point in points) / len(points)
    right = [cell.right for cell in counted]
    n, hits = len(counted), int(sum(right))
    judged = any(cell.outcome in ("right", "wrong") for cell in counted)
    # Where some are unscored and none is right or wrong, the benchmark keeps its answers to itself. What
    # broke or is missing is no reason to speak of an accuracy of 0 then.
    if not n or (n < len(cells) and not judged):
        return Part(n=n, right=hits, accuracy=None, interval=None, **costs)
    if epochs == 1:
        interval = wilson(hits, n)
    else:
        interval = clustered_wilson(right, [cell.asked.id for cell in counted])
    return Part(n=n, right=hits, accuracy=hits / n, interval=interval, **costs)


def _others(points: Sequence[Point], n: int) -> dict[str, float]:
    judged = [point for point in points if point.outcome != "unscored"]
    names = sorted({name for point in judged for name in point.others})
    return {name: sum(point.others.get(name, 0.0) for point in judged) / n for name in names}


def _interval_by_group(cells: Sequence[_Cell]) -> Interval | None:
    counted = _judged(cells)
    clusters = clusters_of(cell.asked for cell in counted)
    return clustered_wilson([cell.right for cell in counted], clusters) if clusters else None


def _by_tag(cells: Sequence[_Cell], epochs: int) -> dict[str, dict[str, Part]]:
    sorts: defaultdict[str, defaultdict[str, list[_Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        for tag, value in cell.asked.tags:
            sorts[tag][value].append(cell)
    return {
        tag: {value: _part(values[value], epochs) for value in sorted(values, key=_counting_order)}
        for tag, values in sorted(sorts.items())
    }


def _counting_order(value: str) -> tuple[int, int, str]:
    """Numbers first and as numbers, so that 10 comes after 9."""
    return (0, int(value), value) if value.isdecimal() else (1, 0, value)


def _chances(
    cells: Sequence[_Cell], epochs: int, chance: Callable[[int, int, int], float]
) -> dict[int, float]:
    """By number of tries, over the samples none of whose epochs is unscored."""
    tries: defaultdict[str, list[_Cell]] = defaultdict(list)
    for cell in cells:
        tries[cell.asked.id].append(cell)
    hits = [int(sum(c.right for c in those)) for those in tries.values() if len(_judged(those)) == epochs]
    if epochs == 1 or not hits:
        return {}
    return {k: fmean(chance(epochs, right, k) for right in hits) for k in range(1, epochs + 1)}


def _stages(points: Iterable[Point]) -> dict[str, Usage]:
    stages: defaultdict[str, list[Spent]] = defaultdict(list)
    for point in points:
        for stage, spent in point.stages.items():
            stages[stage].append(spent)
    return {stage: Spent.total(amounts) for stage, amounts in stages.items()}


def _means(cells: Sequence[_Cell]) -> Means:
    found = [(cell.asked.id, cell.point) for cell in cells if cell.point is not None]
    samples = [sample for sample, _ in found]
    points = [point for _, point in found]
    return Means(
        usd=mean_estimate([point.spent.usd for point in points], samples),
        tokens=mean_estimate([point.tokens for point in points], samples),
        completion_tokens=mean_estimate([point.spent.completion_tokens for point in points], samples),
        calls=mean_estimate([point.spent.calls for point in points], samples),
        seconds=mean_estimate([point.seconds for point in points], samples),
        steps=mean_estimate([point.steps for point in points], samples),
    )
