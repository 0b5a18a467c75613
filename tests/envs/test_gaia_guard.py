"""The guard keeps GAIA's published answers away, and lets through all else that is called Gaia.

Questions and ids are invented: the benchmark's own must not be published.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.envs.gaia import Gaia
from agentkit.envs.gaia_guard import GaiaGuard
from agentkit.messages import ToolCall
from agentkit.protocols import ToolOutcome, ToolScreen
from agentkit.sample import Sample
from agentkit.task import Attachment, Task

TASK_ID = "c0ffee00-1234-4000-8000-0000deadbeef"

QUESTION = (
    "In the ferry company's 1987 annual report, which harbour had more departures than arrivals, and by how "
    "many? Round to the nearest ten; don't count chartered boats."
)

HUB = "https://huggingface.co/datasets/gaia-benchmark/GAIA"


def call(*texts: str, tool: str = "fetch_page", **arguments: Any) -> ToolCall:
    """One text is what is asked for."""
    return ToolCall(id="1", name=tool, arguments=arguments or {"query": texts[0]})


def outcome(text: str, tool: str = "fetch_page", *, is_error: bool = False) -> ToolOutcome:
    return ToolOutcome(call=call("ferry companies", tool=tool), text=text, is_error=is_error)


@pytest.fixture
def guard() -> GaiaGuard:
    return GaiaGuard(TASK_ID, QUESTION)


def test_it_is_the_screen_of_the_benchmark() -> None:
    screen: ToolScreen = Gaia().screen(Sample(id=TASK_ID, task=Task(goal=QUESTION), target="Rhyl, 40"))
    assert screen.refuse(call(HUB))
    assert screen.withhold(outcome(f"Q: {QUESTION} A: Rhyl, 40"))


def test_the_question_is_known_without_our_words_about_the_form(tmp_path: Path) -> None:
    row = {"task_id": TASK_ID, "Question": "Which harbour is the oldest?", "Level": 1, "Final answer": "Rhyl"}
    (tmp_path / "metadata.jsonl").write_text(json.dumps(row))
    (sample,) = Gaia().samples(tmp_path)
    assert Gaia().screen(sample).withhold(outcome("Quiz: which harbour is the oldest? Rhyl!"))


REFUSED = [
    HUB,
    f"{HUB}/viewer/2023_all/validation",
    f"{HUB}/resolve/main/2023/validation/metadata.jsonl",
    "huggingface.co/datasets/Gaia-Benchmark/gaia",
    "https://huggingface.co/gaia-benchmark",
    "https://huggingface.co/spaces/gaia-benchmark/leaderboard",
    "https://huggingface.co/datasets/gaia-benchmark/results_public",
    "https://hf-mirror.com/datasets/gaia-benchmark/GAIA/tree/main",
    "https://mirror.example/hf/datasets/gaia-benchmark/GAIA",
    "https://web.archive.org/web/2024/https://huggingface.co/datasets/gaia-benchmark/GAIA",
    "https://datasets-server.huggingface.co/rows?dataset=gaia-benchmark%2FGAIA&split=validation",
    "https://search.example/?q=gaia%2Dbenchmark%252FGAIA",
    "https:\\/\\/huggingface.co\\/datasets\\/gaia\u2011benchmark\\/GAIA",
    "https://hub.example/datasets/copies/GAIA/resolve/main/questions.parquet",
    "https://files.example/GAIA/resolve/main/x.pdf",
    "https://huggingface.co/datasets/somebody/GAIA",
    "https://huggingface.co/datasets/smolagents/GAIA-annotated",
    "https://files.example/2023/validation/metadata.parquet",
    "https://files.example/2023/validation/metadata.level2.parquet",
    "C:\\data\\2023\\validation\\metadata.jsonl",
    "https://agents-course-unit4-scoring.hf.space/questions",
    'load_dataset("gaia-benchmark/GAIA", "2023_all")',
    "ls ~/.cache/huggingface/hub/datasets--gaia-benchmark--GAIA",
    "https://github.com/aymeric-roucher/GAIA/blob/main/benchmark_gaia.ipynb",
    "https://github.com/someone/agent/blob/main/data/gaia/validation/questions.json",
    "https://raw.githubusercontent.com/someone/agent/main/data/gaia/2023/validation/notes.txt",
    "https://raw.githubusercontent.com/someone/agent/main/gaia_validation.jsonl",
    "https://github.com/someone/agent/blob/main/GAIA/transcripts/level1.jsonl",
    "https://api.github.com/repos/someone/gaia-agent/contents/submissions/best.jsonl",
    "https://cdn.jsdelivr.net/gh/someone/agent@main/gaia/metadata.jsonl",
    "https://github.com/camel-ai/owl/tree/gaia69/owl",
    "GAIA benchmark answers",
    "gaia benchmark: the answer to the question about ferries",
    "What is the answer in the GAIA  Benchmark?",
    "https://search.example/?q=GAIA+benchmark+ground+truth",
    "GAIA (General AI Assistants) benchmark validation answers level 1",
    "GAIA leaderboard answers",
    "gaia_benchmark hugging face",
]

ALLOWED = [
    "Gaia telescope data release 3",
    "https://gea.esac.esa.int/archive/",
    "https://www.cosmos.esa.int/web/gaia/dr3",
    "https://www.cosmos.esa.int/web/gaia/dr3-validation",
    "Gaia hypothesis Lovelock",
    "answers to criticism of the Gaia hypothesis",
    "https://en.wikipedia.org/wiki/Gaia",
    "https://en.wikipedia.org/wiki/Gaia_(spacecraft)",
    "Gaia mission benchmark stars",
    "Gaia benchmark stars: which metallicity is the answer?",
    "https://arxiv.org/abs/1309.1099 Gaia FGK benchmark stars",
    "https://www.blancocuaresma.com/s/gaia-benchmark-stars",
    "https://github.com/someone/gaia-benchmark-stars",
    "https://huggingface.co/datasets/MultimodalUniverse/gaia",
    "https://huggingface.co/datasets/MultimodalUniverse/gaia/resolve/main/README.md",
    "https://huggingface.co/datasets/somebody/GAIA-dr3",
    "https://huggingface.co/datasets/squad/viewer",
    "https://huggingface.co/papers/2311.12983",
    "https://arxiv.org/abs/2311.12983",
    "https://huggingface.co/blog",
    "https://github.com/mozilla-b2g/gaia/blob/master/apps/email/js/validation.js",
    "https://github.com/cosmos/gaia/blob/main/docs/governance/submissions.md",
    "https://github.com/agabrown/PyGaia/tree/master/validation",
    "https://github.com/someone/gaia-dr3-catalogue/blob/main/data/gaia_validation_v3.csv",
    "https://raw.githubusercontent.com/esa/gaia-bhthree/main/metadata.jsonl",
    "https://github.com/amd/gaia",
    "https://github.com/camel-ai/owl",
    "https://files.example/2023/validation/report.pdf",
    "https://files.example/2021/validation/metadata.csv",
    "agaia benchmarking answers",
    "Gaia, goddess of the earth: answers for a crossword",
    "GAIA benchmark",
    "100% of the answers, 50%2 of them",
    "",
]


class TestRefuse:
    @pytest.mark.parametrize("text", REFUSED)
    def test_calls_for_the_benchmark_s_home_or_its_answers(self, guard: GaiaGuard, text: str) -> None:
        assert guard.refuse(call(text))

    @pytest.mark.parametrize("text", ALLOWED)
    def test_not_calls_for_what_else_is_called_so(self, guard: GaiaGuard, text: str) -> None:
        assert guard.refuse(call(text)) == ""

    @pytest.mark.parametrize(
        "arguments",
        [
            {"urls": ["https://example.org", HUB]},
            {"request": {"get": {"from": [{"url": HUB}]}}},
            {HUB: "page"},
            {"query": "gaia benchmark", "filters": ["answers"]},
            {"page": 3, "code": f"import requests\nrequests.get('{HUB}')"},
        ],
    )
    def test_arguments_are_read_at_any_depth(self, guard: GaiaGuard, arguments: dict[str, Any]) -> None:
        assert guard.refuse(ToolCall(id="1", name="run_code", arguments=arguments))

    def test_arguments_may_be_anything(self, guard: GaiaGuard) -> None:
        assert guard.refuse(ToolCall(id="1", name="f")) == ""
        assert guard.refuse(call(number=3, flag=True, none=None, numbers=[1, 2.5])) == ""

    def test_its_reason_helps_to_go_on(self, guard: GaiaGuard) -> None:
        assert "use other sources" in guard.refuse(call(HUB))

    def test_the_task_s_own_file_may_lie_in_a_folder_of_that_name(self, tmp_path: Path) -> None:
        folder = tmp_path / "datasets--gaia-benchmark--GAIA"
        folder.mkdir()
        (folder / f"{TASK_ID}.csv").write_text("1")
        own = Attachment.from_path(folder / f"{TASK_ID}.csv")
        guard = GaiaGuard(TASK_ID, QUESTION, [own])
        assert guard.refuse(call(name=own.name)) == ""
        assert guard.refuse(call(code=f"open({str(own.path)!r})")) == ""
        assert guard.refuse(call(code=f"open({str(folder / 'README.md')!r})"))


WITHHELD = {
    "the question": QUESTION,
    "between other things": f"Dump of a forum.\n\n{QUESTION}\n\nThe answer was Rhyl, by 40.",
    "in capitals": QUESTION.upper(),
    "on several lines": QUESTION.replace(" ", "\n"),
    "without punctuation": "".join(c for c in QUESTION if c.isalnum() or c == " "),
    "with curly apostrophes": QUESTION.replace("'", "\u2019"),
    "as JSON": json.dumps({"q": QUESTION.replace("company's", "company\u2019s").replace(", ", ",\n")}),
    "as HTML": QUESTION.replace("'", "&#39;").replace(" ", "&nbsp;"),
    "in bold": QUESTION.replace("harbour", "**harbour**").replace("more", "_more_"),
    "with soft hyphens": QUESTION.replace("company", "com\u00adpany"),
    "in full width": "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in QUESTION),
    "its first twelve words": "In the ferry company's 1987 annual report, which harbour had more ...",
    "twelve words from its middle": "more departures than arrivals, and by how many? Round to the nearest",
    "its home": f"See {HUB} for more.",
    "its home in a listing": "1. Gaia-Benchmark (org) 2. other",
    "its id": f'{{"task_id": "{TASK_ID}", "Final answer": "Rhyl, 40"}}',
    "its id in capitals": TASK_ID.upper(),
    "a file named for its id": f"downloads/{TASK_ID}.json",
}

SHOWN = {
    "nothing": "",
    "the mission": "Gaia was a space observatory of the European Space Agency. Gaia Data Release 3 has 1.8 "
    "billion stars; the answer to the question of how the Milky Way formed is being looked for.",
    "the hypothesis": "The Gaia hypothesis proposes that organisms co-evolve with their surroundings.",
    "the paper": "GAIA: a benchmark for General AI Assistants. Mialon et al., arXiv 2311.12983.",
    "benchmark stars": "https://example.org/gaia-benchmark-stars: the Gaia benchmark stars.",
    "another question": "In the railway's 1987 annual report, which station had more arrivals?",
    "the source": "Ferry company, annual report 1987. Departures: Rhyl 1,240, Barmouth 980. Arrivals: Rhyl "
    "1,200, Barmouth 1,010. Chartered boats are not counted.",
    "eleven words of it": "the ferry company's 1987 annual report, which harbour had more ...",
    "its words in another order": " ".join(reversed(QUESTION.split())),
    "another id": "c0ffee00-1234-4000-8000-0000deadbee0",
    "its id within a longer one": f"x{TASK_ID}9",
    "part of its id": TASK_ID[:13],
    "an error": "HTTP 404: not found",
}


class TestWithhold:
    @pytest.mark.parametrize("text", WITHHELD.values(), ids=WITHHELD)
    def test_results_that_repeat_the_question_or_come_from_its_home(
        self, guard: GaiaGuard, text: str
    ) -> None:
        assert guard.withhold(outcome(text))
        assert guard.withhold(outcome("word " * 5_000 + text + " word" * 5_000, tool="web_search"))

    @pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
    def test_not_other_results(self, guard: GaiaGuard, text: str) -> None:
        assert guard.withhold(outcome(text)) == ""

    @pytest.mark.parametrize("tool", ["read_file", "query_tables", "list_files"])
    @pytest.mark.parametrize("text", [QUESTION, HUB, f"{TASK_ID}.csv: 12 rows"])
    def test_nothing_of_the_task_s_own_files(self, guard: GaiaGuard, tool: str, text: str) -> None:
        assert guard.withhold(outcome(text, tool=tool)) == ""

    def test_errors_are_read_too(self, guard: GaiaGuard) -> None:
        assert guard.withhold(outcome(f"could not parse: {QUESTION}", is_error=True))

    def test_its_reason_does_not_repeat_what_is_withheld(self, guard: GaiaGuard) -> None:
        reason = guard.withhold(outcome(f"{QUESTION} Rhyl, 40"))
        assert "Rhyl" not in reason and "harbour" not in reason

    def test_the_names_of_the_task_s_own_files_hold_its_id(self, tmp_path: Path) -> None:
        (tmp_path / f"{TASK_ID}.csv").write_text("1")
        guard = GaiaGuard(TASK_ID, QUESTION, [Attachment.from_path(tmp_path / f"{TASK_ID}.csv")])
        assert guard.withhold(outcome(f"FileNotFoundError: {TASK_ID}.csv", tool="run_code")) == ""
        assert guard.withhold(outcome(f"{tmp_path.resolve()}/{TASK_ID}.csv", tool="run_code")) == ""
        leaked = json.dumps({"task_id": TASK_ID, "file_name": f"{TASK_ID}.csv", "Final answer": "17"})
        assert guard.withhold(outcome(leaked))


class TestQuestion:
    @pytest.mark.parametrize(
        ("question", "text", "withheld"),
        [
            ("Which harbour is the oldest?", "FAQ: Which harbour is the oldest? Rhyl.", True),
            ("Which harbour is the oldest?", "which harbour is the\noldest", True),
            ("Which harbour is the oldest?", "Rhyl is the oldest harbour of all.", False),
            ("Which harbour is the oldest?", "Which harbour is the oldest-looking?", True),
            ("Which harbour is the oldest?", "Which harbour is the oldests?", False),
            (
                "\u54ea\u4e2a\u6e2f\u53e3\u6700\u8001\uff1f",
                "\u54ea\u4e2a\u6e2f\u53e3\u6700\u8001\uff1f",
                True,
            ),
            ("?!", "?!", False),
            ("", "anything", False),
        ],
    )
    def test_a_short_one_is_looked_for_as_a_whole(self, question: str, text: str, withheld: bool) -> None:
        assert bool(GaiaGuard(TASK_ID, question).withhold(outcome(text))) is withheld

    @pytest.mark.parametrize("quotes", ['"{}"', "\u201c{}\u201d", "\u00ab{}\u00bb"])
    def test_what_it_quotes_may_be_in_the_source(self, quotes: str) -> None:
        verse = "the tide came in the tide went out and nobody on the quay could say where the ferry was"
        guard = GaiaGuard(
            TASK_ID, f"In which year was the poem with the line {quotes.format(verse)} written?"
        )
        assert guard.withhold(outcome(f"Collected poems, 1931. {verse}, and so on.")) == ""
        assert guard.withhold(outcome(f"in which year was the poem with the line '{verse}' written"))

    def test_one_that_is_all_quotation_is_looked_for_all_the_same(self) -> None:
        verse = "the tide came in the tide went out and nobody on the quay could say"
        assert GaiaGuard(TASK_ID, f'"{verse}"').withhold(outcome(verse))

    @pytest.mark.parametrize("task_id", ["1", "17", "line-7", "harbours", "oldest-ferry", "2023"])
    def test_an_id_that_could_be_a_word_is_not_looked_for(self, task_id: str) -> None:
        text = f"Page {task_id} of 1, line-7: harbours in 2023"
        assert GaiaGuard(task_id, QUESTION).withhold(outcome(text)) == ""
