"""Asking people: a question keeps its identity, and its answer, however often the run goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.engine.emitter import Emitter
from agentkit.engine.journal import Journal
from agentkit.engine.people import People, Suspended, is_yes
from agentkit.protocols import AnswersQuestions
from agentkit.result import Question


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


def people(journal: Journal, answerer: AnswersQuestions | None = None, run: str = "r") -> People:
    return People(journal, run, Emitter(run, journal, None), answerer)


async def asked(who: People, place: str, prompt: str = "Well?") -> str:
    """The id of a question that nobody answers."""
    with pytest.raises(Suspended) as caught:
        await who.ask(place, "question", prompt)
    (question,) = caught.value.questions
    return question.id


async def test_a_question_has_the_same_id_in_every_session_and_another_for_anything_else(
    journal: Journal,
) -> None:
    first = await asked(people(journal), "a")
    assert await asked(people(journal), "a") == first
    others = {
        await asked(people(journal), "b"),
        await asked(people(journal), "a", "Otherwise?"),
        await asked(people(journal, run="other"), "a"),
    }
    assert len({first, *others}) == 4
    assert len(journal.open_questions("r")) == 3


async def test_an_answer_is_kept(journal: Journal) -> None:
    question = await asked(people(journal), "a")
    journal.answer("r", question, "yes")
    assert await people(journal).ask("a", "question", "Well?") == "yes"


async def test_suspended_is_no_ordinary_exception_that_a_worker_would_swallow() -> None:
    assert not issubclass(Suspended, Exception)


async def test_somebody_who_is_there_is_asked_one_thing_at_a_time(journal: Journal) -> None:
    heard: list[str] = []

    async def person(question: Question) -> str | None:
        heard.append(f"begin {question.prompt}")
        await asyncio.sleep(0.01)
        heard.append(f"end {question.prompt}")
        return question.prompt.upper()

    who = people(journal, person)
    answers = await asyncio.gather(*(who.ask(p, "question", p) for p in ("x", "y")))
    assert answers == ["X", "Y"]
    assert heard == ["begin x", "end x", "begin y", "end y"]
    assert journal.answers("r").keys() == {
        q.id for q in [Question.model_validate_json(b) for b in bodies(journal)]
    }


def bodies(journal: Journal) -> list[str]:
    return [row[0] for row in journal._db.execute("SELECT body FROM questions")]


async def test_a_graph_may_be_resumed_with_one_answer_or_with_several_by_id(journal: Journal) -> None:
    who = people(journal)
    ids = [await asked(who, place) for place in "abc"]
    open_ones = {q.id: q for q in journal.open_questions("r")}
    await who.wait_at("node:1", [open_ones[ids[0]]])
    await who.wait_at("node:2", [open_ones[ids[1]], open_ones[ids[2]]])

    later = people(journal)  # another session knows the places from the journal
    assert "several questions" in later.accept("node:2", "yes")
    assert "nothing called q-none" in later.accept("node:2", {"q-none": "yes"})
    assert journal.answers("r") == {}
    assert later.accept("node:1", "one") == ""
    assert later.accept("node:2", {ids[1]: "two", ids[2]: "three"}) == ""
    assert journal.answers("r") == dict(zip(ids, ["one", "two", "three"], strict=True))


@pytest.mark.parametrize("answer", ["y", "Yes", " yes, please", "OK", "approve", "Okay!", "true"])
def test_a_yes(answer: str) -> None:
    assert is_yes(answer)


@pytest.mark.parametrize("answer", ["", "  ", "no", "No, yes would be rash", "yesterday", "not ok", "n"])
def test_no_yes(answer: str) -> None:
    assert not is_yes(answer)
