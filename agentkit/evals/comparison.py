"""Evaluations of one benchmark side by side, and whether any of them is better than another.

Two evaluations are compared sample by sample, over those that both were asked in the same form: that takes
the difficulty of the samples out of the difference. A difference counts as told only where McNemar's exact
test and the bootstrap's interval both say so: the test holds for few samples, the interval for samples that
come in groups and for several epochs. Neither is corrected for the number of pairs that are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean

from pydantic import Field

from agentkit.errors import StoreError, UsageError
from agentkit.evals.config import EvalConfig
from agentkit.evals.folder import Asked, EvalFolder, Selection
from agentkit.evals.statistics import (
    Estimate,
    Interval,
    mcnemar,
    mean_estimate,
    paired_bootstrap,
    samples_needed,
)
from agentkit.evals.summary import Key, Point, Summary, clusters_of, read_points, summarise_points
from agentkit.frozen import Frozen

__all__ = [
    "AccuracyDifference",
    "Comparison",
    "CostDifferences",
    "Evaluated",
    "Pair",
    "compare",
    "find_folders",
    "unique_names",
]

_ALPHA = 0.05
"""A p below this tells two evaluations apart."""

_NOTHING = 1e-9
"""What rounding makes of no difference."""


class Evaluated(Frozen):
    """One of the evaluations."""

    name: str
    """How it is called here: its folder's name, and those above it where two agree."""
    config: EvalConfig
    """What was evaluated."""
    summary: Summary
    """Its figures."""


class AccuracyDifference(Frozen):
    """How often two evaluations are right on the samples that both were asked and that could be judged.
    A missing record counts as not right."""

    first: float
    """The share that the first got right."""
    second: float
    """The share that the second got right."""
    difference: float
    """The first's share less the second's."""
    interval: Interval | None
    """Where that lies, by the paired bootstrap with 95 %, clustered by group where there are groups; None
    for a single sample."""
    share_first_ahead: float | None
    """In what share of the bootstrap's draws the first was ahead."""
    p: float
    """McNemar's exact two-sided p over samples; one with several epochs is right where at least half are."""
    samples_needed: int | None
    """About how many samples would tell the two apart with a power of 80 %, were they to differ as seen; None
    where they do not differ."""


class CostDifferences(Frozen):
    """What a sample took in the first evaluation less what it took in the second, on average over those that
    both have records of, with 95 % intervals (Student's, clustered by group where there are groups). Each is
    None where there are no such samples."""

    usd: Estimate | None
    """US dollars; None too where the price of a call is not known."""
    tokens: Estimate | None
    """Tokens, sent and received together."""
    seconds: Estimate | None
    """Wall-clock seconds."""
    calls: Estimate | None
    """Model calls."""


class Pair(Frozen):
    """Two evaluations, sample by sample."""

    first: str
    """The name of the first."""
    second: str
    """The name of the second."""
    samples: int
    """How many samples are compared: those that both were asked and that could be judged."""
    unscored: int
    """How many more both were asked that could not be judged."""
    asked_only_first: tuple[str, ...]
    """Ids of the samples that the second was not asked, or in another form; they are left out."""
    asked_only_second: tuple[str, ...]
    """Ids of those that the first was not asked, or in another form."""
    only_first: tuple[str, ...]
    """Ids of the samples that only the first got right; with several epochs, at least half of the time."""
    only_second: tuple[str, ...]
    """Ids of those that only the second got right."""
    both_wrong: tuple[str, ...]
    """Ids of those that neither got right."""
    both_right: int
    """How many both got right."""
    accuracy: AccuracyDifference | None
    """How much more often one is right; None where no sample is compared."""
    costs: CostDifferences
    """How much more one takes."""
    better: str
    """The name of the better one; empty where no difference can be told."""
    verdict: str
    """The same in a sentence."""


class Comparison(Frozen):
    """Evaluations of a benchmark, and each two of them against each other."""

    benchmark: str
    """The benchmark."""
    evaluations: tuple[Evaluated, ...] = Field(min_length=1)
    """The evaluations, in the order in which they were named."""
    pairs: tuple[Pair, ...] = ()
    """Each two of them."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An evaluation as far as figures need it."""

    name: str
    config: EvalConfig
    selection: Selection
    points: dict[Key, Point]


@dataclass(frozen=True, slots=True)
class _Twin:
    """A sample that both were asked, with the epochs of each; None stands for a missing record."""

    asked: Asked
    first: tuple[Point | None, ...]
    second: tuple[Point | None, ...]

    @property
    def unscored(self) -> bool:
        return any(point and point.outcome == "unscored" for point in (*self.first, *self.second))


def compare(folders: Sequence[EvalFolder]) -> Comparison:
    """Set evaluations side by side; one alone is only summed up.

    Raises `UsageError` where they are of different benchmarks or there are none, and as `EvalFolder` does.
    """
    if not folders:
        raise UsageError("there is no evaluation to compare", mend="name folders that `agentkit eval` wrote")
    read = [_read(name, folder) for name, folder in zip(unique_names(folders), folders, strict=True)]
    benchmarks = {one.config.benchmark: one.name for one in read}
    if len(benchmarks) > 1:
        held = ", ".join(f"{name} is of {benchmark}" for benchmark, name in benchmarks.items())
        mend = "compare evaluations of the same benchmark"
        raise UsageError(f"these are evaluations of different benchmarks: {held}", mend=mend)
    return Comparison(
        benchmark=read[0].config.benchmark,
        evaluations=tuple(
            Evaluated(name=one.name, config=one.config, summary=summarise_points(one.selection, one.points))
            for one in read
        ),
        pairs=tuple(_pair(first, second) for first, second in combinations(read, 2)),
    )


def find_folders(paths: Sequence[Path]) -> list[EvalFolder]:
    """The evaluations that these paths stand for: each itself, or all directly below it, sorted by name.
    One that is named twice counts once. Raises `UsageError` where there is none."""
    found: dict[Path, EvalFolder] = {}
    for path in paths:
        for folder in _folders_at(path):
            found.setdefault(folder.path, folder)
    return list(found.values())


def unique_names(folders: Sequence[EvalFolder]) -> list[str]:
    """A name for each folder: its own, with as many of those above it as tell it from the others.

    >>> unique_names([EvalFolder(Path(path)) for path in ("/a/x/bare", "/a/y/bare", "/a/x/team")])
    ['x/bare', 'y/bare', 'team']
    """
    parts = [folder.path.parts for folder in folders]
    depths = [1] * len(parts)
    while True:
        names = ["/".join(part[-depth:]) for part, depth in zip(parts, depths, strict=True)]
        often = Counter(names)
        deeper = [
            depth + (often[name] > 1 and depth < len(part))
            for name, part, depth in zip(names, parts, depths, strict=True)
        ]
        if deeper == depths:
            return names
        depths = deeper


def _folders_at(path: Path) -> list[EvalFolder]:
    own = EvalFolder(path)
    try:
        if own.exists:
            return [own]
        inside = sorted(own.path.iterdir()) if own.path.is_dir() else []
        below = [folder for folder in map(EvalFolder, inside) if folder.exists]
    except OSError as error:
        raise StoreError(f"the folder cannot be read: {error.strerror}", where=str(path)) from error
    if not below:
        mend = "name a folder that `agentkit eval` wrote"
        raise UsageError("there is no evaluation", where=str(path), mend=mend)
    return below


def _read(name: str, folder: EvalFolder) -> _Read:
    config, selection = folder.config(), folder.selection()
    return _Read(name, config, selection, read_points(selection, folder.records()))


def _pair(first: _Read, second: _Read) -> Pair:
    in_second = {one.id: one.digest for one in second.selection.asked}
    shared = [one for one in first.selection.asked if in_second.get(one.id) == one.digest]
    both = {one.id for one in shared}
    twins = [_Twin(one, _epochs(first, one.id), _epochs(second, one.id)) for one in shared]
    judged = [twin for twin in twins if not twin.unscored]
    accuracy = _accuracy(judged)
    better = _better(first.name, second.name, accuracy)
    return Pair(
        first=first.name,
        second=second.name,
        samples=len(judged),
        unscored=len(twins) - len(judged),
        asked_only_first=tuple(one.id for one in first.selection.asked if one.id not in both),
        asked_only_second=tuple(one.id for one in second.selection.asked if one.id not in both),
        only_first=_ids(judged, True, False),
        only_second=_ids(judged, False, True),
        both_wrong=_ids(judged, False, False),
        both_right=len(_ids(judged, True, True)),
        accuracy=accuracy,
        costs=_costs(twins),
        better=better,
        verdict=_verdict(first.name, second.name, accuracy, len(judged), told=bool(better)),
    )


def _epochs(read: _Read, sample: str) -> tuple[Point | None, ...]:
    return tuple(read.points.get((sample, epoch)) for epoch in range(1, read.selection.epochs + 1))


def _share_right(epochs: Sequence[Point | None]) -> float:
    return sum(1 for point in epochs if point and point.outcome == "right") / len(epochs)


def _ids(twins: Sequence[_Twin], first: bool, second: bool) -> tuple[str, ...]:
    """Those that the first got right or not, and the second likewise."""
    return tuple(
        twin.asked.id
        for twin in twins
        if (_share_right(twin.first) >= 0.5) is first and (_share_right(twin.second) >= 0.5) is second
    )


def _accuracy(twins: Sequence[_Twin]) -> AccuracyDifference | None:
    if not twins:
        return None
    first = [_share_right(twin.first) for twin in twins]
    second = [_share_right(twin.second) for twin in twins]
    differences = [one - other for one, other in zip(first, second, strict=True)]
    drawn = paired_bootstrap(differences, clusters_of(twin.asked for twin in twins))
    only_first, only_second = len(_ids(twins, True, False)), len(_ids(twins, False, True))
    return AccuracyDifference(
        first=fmean(first),
        second=fmean(second),
        difference=fmean(differences),
        interval=drawn.interval if drawn else None,
        share_first_ahead=drawn.share if drawn else None,
        p=mcnemar(only_first, only_second),
        samples_needed=samples_needed(only_first / len(twins), only_second / len(twins)),
    )


def _costs(twins: Sequence[_Twin]) -> CostDifferences:
    recorded = [twin for twin in twins if any(twin.first) and any(twin.second)]
    clusters = clusters_of(twin.asked for twin in recorded)

    def difference(amount: Callable[[Point], float]) -> Estimate | None:
        each = [_mean(twin.first, amount) - _mean(twin.second, amount) for twin in recorded]
        return mean_estimate(each, clusters)

    priced = not any(p and p.spent.unpriced_calls for twin in recorded for p in (*twin.first, *twin.second))
    return CostDifferences(
        usd=difference(lambda point: point.spent.usd) if priced else None,
        tokens=difference(lambda point: point.tokens),
        seconds=difference(lambda point: point.seconds),
        calls=difference(lambda point: point.spent.calls),
    )


def _mean(epochs: Iterable[Point | None], amount: Callable[[Point], float]) -> float:
    return fmean(amount(point) for point in epochs if point is not None)


def _better(first: str, second: str, accuracy: AccuracyDifference | None) -> str:
    """The name of the better one, where both the test and the interval tell."""
    if accuracy is None or accuracy.interval is None or accuracy.p >= _ALPHA:
        return ""
    if accuracy.interval.low > _NOTHING:
        return first
    return second if accuracy.interval.high < -_NOTHING else ""


def _verdict(
    first: str, second: str, accuracy: AccuracyDifference | None, samples: int, *, told: bool
) -> str:
    """In words, and from the view of the one that is ahead."""
    if accuracy is None:
        return "nothing can be told: there is no sample that both were asked and that could be judged"
    ahead, sign = (first, 1) if accuracy.difference > 0 else (second, -1)
    evidence = f", McNemar {_p_text(accuracy.p)}"
    if accuracy.interval is not None:
        ends = sorted(_points(sign * end) for end in (accuracy.interval.low, accuracy.interval.high))
        evidence = f" (95 % interval {ends[0]:.1f} to {ends[1]:.1f}){evidence}"
    points = _points(sign * accuracy.difference)
    if told:
        return f"{ahead} is better: {points:+.1f} points{evidence}"
    if abs(accuracy.difference) <= _NOTHING:
        return f"no difference can be told: both got {_points(accuracy.first):.1f} % right{evidence}"
    needed = accuracy.samples_needed or 0
    more = f"; about {needed:,} samples would tell them apart" if needed > samples else ""
    return f"no difference can be told: {ahead} is ahead by {points:.1f} points{evidence}{more}"


def _points(share: float) -> float:
    """A share in percentage points to one decimal; never -0."""
    return round(100 * share, 1) + 0.0


def _p_text(p: float) -> str:
    """A p as papers give it.

    >>> _p_text(0.0312), _p_text(0.00001), _p_text(1.0)
    ('p = 0.031', 'p < 0.001', 'p = 1')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
