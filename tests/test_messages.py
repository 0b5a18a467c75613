"""What is said to models and back is immutable, strict and survives JSON."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from agentkit.messages import ChatRequest, Completion, Message, OutputSchema, ToolCall, ToolSpec

CALL = ToolCall(id="c1", name="calculate", arguments={"expression": "1+1"})
SPEC = ToolSpec(name="calculate", description="Reckons.", parameters={"type": "object"})
EXAMPLES: list[BaseModel] = [
    CALL,
    SPEC,
    Message(role="assistant", content="let me see", tool_calls=(CALL,)),
    Message(role="tool", content="2", tool_call_id="c1"),
    OutputSchema(name="answer", json_schema={"type": "object"}),
    ChatRequest(
        messages=(Message(role="user", content="1+1?"),),
        tools=(SPEC,),
        output=OutputSchema(name="answer", json_schema={}),
        temperature=0.5,
    ),
    Completion(text="2", tool_calls=(CALL,), finish="tool_calls", model="m"),
]


def kind(example: BaseModel) -> str:
    return type(example).__name__


@pytest.mark.parametrize("example", EXAMPLES, ids=kind)
def test_nothing_can_be_changed(example: BaseModel) -> None:
    field = next(iter(type(example).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(example, field, "changed")


@pytest.mark.parametrize("example", EXAMPLES, ids=kind)
def test_unknown_fields_are_refused(example: BaseModel) -> None:
    with pytest.raises(ValidationError, match="surprise"):
        type(example).model_validate({**example.model_dump(), "surprise": 1})


@pytest.mark.parametrize("example", EXAMPLES, ids=kind)
def test_json_gives_back_the_same(example: BaseModel) -> None:
    assert type(example).model_validate_json(example.model_dump_json()) == example


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (Message, {"role": "robot"}),
        (Completion, {"finish": "tired"}),
        (ChatRequest, {"messages": [], "max_tokens": 0}),
    ],
)
def test_closed_vocabularies_and_ranges_are_kept(model: type[BaseModel], data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(data)


def test_a_completion_counts_as_one_call_where_nothing_is_known_of_it() -> None:
    assert Completion(text="yes").usage.calls == 1
