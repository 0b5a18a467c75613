"""The benchmark of optimisation problems: how files become samples, and how two sets of labels are scored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from agentkit.envs.mathprog import Mathprog
from agentkit.envs.mathprog.layout import question_of
from agentkit.envs.mathprog.results import Objective, objective_of
from agentkit.errors import TaskError
from agentkit.protocols import Benchmark
from agentkit.sample import Sample

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "optimization"

BASES = {
    "coffee": {"statement": "Roast and ship.", "data": {"cost": {"a": 1}, "demand": [3, 4]}},
    "wine": {"statement": "Press and ship.", "data": {}},
}


def row(**columns: Any) -> dict[str, Any]:
    return {"id": "1", "question": "What is the least cost?", "answer": "42.0", **columns}


def write(place: Path, *rows: dict[str, Any] | str) -> Path:
    """A set, or any other file of lines; a text is written as it is."""
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = [line if isinstance(line, str) else json.dumps(line) for line in rows]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


def samples(data: Path) -> dict[str, Sample]:
    return {sample.id: sample for sample in Mathprog().samples(data)}


def faults(found: Iterable[Sample]) -> list[str]:
    return [sample.fault for sample in found if sample.fault]


def test_it_is_a_benchmark_with_agents_of_its_own() -> None:
    assert isinstance(Mathprog(), Benchmark)
    assert Mathprog.agents == ("bare", "formal")


class TestFiles:
    def test_a_folder_holds_sets_named_for_their_files(self, tmp_path: Path) -> None:
        write(tmp_path / "mamo.jsonl", row(), row(id="2", kind="lp"))
        write(tmp_path / "industryor.jsonl", row())
        write(tmp_path / "nl4opt_declarations.jsonl", {"id": "1", "document": "Plant trees."})
        found = samples(tmp_path)
        assert list(found) == ["industryor/1", "mamo/1", "mamo/2"]
        assert found["mamo/2"].group == "mamo"
        assert found["mamo/2"].tags == {"set": "mamo", "kind": "lp"}

    def test_a_file_is_one_set(self, tmp_path: Path) -> None:
        write(tmp_path / "other.jsonl", row())
        assert list(samples(write(tmp_path / "mamo.jsonl", row()))) == ["mamo/1"]

    def test_the_task_is_the_problem_and_the_form_of_the_answer(self, tmp_path: Path) -> None:
        (sample,) = samples(write(tmp_path / "a.jsonl", row())).values()
        assert sample.task.goal.startswith("What is the least cost?\n\n")
        assert "`ANSWER: <number>`" in sample.task.goal.splitlines()[-1]
        assert question_of(sample) == "What is the least cost?"

    def test_downloads_with_other_names_of_columns_are_read(self, tmp_path: Path) -> None:
        industry = {"en_question": "How much?", "en_answer": 3, "index": 7}
        mamo = {"Question": "How much?", "Answer": "4"}
        found = samples(write(tmp_path / "a.jsonl", industry, mamo))
        assert {name: sample.target for name, sample in found.items()} == {"a/7": "3", "a/line-2": "4"}

    @pytest.mark.parametrize(
        ("answer", "target"),
        [
            ("42.0", "42.0"),
            (42, "42"),
            (-3.5, "-3.5"),
            ("infeasible\nConflicting Constraints:\n['Mon1']", "infeasible"),
            ("No Best Solution", "No Best Solution"),
        ],
    )
    def test_golds_are_numbers_or_words_for_none(self, answer: object, target: str, tmp_path: Path) -> None:
        (sample,) = samples(write(tmp_path / "a.jsonl", row(answer=answer))).values()
        assert (sample.target, sample.fault) == (target, "")

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("{", "no JSON object"),
            ("[1]", "no JSON object"),
            ({"id": "2", "answer": "3"}, "there is no question"),
            (row(question=" "), "there is no question"),
            (row(answer=None), "neither an answer nor results"),
            (row(answer="about 40"), "neither a number nor a word"),
            (row(answer="nan"), "no finite number"),
            (row(answer=True), "neither text nor number"),
            (row(answer=None, results={}), "there are no results"),
            (row(answer=None, results={"Cost": "cheap"}), "neither a number nor a word"),
        ],
    )
    def test_what_cannot_be_asked_says_why(
        self, line: dict[str, Any] | str, why: str, tmp_path: Path
    ) -> None:
        found = Mathprog().samples(write(tmp_path / "a.jsonl", row(id="0"), line))
        (fault,) = faults(found)
        assert why in fault and "a.jsonl, line 2" in fault

    def test_where_they_lie_does_not_change_what_is_asked(self, tmp_path: Path) -> None:
        first = samples(write(tmp_path / "x" / "a.jsonl", row(), "{"))
        second = samples(write(tmp_path / "y" / "a.jsonl", row(), "{"))
        assert [one.digest for one in first.values()] == [one.digest for one in second.values()]

    @pytest.mark.parametrize("name", ["none", "a.txt", "nl4opt_declarations.jsonl", "empty"])
    def test_without_problems_it_says_how_to_get_them(self, name: str, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        write(tmp_path / "a.txt", row())
        write(tmp_path / "nl4opt_declarations.jsonl", row())
        with pytest.raises(TaskError, match=r"IndustryOR.*AGENTKIT_MATHPROG"):
            list(Mathprog().samples(tmp_path / name))

    def test_a_file_without_any_question_is_none_of_ours(self, tmp_path: Path) -> None:
        with pytest.raises(TaskError, match="no optimisation problem"):
            Mathprog().samples(write(tmp_path / "a.jsonl", {"id": "1"}))

    def test_the_variable_names_the_data_where_nobody_says(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path / "mamo.jsonl", row())
        monkeypatch.setenv("AGENTKIT_MATHPROG", str(tmp_path))
        assert [sample.id for sample in Mathprog().samples()] == ["mamo/1"]


class TestResults:
    @pytest.mark.parametrize(
        ("names", "objective"),
        [
            (["Number of vans", "Number of trucks", "Minimized Cost"], "Minimized Cost"),
            (["Width", "Height", "The area of paper used"], "The area of paper used"),
            (["The price to maximize profit", "The maximum profit"], "The maximum profit"),
            (["Maximum profit", "New acres of rye", "New maximum profit"], "New maximum profit"),
            (["The optimal number of stations is", "Built in City 1", "Built in City 2"], None),
            (["Minimum number of vans", "Number of trucks"], "Minimum number of vans"),
            (["The minimum surface area of the box:"], "The minimum surface area of the box"),
        ],
    )
    def test_the_objective_is_the_value_of_the_whole(self, names: list[str], objective: str | None) -> None:
        found = objective_of({name: f"{place}.0" for place, name in enumerate(names)})
        assert found.name == (objective or "The optimal number of stations")
        assert names[int(float(found.value))].startswith(found.name)

    def test_a_row_of_variables_has_none(self) -> None:
        with pytest.raises(ValueError, match="variables only"):
            objective_of({f"Quantity of Fertilizer {number}": "1" for number in range(1, 6)})

    def test_a_single_value_is_it(self) -> None:
        assert objective_of({"Seats": 40.0}) == Objective("Seats", "40.0")

    def test_its_name_is_told_with_the_question(self, tmp_path: Path) -> None:
        results = {"Number of vans": "4.0", "Minimized Cost": "310.0"}
        (sample,) = samples(write(tmp_path / "a.jsonl", row(answer=None, results=results))).values()
        assert sample.target == "310.0"
        assert 'the objective ("Minimized Cost") in the last line' in sample.task.goal
        assert question_of(sample) == "What is the least cost?"


class TestWhatIf:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "whatif_problems.json").write_text(json.dumps({"about": "text", **BASES}))
        return tmp_path

    def test_the_task_has_base_data_question_and_conventions(self, folder: Path) -> None:
        asked = row(question="What if {data} doubles?", kind="demand")
        (sample,) = samples(write(folder / "whatif_coffee.jsonl", asked)).values()
        goal = sample.task.goal
        assert "Roast and ship." in goal and 'cost: {"a": 1}\ndemand: [3, 4]' in goal
        assert "Question: What if {data} doubles?\n" in goal
        assert "A rise of demand concerns both roasts" in goal
        assert sample.tags == {"set": "whatif_coffee", "kind": "demand"}

    @pytest.mark.parametrize(
        ("name", "question", "why"),
        [
            ("coffee", "?", "no words"),
            ("tea", "What if?", "no base problem 'tea'"),
            ("wine", "What if?", "nothing says how questions about 'wine' are meant"),
        ],
    )
    def test_what_cannot_be_understood_says_why(
        self, name: str, question: str, why: str, folder: Path
    ) -> None:
        found = Mathprog().samples(write(folder / f"whatif_{name}.jsonl", row(question=question)))
        assert why in faults(found)[0]

    def test_without_the_base_problems_nothing_can_be_asked(self, tmp_path: Path) -> None:
        found = Mathprog().samples(write(tmp_path / "whatif_coffee.jsonl", row()))
        assert "whatif_problems.json" in faults(found)[0]

    def test_broken_base_problems_are_told_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "whatif_problems.json").write_text("{")
        with pytest.raises(TaskError, match="base problems cannot be read"):
            Mathprog().samples(write(tmp_path / "whatif_coffee.jsonl", row()))


class TestLabels:
    @pytest.fixture
    def problems(self, tmp_path: Path) -> Path:
        return write(tmp_path / "mamo.jsonl", row(), row(id="2"), row(id="3"))

    def second(self, problems: Path, *labels: dict[str, Any] | str) -> None:
        write(problems.with_name("second_labels.jsonl"), *labels)

    def test_without_a_second_file_there_is_one_score(self, problems: Path) -> None:
        sample = samples(problems)["mamo/1"]
        score = Mathprog().score(sample, "ANSWER: 42")
        assert (sample.target, score.value, score.others) == ("42.0", 1.0, {})

    @pytest.mark.parametrize(("answer", "first", "second"), [("42", 1, 0), ("40", 0, 1), ("41", 0, 0)])
    def test_both_scores_are_given(self, answer: str, first: float, second: float, problems: Path) -> None:
        self.second(problems, {"id": "mamo/1", "answer": 40}, {"id": "elsewhere/1", "answer": 1})
        sample = samples(problems.parent)["mamo/1"]
        score = Mathprog().score(sample, f"ANSWER: {answer}")
        assert sample.target == ["42.0", "40"]
        assert (score.value, score.others) == (first, {"second labels": second})
        assert score.label == ("right by second label" if second > first else "")

    def test_where_the_second_file_is_silent_the_first_label_holds_in_both(self, problems: Path) -> None:
        self.second(problems, {"id": "mamo/1", "answer": 40}, {"id": "mamo/2", "answer": None})
        found = samples(problems)
        assert [found[f"mamo/{n}"].target for n in (2, 3)] == [["42.0", "42.0"]] * 2
        assert Mathprog().score(found["mamo/3"], "ANSWER: 42").others == {"second labels": 1.0}

    def test_no_answer_is_wrong_by_both(self, problems: Path) -> None:
        self.second(problems, {"id": "mamo/1", "answer": 40})
        score = Mathprog().score(samples(problems)["mamo/1"], None)
        assert (score.value, score.others) == (0.0, {"second labels": 0.0})

    def test_a_sample_without_a_target_is_not_judged(self) -> None:
        assert Mathprog().score(Sample.model_validate({"id": "1", "task": "?"}), "ANSWER: 1").value is None

    @pytest.mark.parametrize(
        ("label", "why"),
        [
            ("{", "no JSON object"),
            ("[]", "an id and an answer"),
            ({"id": "mamo/1"}, "an id and an answer"),
            ({"answer": 1}, "an id and an answer"),
            ({"id": "mamo/1", "answer": "many"}, "cannot be read"),
            ({"id": "1", "answer": 2}, "none of the second labels"),
        ],
    )
    def test_broken_labels_are_told_at_once(
        self, label: dict[str, Any] | str, why: str, problems: Path
    ) -> None:
        self.second(problems, label)
        with pytest.raises(TaskError, match=why):
            Mathprog().samples(problems)

    def test_rounding_is_the_question_s_not_the_form_s(self, tmp_path: Path) -> None:
        asked = row(question="What is the cost, rounded to the nearest dollar?")
        found = samples(write(tmp_path / "a.jsonl", asked, row(id="2")))
        assert [Mathprog().score(s, "ANSWER: 42.4").value for s in found.values()] == [1.0, 0.0]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published sets are not beside the repository")
class TestPublishedSets:
    def test_all_lines_are_read_and_few_are_faulted(self) -> None:
        found = samples(SHARED)
        counts = Counter(sample.group for sample in found.values())
        assert counts == {
            "industryor": 47,
            "mamo_complex": 103,
            "mamo_easy": 346,
            "nl4opt_e": 156,
            "optibench": 292,
            "optmath": 86,
            "whatif_coffee": 141,
            "whatif_facility": 82,
            "whatif_workforce": 130,
        }
        assert {name: sample.fault.partition(": ")[2] for name, sample in found.items() if sample.fault} == {
            f"optibench/{number}": "the results are variables only; the objective is not among them "
            "(mend the line, or remove it)"
            for number in (33, 583)
        } | {"whatif_facility/facility-141": "the question has no words (mend the line, or remove it)"}

    def test_every_gold_is_right_by_its_own_scorer(self) -> None:
        bench = Mathprog()
        for sample in bench.samples(SHARED):
            if not sample.fault:
                assert bench.score(sample, f"ANSWER: {sample.target}").value == 1.0, sample.id
                assert bench.score(sample, "ANSWER: 31.4159265").value == 0.0, sample.id

    def test_kinds_are_those_of_the_set(self) -> None:
        kinds = {sample.tags.get("kind") for sample in samples(SHARED / "optibench.jsonl").values()}
        assert kinds == {"linear-notable", "linear-table", "nonlinear-notable", "nonlinear-table"}
