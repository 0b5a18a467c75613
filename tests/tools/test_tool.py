"""`@tool` turns typed functions into tools: their schema, their checks, their context."""

from __future__ import annotations

import inspect
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from agentkit.errors import ToolDefinitionError, ToolInputError
from agentkit.tools.tool import Tool, ToolContext, tool


class Place(BaseModel):
    """Where something is."""

    city: str
    street: str = ""


@tool
def order(item: str, count: int = 1, size: Literal["small", "large"] = "small") -> str:
    """Order something.

    It arrives the next day.

    Args:
        item: What to order.
        count: How many.
    """
    return f"{count} {size} {item}"


@tool
async def deliver(places: list[Place], context: ToolContext, note: str | None = None) -> str:
    """Deliver to places."""
    return f"{len(places)} places, key {context.idempotency_key}, note {note}"


def schema(made: Tool) -> dict[str, Any]:
    return made.spec.parameters


def test_name_description_and_schema_come_from_the_function() -> None:
    assert order.spec.name == "order"
    assert order.spec.description == "Order something.\n\nIt arrives the next day."
    assert schema(order)["properties"] == {
        "item": {"description": "What to order.", "type": "string"},
        "count": {"default": 1, "description": "How many.", "type": "integer"},
        "size": {"default": "small", "enum": ["small", "large"], "type": "string"},
    }
    assert schema(order)["required"] == ["item"]
    assert schema(order)["additionalProperties"] is False


def test_the_context_is_hidden_from_the_model() -> None:
    assert deliver.context_parameter == "context"
    assert list(schema(deliver)["properties"]) == ["places", "note"]
    with pytest.raises(ToolInputError, match="context"):
        deliver.check({"places": [], "context": {}})


def test_nested_models_arrive_as_objects() -> None:
    checked = deliver.check({"places": [{"city": "Oslo"}]})

    assert checked == {"places": [Place(city="Oslo")], "note": None}
    assert "Place" in schema(deliver)["$defs"]


async def test_calling_a_tool_calls_the_function() -> None:
    assert order("tea", count=2) == "2 small tea"
    coroutine = deliver([Place(city="Oslo")], ToolContext(idempotency_key="k"))
    assert inspect.iscoroutine(coroutine)
    assert await coroutine == "1 places, key k, note None"


def test_defaults_fill_in() -> None:
    assert order.check({"item": "tea"}) == {"item": "tea", "count": 1, "size": "small"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "item: Field required"),
        ({"item": "tea", "count": "many"}, "count: Input should be a valid integer"),
        ({"item": "tea", "size": "huge"}, "size: Input should be 'small' or 'large'"),
        ({"item": "tea", "colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_what_does_not_fit_is_named(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ToolInputError) as caught:
        order.check(arguments)

    assert said in str(caught.value)
    assert "its parameters are: item, count, size" in str(caught.value)


def test_a_parameter_called_title_survives() -> None:
    @tool
    def publish(title: str) -> str:
        """Publish something."""
        return title

    assert schema(publish)["properties"] == {"title": {"type": "string"}}


def test_options_are_kept() -> None:
    @tool(name="pay", repeatable=False, needs_approval=True, timeout=5.0)
    def pay_now(amount: float) -> str:
        """Pay."""
        return f"{amount}"

    assert (pay_now.name, pay_now.repeatable, pay_now.needs_approval, pay_now.timeout) == (
        "pay",
        False,
        True,
        5.0,
    )
    assert order.repeatable
    assert not order.needs_approval


def test_a_function_without_a_docstring_is_no_tool() -> None:
    def silent(x: int) -> int:
        return x

    with pytest.raises(ToolDefinitionError, match="no docstring"):
        tool(silent)


def test_a_parameter_without_a_type_is_refused() -> None:
    def untyped(x) -> str:  # type: ignore[no-untyped-def]
        """Do something."""
        return str(x)

    with pytest.raises(ToolDefinitionError, match="parameter x has no type"):
        tool(untyped)


def test_star_arguments_are_refused() -> None:
    def several(*xs: int) -> int:
        """Add."""
        return sum(xs)

    with pytest.raises(ToolDefinitionError, match=r"\*xs"):
        tool(several)
