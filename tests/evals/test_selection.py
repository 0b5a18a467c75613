"""Which samples are asked: all, some by name, or some drawn by a seed; always in the benchmark's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import TaskError, UsageError
from agentkit.evals.folder import Selection
from agentkit.evals.selection import Choice, choose, distinct_samples
from agentkit.sample import Sample, Score
from agentkit.task import Task


class Sums:
    """As many sums as wanted, or whatever a test has it yield."""

    name = "sums"

    def __init__(self, samples: int | Sequence[Any] = 10) -> None:
        self._samples = [one(f"s{n}") for n in range(samples)] if isinstance(samples, int) else samples
        self.data: list[Path | None] = []

    def samples(self, data: Path | None = None) -> Iterable[Any]:
        self.data.append(data)
        return iter(self._samples)

    def score(self, sample: Sample, answer: str | None) -> Score:
        return Score(value=0)


def one(name: str, **more: Any) -> Sample:
    return Sample(id=name, task=Task(goal=f"What is {name}?"), **more)


def ids(selection: Selection) -> list[str]:
    return [asked.id for asked in selection.asked]


def drawn(seed: int | None, limit: int | None = None, size: int = 10) -> list[str]:
    return ids(choose(Sums(size), Choice(seed=seed, limit=limit)))


class TestAll:
    def test_without_a_choice_everything_is_asked_once_in_order(self) -> None:
        selection = choose(Sums(3), Choice())
        assert ids(selection) == ["s0", "s1", "s2"]
        assert selection.epochs == 1

    def test_what_is_asked_is_known_by_digest_group_and_tags(self) -> None:
        sample = one("a", group="g", tags={"level": "2", "area": "x"})
        (asked,) = choose(Sums([sample]), Choice()).asked
        assert (asked.id, asked.digest, asked.group) == ("a", sample.digest, "g")
        assert asked.tags == (("area", "x"), ("level", "2"))

    def test_the_benchmark_is_told_where_its_data_lie(self, tmp_path: Path) -> None:
        sums = Sums()
        choose(sums, Choice(data=tmp_path))
        choose(sums, Choice())
        assert sums.data == [tmp_path, None]

    def test_epochs_are_handed_on(self) -> None:
        assert choose(Sums(3), Choice(epochs=4)).epochs == 4


class TestLimit:
    @pytest.mark.parametrize(("limit", "count"), [(1, 1), (3, 3), (10, 10), (99, 10)])
    def test_it_takes_the_first_ones(self, limit: int, count: int) -> None:
        assert drawn(None, limit) == [f"s{n}" for n in range(count)]

    @pytest.mark.parametrize("limit", [0, -1])
    def test_none_at_all_is_refused(self, limit: int) -> None:
        with pytest.raises(UsageError, match="at least one sample") as caught:
            Choice(limit=limit)
        assert caught.value.where == "--limit"

    @pytest.mark.parametrize("epochs", [0, -1])
    def test_so_is_never(self, epochs: int) -> None:
        with pytest.raises(UsageError, match="at least once") as caught:
            Choice(epochs=epochs)
        assert caught.value.where == "--epochs"


class TestIds:
    def test_they_come_in_the_benchmark_s_order_each_once(self) -> None:
        assert ids(choose(Sums(), Choice(ids=("s7", "s1", "s7", "s3")))) == ["s1", "s3", "s7"]

    def test_a_limit_holds_for_them_too(self) -> None:
        assert ids(choose(Sums(), Choice(ids=("s7", "s1", "s3"), limit=2))) == ["s1", "s3"]

    def test_an_unknown_one_is_named_with_what_may_be_meant(self) -> None:
        with pytest.raises(UsageError, match="there are no samples s77, s78") as caught:
            choose(Sums(), Choice(ids=("s7", "s77", "s78")))
        assert (caught.value.where, caught.value.mend) == ("--sample-ids", "did you mean s7?")

    def test_where_nothing_is_close_the_list_is_pointed_to(self) -> None:
        with pytest.raises(UsageError, match="there are no samples x-ray") as caught:
            choose(Sums(), Choice(ids=("x-ray",)))
        assert caught.value.mend == "list them with --list"

    def test_of_many_unknown_ones_only_some_are_named(self) -> None:
        with pytest.raises(UsageError) as caught:
            choose(Sums(), Choice(ids=tuple(f"t{n}" for n in range(50))))
        assert "t4" in caught.value.what and "t5" not in caught.value.what

    def test_thousands_of_them_are_found_at_once(self) -> None:
        wanted = tuple(f"s{n}" for n in range(0, 8_000, 2))
        assert ids(choose(Sums(8_000), Choice(ids=wanted))) == list(wanted)


class TestSeed:
    def test_the_same_seed_draws_the_same_samples_in_the_benchmark_s_order(self) -> None:
        first = drawn(7, 4, 100)
        assert first == drawn(7, 4, 100)
        assert first == sorted(first, key=lambda name: int(name[1:]))
        assert len(set(first)) == 4

    def test_the_draw_is_the_same_in_every_version(self) -> None:
        assert drawn(7, 4, 100) == ["s8", "s21", "s56", "s78"]

    def test_other_seeds_draw_others(self) -> None:
        assert len({tuple(drawn(seed, 4, 100)) for seed in range(20)}) == 20

    def test_zero_is_a_seed(self) -> None:
        assert drawn(0, 4, 100) != drawn(None, 4, 100)

    @pytest.mark.parametrize("seed", [0, 1, 99])
    def test_a_larger_limit_extends_a_smaller_one(self, seed: int) -> None:
        draws = [set(drawn(seed, limit, 50)) for limit in range(1, 51)]
        assert all(small < large for small, large in pairwise(draws))

    def test_without_a_limit_it_changes_nothing(self) -> None:
        assert drawn(5) == drawn(None)

    def test_named_samples_are_drawn_from_as_they_would_be_among_all(self) -> None:
        everything = drawn(3, 5, 40)
        named = ids(choose(Sums(40), Choice(ids=tuple(everything), seed=3, limit=5)))
        assert named == everything


class TestDuplicates:
    def test_who_comes_second_gets_another_id_and_a_fault(self) -> None:
        found = list(distinct_samples(Sums([one("a"), one("b"), one("a"), one("a")]), None))
        assert [sample.id for sample in found] == ["a", "b", "a#2", "a#3"]
        assert [bool(sample.fault) for sample in found] == [False, False, True, True]
        assert found[2].fault == "the id 'a' occurs more than once; give every sample its own"

    def test_a_fault_of_its_own_is_kept(self) -> None:
        found = list(distinct_samples(Sums([one("a"), one("a", fault="a file is missing")]), None))
        assert found[1].fault == "a file is missing"

    def test_a_new_id_is_not_one_that_another_sample_has(self) -> None:
        for names in (["a", "a", "a#2"], ["a#2", "a", "a"], ["a", "a#2", "a", "a#2"]):
            found = [sample.id for sample in distinct_samples(Sums([one(name) for name in names]), None)]
            assert len(set(found)) == len(names), found

    def test_they_count_as_asked(self) -> None:
        assert ids(choose(Sums([one("a"), one("a")]), Choice())) == ["a", "a#2"]


class TestUnusableBenchmarks:
    def test_one_without_samples_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(TaskError, match="it yields no samples") as caught:
            choose(Sums(0), Choice())
        assert (caught.value.where, caught.value.mend) == ("benchmark sums", "check --data")
        with pytest.raises(TaskError) as caught:
            choose(Sums(0), Choice(data=tmp_path))
        assert caught.value.where == f"benchmark sums, {tmp_path}"

    @pytest.mark.parametrize("thing", ["a question", {"id": "a", "task": "?"}, None, ("a", "?")], ids=str)
    def test_what_is_no_sample_is_refused(self, thing: Any) -> None:
        with pytest.raises(UsageError, match=f"it yields {type(thing).__name__}, not samples") as caught:
            choose(Sums([one("a"), thing]), Choice())
        assert caught.value.where == "benchmark sums"

    def test_samples_are_read_one_by_one(self) -> None:
        read: list[str] = []

        class Endless(Sums):
            def samples(self, data: Path | None = None) -> Iterable[Sample]:
                for number in range(10**9):
                    read.append(f"s{number}")
                    yield one(f"s{number}")

        stream = distinct_samples(Endless(), None)
        assert [next(stream).id for _ in range(3)] == read == ["s0", "s1", "s2"]
