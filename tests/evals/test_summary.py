"""What records amount to: a fixed denominator, and an interval for every figure that has one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.budget import Usage
from agentkit.evals.folder import Selection
from agentkit.evals.record import Fault, Record
from agentkit.evals.statistics import clustered_wilson, mean_estimate, wilson
from agentkit.evals.summary import Summary, clusters_of, read_points, summarise
from tests.evals.written import LETTERS, asked, record, records, selection


def summed(outcomes: str, **more: str) -> Summary:
    """The summary of one epoch of these outcomes."""
    return summarise(selection(len(outcomes), levels=more.get("levels", "")), records(outcomes))


class TestDenominator:
    def test_every_outcome_is_counted(self) -> None:
        found = summed("+++--el?..")
        assert (found.right, found.wrong, found.error, found.limit) == (3, 2, 1, 1)
        assert (found.unscored, found.unanswered, found.total) == (1, 2, 10)

    def test_what_is_missing_or_broke_counts_as_not_right(self) -> None:
        found = summed("++-e.")
        assert found.accuracy == pytest.approx(2 / 5)
        assert found.interval == wilson(2, 5)

    def test_what_nobody_can_judge_leaves_numerator_and_denominator(self) -> None:
        found = summed("+-??")
        assert (found.accuracy, found.score) == (0.5, 0.5)
        assert found.interval == wilson(1, 2)

    @pytest.mark.parametrize("outcomes", ["??", "??.", "?el", ""])
    def test_where_nothing_can_be_judged_there_is_no_accuracy(self, outcomes: str) -> None:
        found = summed(outcomes)
        assert (found.accuracy, found.interval, found.score, found.interval_by_group) == (None,) * 4

    def test_before_the_first_record_all_of_it_is_unanswered(self) -> None:
        found = summarise(selection(4), [])
        assert (found.unanswered, found.accuracy, found.interval) == (4, 0.0, wilson(0, 4))
        assert found.means.usd is None and found.usage == Usage()

    def test_partly_right_answers_add_to_the_score_alone(self) -> None:
        found = summarise(selection(2), [record(1), record(2, "wrong", score=0.5)])
        assert (found.accuracy, found.score) == (0.5, 0.75)

    def test_further_scores_have_the_same_denominator(self) -> None:
        second = records("+-", others={"second": 1.0})
        missing = [*records("--e")[2:], record(4, "unscored", others={"second": 1.0})]
        found = summarise(selection(5), [*second, *missing])
        assert found.others == {"second": pytest.approx(2 / 4)}
        assert (found.score, found.accuracy) == (1 / 4, 1 / 4)

    def test_where_nothing_can_be_judged_there_are_none(self) -> None:
        assert summarise(selection(1), [record(1, "unscored", others={"second": 1.0})]).others == {}

    @given(st.text(alphabet="+-el?.", max_size=30), st.integers(1, 3))
    def test_the_counts_add_up(self, outcomes: str, epochs: int) -> None:
        found = summarise(selection(len(outcomes), epochs), records(outcomes))
        parts = (found.right, found.wrong, found.error, found.limit, found.unscored, found.unanswered)
        assert sum(parts) == found.total == len(outcomes) * epochs
        if found.accuracy is not None and found.interval is not None:
            assert found.interval.low <= found.accuracy <= found.interval.high


class TestWhichRecordsCount:
    def test_a_later_record_supersedes_an_earlier_one_and_its_cost(self) -> None:
        found = summarise(selection(1), [record(1, "error"), record(1, "right")])
        assert (found.right, found.error, found.usage.calls) == (1, 0, 2)

    @pytest.mark.parametrize(
        "stray",
        [record(7), record(1, epoch=2), record(1, digest="another question")],
        ids=["sample", "epoch", "question"],
    )
    def test_what_was_not_asked_is_left_out(self, stray: Record) -> None:
        assert summarise(selection(2), [record(1, "wrong"), stray]) == summed("-.")

    def test_a_record_of_the_question_as_it_was_does_not_supersede(self) -> None:
        found = summarise(selection(1), [record(1), record(1, "wrong", digest="before")])
        assert found.right == 1

    def test_the_order_of_the_records_does_not_matter(self) -> None:
        lines = records("+-e+l")
        assert summarise(selection(5), lines[::-1]) == summarise(selection(5), lines)


class TestEpochs:
    def test_the_interval_is_clustered_by_sample(self) -> None:
        lines = [*records("++--", 1), *records("++--", 2), *records("++--", 3)]
        found = summarise(selection(4, 3), lines)
        assert (found.total, found.accuracy) == (12, 0.5)
        assert found.interval == clustered_wilson([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], list("aaabbbcccddd"))
        assert found.interval == wilson(2, 4), "three times the same is no more than once"

    def test_one_of_k_and_all_of_k(self) -> None:
        lines = [*records("++-", 1), *records("+--", 2)]
        found = summarise(selection(3, 2), lines)
        assert found.pass_at == pytest.approx({1: 0.5, 2: 2 / 3})
        assert found.pass_all == pytest.approx({1: 0.5, 2: 1 / 3})

    def test_a_missing_epoch_is_a_try_that_failed(self) -> None:
        assert summarise(selection(1, 2), records("+", 1)).pass_all == {1: 0.5, 2: 0.0}

    def test_samples_that_cannot_be_judged_are_left_out_of_both(self) -> None:
        found = summarise(selection(2, 2), [*records("+?", 1), *records("+?", 2)])
        assert found.pass_at == found.pass_all == {1: 1.0, 2: 1.0}

    def test_with_one_epoch_there_is_neither(self) -> None:
        assert summed("+-").pass_at == summed("+-").pass_all == {}


class TestGroupsAndTags:
    def test_groups_give_a_second_interval(self) -> None:
        found = summarise(selection(6, groups=["a", "b"]), records("+-+-+-"))
        assert found.interval == wilson(3, 6)
        assert found.interval_by_group == wilson(1, 2), "all of a are right, and none of b"

    def test_one_group_is_no_grouping(self) -> None:
        assert summarise(selection(4, groups=["a"]), records("+-+-")).interval_by_group is None

    def test_samples_without_a_group_are_groups_of_their_own(self) -> None:
        clusters = clusters_of(
            [asked(1, group="a"), asked(2, group="a"), asked(3, group="b"), asked(4), asked(5)]
        )
        assert clusters is not None and len(set(clusters)) == 4

    def test_a_group_is_not_taken_for_a_sample_of_that_name(self) -> None:
        clusters = clusters_of([asked(1, group="s3"), asked(2, group="b"), asked(3)])
        assert clusters is not None and len(set(clusters)) == 3

    def test_each_tag_is_broken_down(self) -> None:
        levels = summed("++-.-?", levels="12").by_tag["level"]
        assert {level: (part.n, part.right) for level, part in levels.items()} == {"1": (3, 1), "2": (2, 1)}
        assert (levels["2"].accuracy, levels["2"].interval) == (0.5, wilson(1, 2))

    def test_a_part_that_cannot_be_judged_has_no_accuracy(self) -> None:
        part = summed("+?", levels="12").by_tag["level"]["2"]
        assert (part.n, part.right, part.accuracy, part.interval) == (0, 0, None, None)

    def test_numbers_are_in_counting_order_and_words_after_them(self) -> None:
        parts = Selection(tuple(asked(n, size=size) for n, size in enumerate(["10", "9", "large"])), 1)
        assert list(summarise(parts, []).by_tag["size"]) == ["9", "10", "large"]


class TestFailures:
    def test_kinds_of_failures_are_counted_commonest_first(self) -> None:
        labels = ["wrong form", "limit", "limit", ""]
        found = summarise(
            selection(4), [record(n + 1, "wrong", label=label) for n, label in enumerate(labels)]
        )
        assert list(found.labels.items()) == [("limit", 2), ("wrong form", 1)]

    def test_errors_are_counted_by_whose_fault_they_are(self) -> None:
        faults = [Fault(kind="model", message="no"), Fault(kind="agent", message="oh"), None]
        lines = [record(n + 1, "error" if fault else "right", fault=fault) for n, fault in enumerate(faults)]
        assert summarise(selection(3), lines).faults == {"model": 1, "agent": 1}


class TestCosts:
    def test_means_are_over_the_samples_that_have_records(self) -> None:
        sizes = [Usage(calls=n, prompt_tokens=10 * n, completion_tokens=n, usd=n / 4) for n in (1, 2, 6)]
        lines = [record(n + 1, usage=usage, seconds=n, steps=2 * n) for n, usage in enumerate(sizes)]
        found = summarise(selection(5), lines)
        assert found.means.calls == mean_estimate([1, 2, 6])
        assert found.means.tokens == mean_estimate([11, 22, 66])
        assert found.means.completion_tokens == mean_estimate([1, 2, 6])
        assert found.means.usd == mean_estimate([0.25, 0.5, 1.5])
        assert found.means.seconds == mean_estimate([0, 1, 2])
        assert found.means.steps == mean_estimate([0, 2, 4])

    def test_with_several_epochs_they_are_clustered_by_sample(self) -> None:
        lines = [record(n, epoch=epoch, seconds=n) for n in (1, 2, 3) for epoch in (1, 2)]
        found = summarise(selection(3, 2), lines).means.seconds
        assert found == mean_estimate([1, 1, 2, 2, 3, 3], list("aabbcc"))

    def test_usage_is_added_up_in_all_and_by_stage(self) -> None:
        plan, work = Usage(calls=1, usd=0.5, unpriced_calls=1), Usage(calls=3, cached_tokens=7, seconds=2.5)
        lines = [
            record(1, usage=plan + work, stages={"plan": plan, "work": work}),
            record(2, usage=work, stages={"work": work}),
        ]
        found = summarise(selection(2), lines)
        assert found.usage == plan + work + work
        assert found.stages == {"plan": plan, "work": work + work}
        assert found.usage.unpriced_calls == 1, "so that nobody takes the sum for all of it"

    def test_what_else_was_counted_is_added_up(self) -> None:
        more: dict[str, Any] = {
            "tool_calls": 4,
            "tool_errors": 1,
            "drift": 2,
            "withheld": 3,
            "tries": 2,
            "seconds": 1.5,
        }
        found = summarise(selection(3), [record(1, **more), record(2, **more), record(3, seconds=0.0)])
        assert (found.tool_calls, found.tool_errors, found.drift, found.withheld) == (8, 2, 4, 6)
        assert (found.retried, found.seconds) == (2, 3.0)


def test_it_survives_being_written_as_json() -> None:
    lines = [*records("+-?", 1), *records("+e.", 2)]
    found = summarise(selection(3, 2, groups=["a", "b"], levels="12"), lines)
    assert Summary.model_validate_json(found.model_dump_json()) == found


def test_long_answers_are_not_kept() -> None:
    """10,000 records of 20 kB are 200 MB; what is kept of them is small."""

    def read() -> Iterator[Record]:
        stages = {"plan": Usage(calls=1), "work": Usage(calls=2)}
        for number in range(10_000):
            yield record(number + 1, LETTERS["+-"[number % 2]], answer="x" * 20_000, stages=stages)

    everything = selection(10_000)
    tracemalloc.start()
    points = read_points(everything, read())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(points) == 10_000
    assert peak < 25e6


def test_a_level_tells_what_its_samples_took() -> None:
    part = summed("+-.", levels="1").by_tag["level"]["1"]
    means = summed("+-").means
    assert means.calls is not None and means.tokens is not None
    assert part.n == 3 and part.calls == pytest.approx(means.calls.mean)
    assert part.tokens == pytest.approx(means.tokens.mean)
    assert summed("..", levels="1").by_tag["level"]["1"].calls is None
