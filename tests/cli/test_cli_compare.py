"""`agentkit compare`: evaluations side by side, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from agentkit.budget import Usage
from agentkit.cli import main
from agentkit.cli.eval_tables import render_comparison, render_summary
from agentkit.evals.comparison import Comparison, compare
from agentkit.evals.folder import Asked, EvalFolder, Selection
from agentkit.evals.record import Fault, Record
from agentkit.evals.summary import summarise
from tests.cli.scripted import ROOT
from tests.evals.written import record, records, selection, write_eval

PROBE = """
import json, sys
from agentkit.cli import main
code = main(["compare", *sys.argv[1:]])
heavy = {"duckdb", "highspy", "httpx", "langgraph", "litellm", "openpyxl", "pydantic_settings"}
print(json.dumps([code, sorted(heavy & {name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


def squeezed(text: str) -> list[str]:
    """The lines of a text, with one space between words."""
    return [" ".join(line.split()) for line in text.splitlines()]


def shown(table: RenderableType, width: int) -> str:
    """What a terminal of this width shows."""
    screen = io.StringIO()
    Console(width=width, file=screen).print(table)
    return screen.getvalue()


@dataclass
class Printed:
    """What a command line gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it printed, one space between words."""
        return squeezed(self.out)


@dataclass
class Compare:
    """Calls `agentkit compare` in this process."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Printed:
        self.capture.readouterr()
        code = main(["compare", *map(str, arguments)])
        return Printed(code, *self.capture.readouterr())


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Compare:
    return Compare(capsys)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two evaluations of 20 samples, `bare` and `team`; the latter is better."""
    asked = selection(20, levels="12", groups=[f"t{n}" for n in range(10)])
    bare = [*records("+++++"), *_wrong(range(6, 19)), _broken(19)]
    write_eval(tmp_path / "bare", asked, bare, agent="bare", model="openai/gpt-5.4-mini")
    write_eval(tmp_path / "team", asked, records("+" * 18 + "-l"), agent="workforce", replayed=True)
    return tmp_path


def _wrong(numbers: range) -> list[Record]:
    return [record(n, "wrong", label="wrong form" if n % 2 else "no answer", answer=f"{n}?") for n in numbers]


def _broken(number: int) -> Record:
    return record(number, "error", fault=Fault(kind="model", message="it refused"))


class TestTables:
    def test_an_evaluation_has_a_row_with_agent_and_model(self, folder: Path, call: Compare) -> None:
        lines = call(folder).lines
        assert lines[0] == "evaluation agent model samples epochs"
        assert lines[1] == "bare bare openai/gpt-5.4-mini 20 1"
        assert lines[2] == "team workforce scripted (recorded) 20 1"

    def test_a_row_with_what_was_right_and_what_was_not(self, folder: Path, call: Compare) -> None:
        lines = call(folder).lines
        place = lines.index("evaluation right accuracy (95 %) wrong errors limits unanswered")
        assert lines[place + 1] == "bare 5/20 25.0 % (11.2 to 46.9) 13 1 0 1"
        assert lines[place + 2] == "team 18/20 90.0 % (69.9 to 97.2) 1 0 1 0"

    def test_further_scores_stand_beside_the_accuracy(self, tmp_path: Path, call: Compare) -> None:
        told = [record(1, others={"second labels": 1.0}), record(2, "wrong", others={"second labels": 1.0})]
        write_eval(tmp_path / "bare", selection(2), told)
        write_eval(tmp_path / "old", selection(2), records("+-"))
        lines = call(tmp_path).lines
        place = lines.index("evaluation right accuracy (95 %) second labels wrong errors limits unanswered")
        assert lines[place + 1].startswith("bare 1/2 50.0 %") and " 100.0 % 1 0" in lines[place + 1]
        assert lines[place + 2].startswith("old 1/2 50.0 %") and " - 1 0" in lines[place + 2]

    def test_a_row_with_what_a_sample_takes(self, folder: Path, call: Compare) -> None:
        lines = call(folder).lines
        place = lines.index("evaluation calls tokens $ seconds")
        assert lines[place + 2] == "team 2.0 ± 0.0 100 ± 0 0.0100 ± 0.0000 2.0 ± 0.0"

    def test_levels_are_broken_down(self, folder: Path, call: Compare) -> None:
        lines = call(folder).lines
        place = lines.index("level bare team")
        assert lines[place + 1].startswith("1 3/10 30.0 % (10.8 to 60.3) 9/10 90.0 %")
        assert lines[place + 2].endswith("2.0 calls, 100 tokens")
        assert lines[place + 3].startswith("2 2/10 20.0 %")

    def test_failures_are_counted_by_kind_and_fault(self, folder: Path, call: Compare) -> None:
        lines = call(folder).lines
        place = lines.index("failures bare team")
        assert lines[place + 1 : place + 4] == ["no answer 7 0", "wrong form 6 0", "error of the model 1 0"]

    def test_what_all_of_it_cost_is_said(self, folder: Path, call: Compare) -> None:
        out = call(folder).out
        assert "bare: $0.1900 · 1,900 tokens · 38 calls · 38.0 s in all; accuracy clustered by group" in out
        assert "team: $0.2000 · 2,000 tokens · 40 calls · 40.0 s in all when recorded" in out

    def test_the_verdict_says_which_is_better_and_where(self, folder: Path, call: Compare) -> None:
        lines = call(folder).out.splitlines()
        assert "bare against team, on 20 samples of both" in lines
        (verdict,) = [
            line for line in lines if line.startswith("team is better: +65.0 points (95 % interval")
        ]
        assert verdict.endswith("McNemar p < 0.001")
        named = "s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, and 3 more"
        assert f"only team right (13): {named}" in lines
        assert "both wrong (2): s19, s20" in lines
        assert not any(line.startswith("only bare right") for line in lines)
        assert any(
            line.startswith("difference for a sample (bare - team): +0 tokens (0 to 0)") for line in lines
        )

    def test_one_alone_has_no_verdict(self, folder: Path, call: Compare) -> None:
        printed = call(folder / "bare")
        assert printed.code == 0
        assert "against" not in printed.out and "5/20" in printed.out

    def test_unscored_columns_and_tries_appear_where_there_are_any(
        self, tmp_path: Path, call: Compare
    ) -> None:
        write_eval(tmp_path / "a", selection(2, 2), [*records("+?"), *records("-?", 2)])
        lines = call(tmp_path).lines
        place = lines.index("evaluation right accuracy (95 %) wrong errors limits unanswered unscored")
        assert lines[place + 1] == "a 1/2 50.0 % (5.5 to 94.5) 1 0 0 0 2"
        assert "pass@k a 50.0 % 100.0 %" in lines and "pass^k a 50.0 % 0.0 %" in lines

    def test_a_mean_score_appears_where_answers_are_partly_right(self, tmp_path: Path, call: Compare) -> None:
        write_eval(tmp_path / "a", selection(2), [record(1), record(2, "wrong", score=0.5)])
        assert "a 1/2 50.0 % (9.5 to 90.5) 75.0 % 1 0 0 0" in call(tmp_path).lines

    @pytest.mark.parametrize(
        ("unpriced", "said"), [(2, "price unknown"), (1, "at least 0.0100")], ids=["all", "some"]
    )
    def test_an_unknown_price_is_said(self, tmp_path: Path, call: Compare, unpriced: int, said: str) -> None:
        usage = Usage(calls=2, usd=0.01, unpriced_calls=unpriced)
        write_eval(tmp_path / "a", selection(1), [record(1, usage=usage)])
        assert said in call(tmp_path).out

    def test_nothing_recorded_yet_is_no_error(self, tmp_path: Path, call: Compare) -> None:
        write_eval(tmp_path / "a", selection(3), [])
        printed = call(tmp_path)
        assert printed.code == 0
        assert "a 0/3 0.0 % (0.0 to 56.1) 0 0 0 3" in printed.lines

    def test_no_samples_at_all_are_no_error_either(self, tmp_path: Path, call: Compare) -> None:
        write_eval(tmp_path / "a", selection(0), [])
        write_eval(tmp_path / "b", selection(0), [])
        assert call(tmp_path).code == 0


class TestForm:
    def test_without_a_terminal_it_is_plain_and_nothing_is_cut(self, tmp_path: Path, call: Compare) -> None:
        model = "provider/" + "a-very-long-name-" * 12
        write_eval(tmp_path / "a", selection(1), records("+"), model=model)
        out = call(tmp_path).out
        assert "\x1b" not in out and model in out

    def test_a_narrow_terminal_wraps_figures_and_keeps_all_of_them(self, folder: Path) -> None:
        comparison = compare([EvalFolder(folder / name) for name in ("bare", "team")])
        text = shown(render_comparison(comparison), width=50)
        assert all(len(line) <= 50 for line in text.splitlines())
        assert "…" not in text
        for figure in ("5/20", "18/20", "(11.2", "46.9)", "(69.9", "97.2)"):
            assert figure in text

    def test_words_of_models_and_folders_cannot_steer_the_terminal(
        self, tmp_path: Path, call: Compare
    ) -> None:
        rude = "[red]\x1b]0;owned\x07"
        lines = [record(1, "wrong", label=rude)]
        write_eval(tmp_path / "a", Selection(selection(1).asked, 1), lines, model=rude)
        out = call(tmp_path).out
        assert "\x1b" not in out and "\x07" not in out
        assert out.count("[red]]0;owned") == 2

    def test_a_summary_can_be_shown_alone_with_its_stages(self) -> None:
        usage = Usage(calls=3, prompt_tokens=70, completion_tokens=5, usd=0.25, seconds=2)
        found = summarise(selection(2), [record(1, usage=usage, stages={"plan": usage}, drift=2, tries=2)])
        lines = squeezed(shown(render_summary("mine", found), width=200))
        assert "plan 3 70 5 0 $0.2500 2.0 s" in lines
        assert "mine 1/2 50.0 % (9.5 to 90.5) 0 0 0 1" in lines
        assert lines[-1].endswith(
            "2 model calls were answered by the recording of another prompt; 1 took more than one try"
        )


class TestJson:
    def test_it_is_the_comparison_and_nothing_else(self, folder: Path, call: Compare) -> None:
        printed = call(folder, "--json")
        found = Comparison.model_validate_json(printed.out)
        assert (printed.code, printed.err) == (0, "")
        assert found == compare([EvalFolder(folder / name) for name in ("bare", "team")])
        assert json.loads(printed.out)["pairs"][0]["better"] == "team"


class TestCsv:
    @pytest.fixture
    def lines(self, folder: Path, call: Compare) -> list[dict[str, str]]:
        assert call(folder, "--csv", folder / "all.csv").code == 0
        with (folder / "all.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_every_sample_has_a_line_with_columns_for_each(self, lines: list[dict[str, str]]) -> None:
        assert [line["sample"] for line in lines] == [f"s{n}" for n in range(1, 21)]
        line = lines[5]
        assert (line["epoch"], line["group"], line["digest"]) == ("1", "t5", "digest 6")
        cells = [line[f"bare {column}"] for column in ("outcome", "score", "label", "answer", "tokens")]
        assert cells == ["wrong", "0.0", "no answer", "6?", "100"]
        assert (line["team outcome"], line["team usd"], line["team seconds"]) == ("right", "0.01", "2.0")

    def test_a_missing_record_is_unanswered(self, lines: list[dict[str, str]]) -> None:
        assert (lines[-1]["bare outcome"], lines[-1]["bare tokens"]) == ("unanswered", "")

    def test_epochs_and_other_forms_of_a_sample_have_lines_of_their_own(
        self, tmp_path: Path, call: Compare
    ) -> None:
        write_eval(tmp_path / "a", selection(1, 2), [record(1), record(1, "wrong"), record(1, epoch=2)])
        write_eval(tmp_path / "b", selection(1), [record(1, answer='say "no",\nplease')])
        other = Selection((Asked("s1", "reworded"),), 1)
        write_eval(tmp_path / "c", other, [record(1, digest="reworded"), record(1)])
        call(tmp_path, "--csv", tmp_path / "all.csv")
        with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        assert [(r["epoch"], r["digest"], r["a outcome"], r["b outcome"], r["c outcome"]) for r in found] == [
            ("1", "digest 1", "wrong", "right", ""),
            ("2", "digest 1", "right", "", ""),
            ("1", "reworded", "", "", "right"),
        ]
        assert found[0]["b answer"] == 'say "no",\nplease'

    def test_an_unknown_price_is_left_empty(self, tmp_path: Path, call: Compare) -> None:
        write_eval(tmp_path / "a", selection(1), [record(1, usage=Usage(calls=1, unpriced_calls=1))])
        call(tmp_path, "--csv", tmp_path / "all.csv")
        assert (tmp_path / "all.csv").read_text().splitlines()[1].endswith("right,1.0,,,0,,2.0")

    def test_it_goes_with_json_and_says_where_it_is(self, folder: Path, call: Compare) -> None:
        printed = call(folder, "--json", "--csv", folder / "all.csv")
        assert json.loads(printed.out)["benchmark"] == "sums"
        assert printed.err == f"the samples are in {folder / 'all.csv'}\n"

    def test_where_it_cannot_be_written_it_says_so(self, folder: Path, call: Compare) -> None:
        printed = call(folder, "--csv", folder / "nowhere" / "all.csv")
        assert printed.code == 2
        assert "the table cannot be written" in printed.err and printed.err.count("\n") == 1


class TestErrors:
    def test_a_folder_without_an_evaluation_is_one_line(self, tmp_path: Path, call: Compare) -> None:
        for path in (tmp_path, tmp_path / "nowhere"):
            printed = call(path)
            assert (printed.code, printed.out) == (2, "")
            assert "there is no evaluation" in printed.err and printed.err.count("\n") == 1

    def test_different_benchmarks_are_one_line(self, tmp_path: Path, call: Compare) -> None:
        write_eval(tmp_path / "a", selection(1), records("+"), benchmark="sums")
        write_eval(tmp_path / "b", selection(1), records("+"), benchmark="gaia")
        printed = call(tmp_path)
        assert printed.code == 2
        assert "different benchmarks: a is of sums, b is of gaia" in printed.err

    def test_no_folder_is_wrong_usage(self, call: Compare) -> None:
        assert call().code == 2


def test_it_loads_no_library_that_it_does_not_need(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stderr) == [0, []]
