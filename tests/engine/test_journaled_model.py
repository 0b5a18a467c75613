"""A model whose answers are found again: by what was asked, wherever and however often."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.engine.emitter import Emitter
from agentkit.engine.journal import Journal
from agentkit.engine.journaled_model import JournaledModel
from agentkit.engine.tape import Tape
from agentkit.errors import ModelUnavailableError
from agentkit.events import ModelCalled, TokenDelta
from agentkit.messages import ChatRequest, Completion, Message, OutputSchema, ToolSpec
from agentkit.protocols import Delta
from agentkit.testing import FunctionModel, ScriptedModel
from tests.engine.conftest import Heard


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


def says(*texts: str, **more: object) -> ChatRequest:
    messages = tuple(
        Message(role="user" if n % 2 == 0 else "assistant", content=t) for n, t in enumerate(texts)
    )
    return ChatRequest(messages=messages).model_copy(update=dict(more))


def session(
    journal: Journal,
    inner: ScriptedModel | FunctionModel,
    *,
    scope: str = "run/a",
    heard: Heard | None = None,
) -> JournaledModel:
    """A model as one session of the run has it."""
    tape = Tape(journal, "r", lambda: 0.0)
    return JournaledModel(inner, tape, Emitter("r", journal, heard), scope=scope, subtask="a")


async def talk(model: JournaledModel, *requests: ChatRequest) -> list[str]:
    return [(await model.complete(request)).text for request in requests]


async def test_the_same_question_is_answered_from_the_journal_in_a_later_session(journal: Journal) -> None:
    inner = ScriptedModel(["one", "two"])
    requests = (says("a"), says("a", "one", "b"))
    assert await talk(session(journal, inner), *requests) == ["one", "two"]
    assert await talk(session(journal, ScriptedModel([])), *requests) == ["one", "two"]


async def test_the_same_question_twice_is_two_calls_found_again_in_their_order(journal: Journal) -> None:
    assert await talk(session(journal, ScriptedModel(["one", "two"])), says("a"), says("a")) == ["one", "two"]
    later = session(journal, ScriptedModel(["three"]))
    assert await talk(later, says("a"), says("a"), says("a")) == ["one", "two", "three"]


async def test_other_scopes_have_answers_of_their_own(journal: Journal) -> None:
    await talk(session(journal, ScriptedModel(["one"])), says("a"))
    assert await talk(session(journal, ScriptedModel(["other"]), scope="run/b"), says("a")) == ["other"]


@pytest.mark.parametrize(
    "other",
    [
        says("b"),
        says("a", tools=(ToolSpec(name="t", description="", parameters={}),)),
        says("a", output=OutputSchema(name="o", json_schema={})),
        says("a", temperature=0.5),
        says("a", stage="verify"),
        ChatRequest(messages=(Message(role="system", content="a"),)),
    ],
    ids=["words", "tools", "form", "temperature", "stage", "role"],
)
async def test_whatever_decides_the_answer_makes_another_question(
    journal: Journal, other: ChatRequest
) -> None:
    await talk(session(journal, ScriptedModel(["one"])), says("a"))
    assert await talk(session(journal, ScriptedModel(["new"])), other) == ["new"]


async def test_how_many_tokens_are_allowed_makes_no_other_question(journal: Journal) -> None:
    await talk(session(journal, ScriptedModel(["one"])), says("a"))
    assert await talk(session(journal, ScriptedModel([])), says("a", max_tokens=7)) == ["one"]


async def test_what_was_said_is_found_again_whole(journal: Journal) -> None:
    model = session(journal, ScriptedModel(["r1", "r2", "r3"]))
    await talk(model, says("a"), says("a", "r1", "b"), says("x", "y", "z"))
    for call, wanted in zip(journal.calls("r"), (["a"], ["a", "r1", "b"], ["x", "y", "z"]), strict=True):
        head = json.loads(call.request)["head"]
        said = [Message.model_validate_json(body).content for body in journal.conversation(head)]
        assert said == wanted


async def test_messages_of_a_call_that_failed_are_not_missing_from_the_next(journal: Journal) -> None:
    model = session(journal, ScriptedModel([ModelUnavailableError("down"), "fine"]))
    with pytest.raises(ModelUnavailableError):
        await model.complete(says("a", "b", "c"))
    await talk(model, says("a", "b", "c", "d", "e"))
    (call,) = journal.calls("r")
    head = json.loads(call.request)["head"]
    assert len(journal.conversation(head)) == 5


async def test_calls_side_by_side_on_one_model_keep_apart(journal: Journal) -> None:
    async def speak(request: ChatRequest) -> str:
        last = request.messages[-1].content
        await asyncio.sleep(0.03 if last == "a" else 0.01)
        return f"<{last}>"

    model = session(journal, FunctionModel(speak))
    found = await asyncio.gather(*(model.complete(says("front", "and", x)) for x in "abc"))
    assert [c.text for c in found] == ["<a>", "<b>", "<c>"]
    later = session(journal, ScriptedModel([]))
    again = await asyncio.gather(*(later.complete(says("front", "and", x)) for x in "cba"))
    assert [c.text for c in again] == ["<c>", "<b>", "<a>"]


async def test_listeners_hear_pieces_and_calls_and_which_were_replayed(
    journal: Journal, heard: Heard
) -> None:
    got: list[Delta] = []
    inner = ScriptedModel([Completion(text="a long answer", model="m")])
    await session(journal, inner, heard=heard).complete(says("a"), got.append)
    pieces = [e for e in heard if isinstance(e, TokenDelta)]
    assert "".join(p.text for p in pieces) == "".join(d.text for d in got) == "a long answer"
    assert {p.subtask for p in pieces} == {"a"}
    await session(journal, ScriptedModel([]), heard=heard).complete(says("a"))
    assert [(e.replayed, e.model) for e in heard if isinstance(e, ModelCalled)] == [(False, "m"), (True, "m")]


async def test_void_answers_are_not_given_again_once_the_run_is_tried_again(journal: Journal) -> None:
    tape = Tape(journal, "r", lambda: 0.0)
    model = JournaledModel(
        ScriptedModel(["useless"]), tape, Emitter("r", journal, None), scope="run/a", subtask=""
    )
    await talk(model, says("a"))
    await tape.void("run/a")
    assert await talk(session(journal, ScriptedModel([])), says("a")) == [
        "useless"
    ]  # cut off, and gone on with
    journal.retire_void_calls("r")
    assert await talk(session(journal, ScriptedModel(["better"])), says("a")) == ["better"]
    assert await talk(session(journal, ScriptedModel([])), says("a")) == ["better"]
    assert journal.spent("r")["run/a"].calls == 2  # it was paid for all the same


async def test_a_refusal_is_found_again_but_not_once_the_run_is_tried_again(journal: Journal) -> None:
    refusal = Completion(text="I would rather not", finish="refused", model="m")
    assert await talk(session(journal, ScriptedModel([refusal])), says("a")) == ["I would rather not"]
    assert await talk(session(journal, ScriptedModel([])), says("a")) == ["I would rather not"]
    journal.retire_void_calls("r")
    assert await talk(session(journal, ScriptedModel(["gladly"])), says("a")) == ["gladly"]
