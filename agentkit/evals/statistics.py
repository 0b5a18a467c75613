"""Error bars and tests for evaluations, each by the method that its docstring names.

All intervals are of 95 % unless another `level` is asked for. Samples that are not independent of each other
(several epochs of one question, several questions from one template) are given a cluster each belongs to.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Estimate",
    "Interval",
    "Resampled",
    "clustered_wilson",
    "mcnemar",
    "mean_estimate",
    "paired_bootstrap",
    "pass_at_k",
    "pass_hat_k",
    "samples_needed",
    "t_quantile",
    "wilson",
]

_DRAWN_AT_ONCE = 4_000_000
"""Numbers that a bootstrap holds in memory at a time."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From where to where a figure plausibly lies."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and how well it is known. One sample, or one cluster of them, says nothing about that: then
    `stderr`, `low` and `high` are None."""

    mean: float
    stderr: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Resampled:
    """What became of a mean when the samples were drawn again and again."""

    interval: Interval
    """Where the middle 95 % of the means lay."""
    share: float
    """In what share of the draws the mean was above 0; draws of exactly 0 count half."""


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Where a share lies of which `successes` of `trials` were seen (Wilson 1927).

    Unlike the textbook's normal interval it stays within 0 and 1, and says something sensible of few trials
    and of shares of 0 and 1. Nothing is known after no trials. Weighted counts need not be whole.

    >>> wilson(0, 10).low, round(wilson(0, 10).high, 3)
    (0.0, 0.278)
    >>> wilson(0, 0)
    Interval(low=0.0, high=1.0)
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share")
    if not trials:
        return Interval(0.0, 1.0)
    z = _z(level)
    share, weight = successes / trials, z * z / trials
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / trials + weight / (4 * trials))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low, high)


def clustered_wilson(values: Sequence[float], clusters: Sequence[Hashable], level: float = 0.95) -> Interval:
    """Where a share lies whose samples (1 or 0 each) come in clusters.

    Wilson's interval for as many independent samples as would have the clustered standard error, fewer by
    Student's t where there are few clusters (Korn & Graubard 1998; Dean & Pagano 2015). They are never taken
    for fewer than if all samples of a cluster had to agree (Kish 1965): worse no clustering can be.

    >>> clustered_wilson([1, 1, 0, 0], ["a", "a", "b", "b"]) == wilson(1, 2)
    True
    """
    totals = _totals(values, clusters)
    if not totals:
        return wilson(0, 0, level)
    size, share = len(values), math.fsum(values) / len(values)
    independent = size**2 / sum(total.size**2 for total in totals)
    variance, groups = share * (1 - share), len(totals)
    if variance > 0 and groups > 1:
        error = _clustered_stderr(totals, share, size)
        alike = variance / error**2 if error**2 * size > variance else size
        fewer = (_z(level) / t_quantile((1 + level) / 2, groups - 1)) ** 2
        independent = max(independent, alike * fewer)
    return wilson(share * independent, independent, level)


def mean_estimate(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, level: float = 0.95
) -> Estimate | None:
    """The mean, its standard error and Student's interval; None where there are no values.

    With clusters the standard error is the clustered one (Miller 2024, "Adding Error Bars to Evals",
    arXiv 2411.00640), with the customary factor G / (G - 1) for G clusters: it makes the error that of
    independent values where each is a cluster of its own. Degrees of freedom are G - 1. Student's t is used
    throughout, since it is right for few values and passes into the normal distribution for many.

    >>> estimate = mean_estimate([1, 2, 3, 4])
    >>> estimate.mean, round(estimate.stderr, 3), round(estimate.low, 3), round(estimate.high, 3)
    (2.5, 0.645, 0.446, 4.554)
    """
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    totals = _totals(values, clusters)
    groups = len(totals)
    if groups < 2:
        return Estimate(mean, None, None, None, len(values))
    stderr = _clustered_stderr(totals, mean, len(values))
    half = t_quantile((1 + level) / 2, groups - 1) * stderr
    return Estimate(mean, stderr, mean - half, mean + half, len(values))


def pass_at_k(n: int, c: int, k: int) -> float:
    """How likely at least one of `k` tries is right, estimated without bias from `n` tries of which `c` were
    (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", arXiv 2107.03374).

    >>> pass_at_k(4, 2, 2)
    0.8333333333333334
    """
    return 1 - _share_of_choices(n, n - c, k)


def pass_hat_k(n: int, c: int, k: int) -> float:
    """How likely all of `k` tries are right, estimated without bias from `n` tries of which `c` were
    (Yao et al. 2024, "tau-bench", arXiv 2406.12045).

    >>> pass_hat_k(4, 2, 2)
    0.16666666666666666
    """
    return _share_of_choices(n, c, k)


def mcnemar(only_first: int, only_second: int) -> float:
    """How likely the two would differ at least this much by chance, if they were equally good: the exact
    two-sided binomial p of McNemar's test (McNemar 1947). The arguments say how many samples only the one
    got right, and how many only the other.

    >>> mcnemar(1, 8), mcnemar(0, 0)
    (0.0390625, 1.0)
    """
    if min(only_first, only_second) < 0:
        raise ValueError("there cannot be fewer than no samples")
    both = only_first + only_second
    term = tail = 1
    for i in range(min(only_first, only_second)):
        term = term * (both - i) // (i + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << both))


def paired_bootstrap(
    differences: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    resamples: int = 10_000,
    level: float = 0.95,
) -> Resampled | None:
    """Where the mean of paired differences lies, by the percentile bootstrap (Efron 1979): samples are drawn
    with replacement, or clusters as a whole where they are given (Davison & Hinkley 1997, section 3.8).

    The same seed gives the same result, whatever the order of the samples. None where there are fewer than
    two samples or clusters: they do not say how others would turn out.

    >>> paired_bootstrap([1, 1, 0, 1, 0, 1, 1, 0]).interval
    Interval(low=0.25, high=0.875)
    """
    import numpy as np

    totals = _totals(differences, clusters)
    if len(totals) < 2:
        return None
    means = _drawn_means(totals, seed, resamples)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    nothing = 1e-12 * max(abs(d) for d in differences)  # what rounding makes of sums that are 0
    above = int(np.count_nonzero(means > nothing)) + int(np.count_nonzero(abs(means) <= nothing)) / 2
    return Resampled(Interval(float(low), float(high)), above / resamples)


def samples_needed(
    only_first_share: float, only_second_share: float, *, power: float = 0.8, level: float = 0.95
) -> int | None:
    """How many samples, each asked of both, would tell the two apart with this power, if these are the shares
    that only the one and only the other gets right (Connor 1987, Biometrics 43, for McNemar's test; never
    fewer than leave the exact test enough samples that differ to reach the level at all).
    None where they do not differ: no number would.

    >>> samples_needed(0.30, 0.15), samples_needed(1, 0), samples_needed(0.1, 0.1)
    (155, 6, None)
    """
    both = only_first_share + only_second_share
    if min(only_first_share, only_second_share) < 0 or both > 1 + 1e-9:
        raise ValueError(f"{only_first_share} and {only_second_share} are no shares of one whole")
    difference = only_first_share - only_second_share
    if abs(difference) < 1e-9:
        return None
    spread = math.sqrt(max(0.0, both - difference**2))
    root = (_z(level) * math.sqrt(both) + NormalDist().inv_cdf(power) * spread) / difference
    fewest = math.ceil(math.log2(2 / (1 - level)))  # 2 / 2**fewest is the p if all of these agree
    return max(math.ceil(root**2), math.ceil(fewest / both))


@lru_cache(maxsize=1024)
def t_quantile(probability: float, degrees: int) -> float:
    """The quantile of Student's distribution: what its values stay below with this probability.

    Found by Newton's method on the tail, which as a convex function leads it to the root from one side.
    Good to eight digits, up to a million degrees of freedom.

    >>> round(t_quantile(0.975, 9), 4)
    2.2622
    """
    if degrees < 1 or not 0 < probability < 1:
        raise ValueError(f"there is no quantile for {probability} and {degrees} degrees of freedom")
    if probability <= 0.5:
        return -t_quantile(1 - probability, degrees) if probability < 0.5 else 0.0
    wanted = 1 - probability
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    t = NormalDist().inv_cdf(probability)  # too small for every number of degrees
    for _ in range(200):
        density = scale * (1 + t * t / degrees) ** (-(degrees + 1) / 2)
        step = (_t_tail(t, degrees) - wanted) / density
        t += step
        if abs(step) < 1e-12 * t:
            break
    return t


@dataclass(frozen=True, slots=True)
class _Total:
    """A cluster: what its values add up to, and how many they are."""

    sum: float
    size: int


def _totals(values: Sequence[float], clusters: Sequence[Hashable] | None) -> list[_Total]:
    if clusters is None:
        return [_Total(value, 1) for value in values]
    members: defaultdict[Hashable, list[float]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        members[cluster].append(value)
    return [_Total(math.fsum(those), len(those)) for those in members.values()]


def _clustered_stderr(totals: Sequence[_Total], mean: float, size: int) -> float:
    squares = math.fsum((total.sum - total.size * mean) ** 2 for total in totals)
    return math.sqrt(squares * len(totals) / (len(totals) - 1)) / size


def _drawn_means(totals: Sequence[_Total], seed: int, resamples: int) -> NDArray[np.float64]:
    """The mean of each draw. Clusters that are alike are drawn at once, as a number."""
    import numpy as np

    alike = sorted(Counter((total.sum, total.size) for total in totals).items())
    sums = np.array([kind[0] for kind, _ in alike], dtype=float)
    sizes = np.array([kind[1] for kind, _ in alike], dtype=float)
    odds = np.array([times for _, times in alike]) / len(totals)
    generator = np.random.default_rng(seed)
    most = max(1, _DRAWN_AT_ONCE // len(alike))
    parts = []
    for begin in range(0, resamples, most):
        times = generator.multinomial(len(totals), odds, size=min(most, resamples - begin))
        parts.append((times @ sums) / (times @ sizes))
    return np.concatenate(parts)


def _share_of_choices(n: int, good: int, k: int) -> float:
    """The share of all choices of k out of n that lie wholly within the good ones."""
    if not (0 <= good <= n and 1 <= k <= n):
        raise ValueError(f"{k} tries cannot be chosen from {n} of which {good} count")
    return math.comb(good, k) / math.comb(n, k)


def _z(level: float) -> float:
    """How many standard errors to each side make an interval of this level."""
    return NormalDist().inv_cdf((1 + level) / 2)


def _t_tail(t: float, degrees: int) -> float:
    """How likely a value of Student's distribution is above a positive t: half the regularised incomplete
    beta function I_x(degrees / 2, 1 / 2) at x = degrees / (degrees + t²)."""
    x, rest = degrees / (degrees + t * t), t * t / (degrees + t * t)
    a, b = degrees / 2, 0.5
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a / 2
    return (1 - front * _beta_fraction(b, a, rest) / b) / 2


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method (Press et al., Numerical
    Recipes, section 6.4)."""
    d = 1 / (1 - (a + b) * x / (a + 1))
    c, product = 1.0, d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for factor in (even, odd):
            d, c = 1 / (1 + factor * d), 1 + factor / c
            product *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return product
