"""Evaluations against each other, sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agentkit.budget import Usage
from agentkit.errors import StoreError, UsageError
from agentkit.evals.comparison import Comparison, Pair, compare, find_folders, unique_names
from agentkit.evals.folder import Asked, EvalFolder, Selection
from agentkit.evals.statistics import mcnemar, mean_estimate, paired_bootstrap, samples_needed
from agentkit.evals.summary import summarise
from tests.evals.written import record, records, selection, write_eval


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def pair(folder: Path, first: str, second: str, groups: Sequence[str] = ()) -> Pair:
    """Two evaluations, "one" and "two", of these outcomes."""
    pairs = compare(
        [
            write_eval(folder / name, selection(len(outcomes), groups=groups), records(outcomes))
            for name, outcomes in (("one", first), ("two", second))
        ]
    ).pairs
    return pairs[0]


class TestCompare:
    def test_each_evaluation_is_summed_up_in_the_order_given(self, folder: Path) -> None:
        names = ["c", "a", "b"]
        made = [write_eval(folder / name, selection(2), records("+-")) for name in names]
        found = compare(made)
        assert [one.name for one in found.evaluations] == names
        assert found.benchmark == "sums"
        assert found.evaluations[0].config.agent == "c"
        assert found.evaluations[0].summary == summarise(selection(2), records("+-"))
        assert [(p.first, p.second) for p in found.pairs] == [("c", "a"), ("c", "b"), ("a", "b")]

    def test_one_alone_is_only_summed_up(self, folder: Path) -> None:
        found = compare([write_eval(folder / "one", selection(2), records("+-"))])
        assert (len(found.evaluations), found.pairs) == (1, ())

    def test_different_benchmarks_cannot_be_compared(self, folder: Path) -> None:
        one = write_eval(folder / "one", selection(1), records("+"), benchmark="sums")
        two = write_eval(folder / "two", selection(1), records("+"), benchmark="gaia")
        with pytest.raises(UsageError, match="one is of sums, two is of gaia"):
            compare([one, two])

    def test_nothing_cannot_be_compared(self) -> None:
        with pytest.raises(UsageError, match="no evaluation"):
            compare([])

    def test_it_survives_being_written_as_json(self, folder: Path) -> None:
        made = [write_eval(folder / name, selection(3), records("+-e")) for name in ("one", "two")]
        found = compare(made)
        assert Comparison.model_validate_json(found.model_dump_json()) == found


class TestAccuracy:
    def test_samples_are_told_apart_by_who_got_them_right(self, folder: Path) -> None:
        found = pair(folder, "++--+", "+-+-e")
        assert (found.only_first, found.only_second) == (("s2", "s5"), ("s3",))
        assert (found.both_wrong, found.both_right, found.samples) == (("s4",), 1, 5)

    def test_the_figures_are_those_of_the_statistics(self, folder: Path) -> None:
        one, two = "+++++++---", "+++---+--+"
        found = pair(folder, one, two).accuracy
        assert found is not None
        differences = [(a == "+") - (b == "+") for a, b in zip(one, two, strict=True)]
        drawn = paired_bootstrap(differences)
        assert drawn is not None
        assert (found.first, found.second, found.difference) == pytest.approx((0.7, 0.5, 0.2))
        assert (found.interval, found.share_first_ahead) == (drawn.interval, drawn.share)
        assert (found.p, found.samples_needed) == (mcnemar(3, 1), samples_needed(0.3, 0.1))

    def test_what_is_missing_counts_as_wrong(self, folder: Path) -> None:
        found = pair(folder, "++", "+.")
        assert found.only_first == ("s2",)
        assert found.accuracy is not None and found.accuracy.second == 0.5

    def test_what_either_leaves_unjudged_is_left_out(self, folder: Path) -> None:
        found = pair(folder, "+?+-", "++?-")
        assert (found.samples, found.unscored, found.both_right, found.both_wrong) == (2, 2, 1, ("s4",))

    def test_groups_are_drawn_as_a_whole(self, folder: Path) -> None:
        one, two = "++++++++++++", "++++++++----"
        apart = pair(folder / "apart", one, two).accuracy
        grouped = pair(folder / "grouped", one, two, groups="aaaabbbbcccc").accuracy
        assert apart is not None and grouped is not None
        assert apart.interval is not None and grouped.interval is not None
        assert grouped.difference == apart.difference
        assert grouped.interval.high == 1.0 > apart.interval.high

    def test_one_group_of_all_is_no_grouping(self, folder: Path) -> None:
        found = pair(folder, "+++", "-+-", groups=["a"]).accuracy
        assert found is not None and found.interval is not None

    def test_with_several_epochs_the_differences_are_of_shares(self, folder: Path) -> None:
        lines = {"one": ["++-", "+--", "+--"], "two": ["+--", "---", "---"]}
        made = [
            write_eval(
                folder / name,
                selection(3, 3),
                [line for epoch, outcomes in enumerate(each) for line in records(outcomes, epoch + 1)],
            )
            for name, each in lines.items()
        ]
        found = compare(made).pairs[0]
        assert found.accuracy is not None
        assert found.accuracy.difference == pytest.approx((2 / 3 + 1 / 3 + 0) / 3)
        assert found.only_first == ("s1",), "one of three epochs is less than half of them"
        assert found.both_wrong == ("s2", "s3")

    def test_half_of_the_epochs_are_enough_to_count_as_right(self, folder: Path) -> None:
        one = write_eval(folder / "one", selection(1, 2), records("+"))
        two = write_eval(folder / "two", selection(1), records("+"))
        assert compare([one, two]).pairs[0].both_right == 1


class TestSharedSamples:
    def test_those_that_only_one_was_asked_are_named_and_left_out(self, folder: Path) -> None:
        one = write_eval(folder / "one", selection(3), records("+-+"))
        two = write_eval(folder / "two", Selection(selection(4).asked[1:], 1), records(".--+"))
        found = compare([one, two]).pairs[0]
        assert (found.asked_only_first, found.asked_only_second) == (("s1",), ("s4",))
        assert (found.samples, found.only_first) == (2, ("s3",))

    def test_another_question_of_the_same_name_is_another_sample(self, folder: Path) -> None:
        one = write_eval(folder / "one", selection(2), records("++"))
        changed = Selection((Asked("s1", "reworded"), *selection(2).asked[1:]), 1)
        two = write_eval(folder / "two", changed, [record(1, digest="reworded"), record(2)])
        found = compare([one, two]).pairs[0]
        assert (found.samples, found.asked_only_first, found.asked_only_second) == (1, ("s1",), ("s1",))

    def test_where_they_share_none_there_is_nothing_to_tell(self, folder: Path) -> None:
        one = write_eval(folder / "one", selection(1), records("+"))
        two = write_eval(folder / "two", Selection(selection(2).asked[1:], 1), records(".+"))
        found = compare([one, two]).pairs[0]
        assert (found.samples, found.accuracy, found.better) == (0, None, "")
        assert found.verdict.startswith("nothing can be told")
        assert found.costs.tokens is None


class TestCosts:
    def test_differences_are_paired_over_samples_that_both_have_records_of(self, folder: Path) -> None:
        def spent(n: int) -> dict[str, Any]:
            return {"usage": Usage(calls=n, prompt_tokens=10 * n, usd=n / 8), "seconds": 2 * n}

        one = write_eval(folder / "one", selection(3), [record(n, **spent(n)) for n in (1, 2, 3)])
        two = write_eval(folder / "two", selection(3), [record(n, **spent(n * n)) for n in (1, 3)])
        found = compare([one, two]).pairs[0].costs
        assert found.calls == mean_estimate([0, -6])
        assert found.tokens == mean_estimate([0, -60])
        assert found.usd == mean_estimate([0, -0.75])
        assert found.seconds == mean_estimate([0, -12])

    def test_several_epochs_count_as_their_mean(self, folder: Path) -> None:
        one = write_eval(
            folder / "one", selection(2, 2), [record(1, seconds=1), record(1, epoch=2, seconds=4)]
        )
        two = write_eval(folder / "two", selection(2), [record(1, seconds=1)])
        assert compare([one, two]).pairs[0].costs.seconds == mean_estimate([1.5])

    def test_where_a_price_is_not_known_there_is_no_difference_in_dollars(self, folder: Path) -> None:
        one = write_eval(folder / "one", selection(1), [record(1, usage=Usage(calls=1, unpriced_calls=1))])
        two = write_eval(folder / "two", selection(1), [record(1)])
        costs = compare([one, two]).pairs[0].costs
        assert costs.usd is None and costs.calls is not None


class TestVerdict:
    def test_a_clear_difference_is_told_from_the_better_one_s_view(self, folder: Path) -> None:
        worse, better = "-" * 20 + "+" * 20, "+" * 15 + "-" * 5 + "+" * 20
        ahead, behind = pair(folder / "x", better, worse), pair(folder / "y", worse, better)
        assert (ahead.better, behind.better) == ("one", "two")
        assert ahead.verdict.startswith("one is better: +37.5 points (95 % interval ")
        assert behind.verdict == ahead.verdict.replace("one", "two")
        assert ahead.verdict.endswith("McNemar p < 0.001")

    def test_a_small_difference_is_said_to_be_none_that_can_be_told(self, folder: Path) -> None:
        found = pair(folder, "+++++++---", "+++++++++-")
        assert found.better == ""
        assert found.verdict.startswith(
            "no difference can be told: two is ahead by 20.0 points (95 % interval 0.0"
        )
        assert found.accuracy is not None
        needed = found.accuracy.samples_needed
        assert found.verdict.endswith(f"McNemar p = 0.5; about {needed} samples would tell them apart")

    def test_few_samples_need_more_than_an_interval(self, folder: Path) -> None:
        """Five to nil: the bootstrap alone would call that told, the exact test does not (p = 0.0625)."""
        found = pair(folder, "+++++", "-----")
        assert found.accuracy is not None and found.accuracy.interval is not None
        assert found.accuracy.interval.low > 0 and found.better == ""

    def test_groups_need_more_than_the_test(self, folder: Path) -> None:
        """Ten to nil, but all of one template: the test alone would call that told (p = 0.002)."""
        groups = "a" * 10 + "b" * 10 + "c" * 10
        found = pair(folder, "+" * 30, "-" * 10 + "+" * 20, groups=groups)
        assert found.accuracy is not None and found.accuracy.p < 0.05
        assert found.better == ""

    def test_equally_good_ones_are_said_to_be_so(self, folder: Path) -> None:
        found = pair(folder, "+-+-", "-++-")
        assert found.verdict.startswith("no difference can be told: both got 50.0 % right (95 % interval")
        assert "samples would" not in found.verdict

    def test_a_single_sample_has_no_interval(self, folder: Path) -> None:
        assert pair(folder, "+", "-").verdict == (
            "no difference can be told: one is ahead by 100.0 points, McNemar p = 1; "
            "about 6 samples would tell them apart"
        )


class TestFolders:
    def test_a_path_stands_for_itself_or_for_all_directly_below_it(self, folder: Path) -> None:
        for name in ("set/b", "set/a", "alone"):
            write_eval(folder / name, selection(1), [])
        (folder / "set" / "notes").mkdir()
        (folder / "set" / "readme.txt").write_text("")
        found = find_folders([folder / "set", folder / "alone"])
        assert [one.name for one in found] == ["a", "b", "alone"]

    def test_one_that_is_named_twice_counts_once(self, folder: Path) -> None:
        write_eval(folder / "set" / "a", selection(1), [])
        found = find_folders([folder / "set" / "a", folder / "set", folder / "set" / ".." / "set"])
        assert [one.name for one in found] == ["a"]

    @pytest.mark.parametrize("name", ["nowhere", "empty", "file"])
    def test_where_there_is_none_it_says_so(self, folder: Path, name: str) -> None:
        (folder / "empty").mkdir()
        (folder / "file").write_text("")
        with pytest.raises(UsageError, match="there is no evaluation"):
            find_folders([folder / name])

    def test_a_damaged_record_is_an_error_that_names_it(self, folder: Path) -> None:
        made = write_eval(folder / "one", selection(1), records("+"))
        with made.records_file.open("a") as file:
            file.write("no record\n")
        with pytest.raises(StoreError, match="line 2 is damaged"):
            compare([made])

    def test_names_that_agree_are_told_apart_by_what_is_above_them(self) -> None:
        paths = ["/r/june/bare", "/r/july/bare", "/q/july/bare", "/r/july/team"]
        assert unique_names([EvalFolder(Path(path)) for path in paths]) == [
            "june/bare",
            "r/july/bare",
            "q/july/bare",
            "team",
        ]

    def test_the_names_are_those_of_the_comparison(self, folder: Path) -> None:
        made = [write_eval(folder / top / "bare", selection(1), records("+")) for top in ("x", "y")]
        found = compare(made)
        assert [one.name for one in found.evaluations] == ["x/bare", "y/bare"]
        assert (found.pairs[0].first, found.pairs[0].second) == ("x/bare", "y/bare")
