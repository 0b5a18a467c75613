"""Intervals, tests and estimates, against scipy, published figures, values by hand and simulation."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agentkit.evals.statistics import (
    Interval,
    clustered_wilson,
    mcnemar,
    mean_estimate,
    paired_bootstrap,
    pass_at_k,
    pass_hat_k,
    samples_needed,
    t_quantile,
    wilson,
)

FIGURES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40)
SIGNS = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=60)


def close(interval: Interval, low: float, high: float) -> bool:
    return math.isclose(interval.low, low, abs_tol=1e-12) and math.isclose(interval.high, high, abs_tol=1e-12)


class TestWilson:
    @pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
    @pytest.mark.parametrize(("right", "of"), [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (81, 165)])
    def test_it_is_scipy_s(self, right: int, of: int, level: float) -> None:
        oracle = stats.binomtest(right, of).proportion_ci(confidence_level=level, method="wilson")
        assert close(wilson(right, of, level), oracle.low, oracle.high)

    def test_a_value_from_newcombe_1998(self) -> None:
        """Statistics in Medicine 17, table I: 81 of 263 gives 0.2553 to 0.3662."""
        interval = wilson(81, 263)
        assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)

    def test_no_trials_tell_nothing(self) -> None:
        assert wilson(0, 0) == Interval(0.0, 1.0)

    def test_all_or_none_right_leaves_room_on_one_side_only(self) -> None:
        assert wilson(0, 20).low == 0.0 < wilson(0, 20).high < 0.2
        assert 0.8 < wilson(20, 20).low < wilson(20, 20).high == 1.0

    @given(st.integers(1, 500), st.data())
    def test_it_contains_the_share_and_narrows_with_more_trials(self, of: int, data: st.DataObject) -> None:
        right = data.draw(st.integers(0, of))
        few, many = wilson(right, of), wilson(2 * right, 2 * of)
        assert 0 <= few.low <= right / of <= few.high <= 1
        assert many.high - many.low < few.high - few.low

    @given(st.integers(0, 200), st.integers(0, 200))
    def test_right_and_wrong_mirror_each_other(self, right: int, wrong: int) -> None:
        one, other = wilson(right, right + wrong), wilson(wrong, right + wrong)
        assert close(one, 1 - other.high, 1 - other.low)

    def test_more_successes_than_trials_are_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="3 of 2"):
            wilson(3, 2)


class TestClusteredWilson:
    def test_clusters_that_agree_within_count_as_one_sample_each(self) -> None:
        values = [1.0] * 6 + [0.0] * 3
        assert close(clustered_wilson(values, list("aaabbbccc")), wilson(2, 3).low, wilson(2, 3).high)

    def test_all_right_is_as_uncertain_as_the_number_of_clusters(self) -> None:
        assert clustered_wilson([1.0] * 12, list("aaabbbcccddd")) == wilson(4, 4)

    def test_a_single_cluster_is_a_single_sample(self) -> None:
        assert clustered_wilson([1.0] * 5, ["a"] * 5) == wilson(1, 1)

    def test_no_samples_tell_nothing(self) -> None:
        assert clustered_wilson([], []) == Interval(0.0, 1.0)

    def test_clusters_without_a_pattern_cost_little(self) -> None:
        values = [float(place % 2) for place in range(200)]
        spread = clustered_wilson(values, [place // 4 for place in range(200)])
        assert spread.high - spread.low == pytest.approx(
            wilson(100, 200).high - wilson(100, 200).low, rel=0.05
        )

    @pytest.mark.parametrize(("groups", "epochs", "mean"), [(10, 3, 0.3), (20, 5, 0.5), (50, 3, 0.9)])
    def test_it_covers_the_truth_about_as_often_as_it_says(
        self, groups: int, epochs: int, mean: float
    ) -> None:
        """Questions that differ in how hard they are, asked several times."""
        generator = np.random.default_rng(5)
        clusters = [group for group in range(groups) for _ in range(epochs)]
        covered = 0
        for _ in range(400):
            chances = generator.beta(mean, 1 - mean, groups)
            right = generator.random((groups, epochs)) < chances[:, None]
            interval = clustered_wilson(right.astype(float).ravel().tolist(), clusters)
            covered += interval.low <= mean <= interval.high
        assert 0.92 <= covered / 400 <= 0.99

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=60))
    def test_it_contains_the_share_and_stays_within_0_and_1(self, samples: list[tuple[bool, int]]) -> None:
        values = [float(right) for right, _ in samples]
        interval = clustered_wilson(values, [cluster for _, cluster in samples])
        assert 0 <= interval.low <= sum(values) / len(values) + 1e-12
        assert sum(values) / len(values) - 1e-12 <= interval.high <= 1


class TestQuantilesOfStudent:
    @pytest.mark.parametrize("degrees", [1, 2, 3, 5, 9, 29, 30, 100, 164, 9_999, 1_000_000])
    @pytest.mark.parametrize("probability", [0.025, 0.6, 0.9, 0.95, 0.975, 0.995, 0.9995])
    def test_they_are_scipy_s(self, probability: float, degrees: int) -> None:
        assert t_quantile(probability, degrees) == pytest.approx(stats.t.ppf(probability, degrees), rel=1e-8)

    def test_values_from_the_tables(self) -> None:
        assert [round(t_quantile(0.975, degrees), 3) for degrees in (1, 4, 10, 120)] == [
            12.706,
            2.776,
            2.228,
            1.98,
        ]

    def test_the_middle_is_nought(self) -> None:
        assert t_quantile(0.5, 7) == 0.0

    def test_no_degrees_of_freedom_are_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="no quantile"):
            t_quantile(0.975, 0)


class TestMeans:
    def test_the_interval_is_scipy_s(self) -> None:
        values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
        found = mean_estimate(values)
        low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert found is not None and found.n == 8
        assert (found.mean, found.stderr) == pytest.approx((np.mean(values), stats.sem(values)))
        assert (found.low, found.high) == pytest.approx((low, high))

    def test_clustered_errors_by_hand(self) -> None:
        """Two clusters of mean 3: sums of deviations -3 and +3, so (1/4) √(2/1 · 18) = 1.5."""
        found = mean_estimate([1.0, 2.0, 4.0, 5.0], ["a", "a", "b", "b"])
        assert found is not None and found.stderr == pytest.approx(1.5)
        assert found.high == pytest.approx(3 + 1.5 * stats.t.ppf(0.975, 1))

    def test_clustered_errors_are_those_of_miller_2024(self) -> None:
        """The paper's formula, with its sums over pairs; ours has G / (G - 1) beside it."""
        generator = np.random.default_rng(3)
        clusters = generator.integers(0, 12, 60).tolist()
        values = (generator.random(60) + np.array(clusters) / 12).tolist()
        mean, size, groups = np.mean(values), len(values), len(set(clusters))
        between = sum(
            (values[i] - mean) * (values[j] - mean)
            for i in range(size)
            for j in range(size)
            if i != j and clusters[i] == clusters[j]
        )
        paper = math.sqrt(np.var(values) / size + between / size**2)
        found = mean_estimate(values, clusters)
        assert found is not None
        assert found.stderr == pytest.approx(paper * math.sqrt(groups / (groups - 1)))

    def test_clusters_of_one_are_no_clusters(self) -> None:
        values = [1.0, 2.0, 4.0]
        alone, apart = mean_estimate(values, ["a", "b", "c"]), mean_estimate(values)
        assert alone == apart

    def test_no_values_have_no_mean(self) -> None:
        assert mean_estimate([]) is None

    @pytest.mark.parametrize(("values", "clusters"), [([2.5], None), ([2.0, 3.0], ["a", "a"])])
    def test_one_value_or_one_cluster_does_not_tell_how_good_it_is(
        self, values: list[float], clusters: list[str] | None
    ) -> None:
        found = mean_estimate(values, clusters)
        assert found is not None
        assert (found.mean, found.stderr, found.low, found.high) == (2.5, None, None, None)

    def test_values_that_are_all_the_same_have_no_spread(self) -> None:
        found = mean_estimate([0.1] * 10)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((0.1, 0.1))
        assert found.stderr == pytest.approx(0, abs=1e-15)

    @given(FIGURES, st.data())
    def test_the_interval_contains_the_mean(self, values: list[float], data: st.DataObject) -> None:
        size = len(values)
        clusters = data.draw(st.none() | st.lists(st.integers(0, 5), min_size=size, max_size=size))
        found = mean_estimate(values, clusters)
        assert found is not None
        if found.low is not None and found.high is not None:
            assert found.low <= found.mean <= found.high


class TestSeveralTries:
    @pytest.mark.parametrize(("n", "c"), [(5, 0), (5, 2), (5, 5), (7, 3)])
    def test_they_are_shares_of_all_choices(self, n: int, c: int) -> None:
        tries = [True] * c + [False] * (n - c)
        for k in range(1, n + 1):
            choices = [[tries[place] for place in places] for places in combinations(range(n), k)]
            assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, choices)) / len(choices))
            assert pass_hat_k(n, c, k) == pytest.approx(sum(map(all, choices)) / len(choices))

    @given(st.integers(1, 30), st.data())
    def test_more_tries_help_one_of_them_and_hurt_all_of_them(self, n: int, data: st.DataObject) -> None:
        c = data.draw(st.integers(0, n))
        one = [pass_at_k(n, c, k) for k in range(1, n + 1)]
        every = [pass_hat_k(n, c, k) for k in range(1, n + 1)]
        assert one == sorted(one) and every == sorted(every, reverse=True)
        assert one[0] == pytest.approx(every[0]) == pytest.approx(c / n)

    def test_more_tries_than_there_were_are_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="3 tries"):
            pass_at_k(2, 1, 3)


class TestMcNemar:
    @pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 8), (5, 5), (12, 3), (30, 60), (900, 1100)])
    def test_it_is_scipy_s_binomial_test(self, one: int, other: int) -> None:
        assert mcnemar(one, other) == pytest.approx(stats.binomtest(one, one + other).pvalue)

    def test_where_they_do_not_differ_chance_explains_it_all(self) -> None:
        assert mcnemar(0, 0) == mcnemar(7, 7) == 1.0

    @given(st.integers(0, 80), st.integers(0, 80))
    def test_it_does_not_matter_which_comes_first(self, one: int, other: int) -> None:
        assert 0 < mcnemar(one, other) == mcnemar(other, one) <= 1


class TestPairedBootstrap:
    def test_many_samples_give_the_normal_interval(self) -> None:
        differences = [1.0] * 60 + [-1.0] * 30 + [0.0] * 110
        found, normal = paired_bootstrap(differences), mean_estimate(differences)
        assert found is not None and normal is not None
        assert found.interval.low == pytest.approx(normal.low, abs=0.006)
        assert found.interval.high == pytest.approx(normal.high, abs=0.006)
        assert found.share > 0.99

    def test_it_is_scipy_s_percentile_bootstrap(self) -> None:
        differences = np.random.default_rng(2).normal(0.3, 1, 50)
        found = paired_bootstrap(differences.tolist())
        oracle = stats.bootstrap(
            (differences,), np.mean, method="percentile", rng=np.random.default_rng(1)
        ).confidence_interval
        assert found is not None
        assert (found.interval.low, found.interval.high) == pytest.approx((oracle.low, oracle.high), abs=0.02)

    def test_clusters_are_drawn_as_a_whole(self) -> None:
        """Ten clusters of ten samples that agree are no better than ten samples."""
        signs = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0]
        clusters = [place for place in range(10) for _ in range(10)]
        clustered = paired_bootstrap([sign for sign in signs for _ in range(10)], clusters)
        assert clustered is not None
        assert clustered == paired_bootstrap(signs)

    @given(SIGNS, st.integers(0, 1000))
    @settings(max_examples=30, deadline=None)
    def test_it_is_the_same_for_a_seed_whatever_the_order(self, differences: list[float], seed: int) -> None:
        first = paired_bootstrap(differences, seed=seed, resamples=500)
        second = paired_bootstrap(differences[::-1], seed=seed, resamples=500)
        assert first == second

    @given(SIGNS)
    @settings(max_examples=30, deadline=None)
    def test_the_interval_contains_the_mean(self, differences: list[float]) -> None:
        found = paired_bootstrap(differences, resamples=1000)
        assert found is not None and 0 <= found.share <= 1
        assert found.interval.low - 1e-9 <= np.mean(differences) <= found.interval.high + 1e-9

    def test_no_difference_at_all_is_even(self) -> None:
        found = paired_bootstrap([0.0] * 5)
        assert found is not None
        assert (found.interval, found.share) == (Interval(0.0, 0.0), 0.5)

    @pytest.mark.parametrize(("differences", "clusters"), [([], None), ([1.0], None), ([1.0, 0.0], "aa")])
    def test_fewer_than_two_tell_nothing(self, differences: list[float], clusters: str | None) -> None:
        assert paired_bootstrap(differences, clusters) is None

    def test_many_samples_are_drawn_in_blocks(self) -> None:
        found = paired_bootstrap(list(range(10_000)), resamples=500)
        assert found is not None
        assert found.interval.low < 4999.5 < found.interval.high


class TestSamplesNeeded:
    @pytest.mark.parametrize(
        ("only_first", "only_second", "needed"), [(0.30, 0.15, 155), (0.05, 0.45, 23), (0.1, 0.2, 234)]
    )
    def test_figures_that_calculators_after_connor_give(
        self, only_first: float, only_second: float, needed: int
    ) -> None:
        assert samples_needed(only_first, only_second) == needed

    def test_so_many_samples_do_have_that_power(self) -> None:
        needed = samples_needed(0.25, 0.10)
        assert needed is not None
        tables = np.random.default_rng(1).multinomial(needed, [0.25, 0.10, 0.65], size=1000)
        told = np.mean([mcnemar(int(one), int(other)) < 0.05 for one, other, _ in tables])
        assert 0.72 < told < 0.85, "the exact test is a little weaker than the formula's"

    def test_there_are_never_too_few_for_the_exact_test_to_tell(self) -> None:
        assert samples_needed(1.0, 0.0) == 6
        assert mcnemar(5, 0) > 0.05 > mcnemar(6, 0)

    def test_where_they_do_not_differ_no_number_tells_them_apart(self) -> None:
        assert samples_needed(0.2, 0.2) is samples_needed(0.0, 0.0) is None

    def test_more_power_takes_more_samples(self) -> None:
        few, many = samples_needed(0.2, 0.1, power=0.8), samples_needed(0.2, 0.1, power=0.95)
        assert few is not None and many is not None and few < many

    @given(st.floats(0, 0.5), st.floats(0, 0.5))
    def test_it_does_not_matter_which_comes_first(self, one: float, other: float) -> None:
        assert samples_needed(one, other) == samples_needed(other, one)

    def test_shares_of_more_than_everything_are_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="no shares"):
            samples_needed(0.7, 0.7)
