"""The form that an answer must have: a Python type, its JSON schema, and how to read an answer by it."""

from __future__ import annotations

import json
import re
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from agentkit.errors import OutputError, UsageError
from agentkit.messages import OutputSchema
from agentkit.models.json_text import json_in

__all__ = ["OutputForm"]

T = TypeVar("T")

_MOST_FAULTS = 5
_BOX = "value"


class OutputForm(Generic[T]):
    """A type that answers must have: anything that pydantic can validate.

    Servers want objects, so any other type travels as `{"value": …}`.

    >>> form = OutputForm(list[int])
    >>> form.schema.name, form.read('{"value": [1, 2]}')
    ('list_int', [1, 2])
    """

    def __init__(self, output_type: Any, name: str | None = None) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(output_type)
        plain = _accepted(self._adapter.json_schema())
        self._boxed = plain.get("type") != "object"
        self.schema = OutputSchema(
            name=_identifier(name or getattr(output_type, "__name__", "") + _arguments_of(output_type)),
            json_schema=_box(plain) if self._boxed else plain,
        )

    @property
    def in_words(self) -> str:
        """What to tell a model whose server does not enforce schemas."""
        schema = json.dumps(self.schema.json_schema, ensure_ascii=False, separators=(",", ":"))
        return f"Answer with nothing but one JSON object that fits this JSON schema:\n{schema}"

    def read(self, text: str, *, cut_off: bool = False) -> T:
        """The value that a text holds. Raises `OutputError`, saying what is wrong with it.

        Of a text that was cut off only a closed object counts: half a number looks like a whole one.
        """
        faults: OutputError | None = None
        for value in json_in(text):
            inside = value
            if self._boxed:
                if isinstance(value, dict) and set(value) == {_BOX}:
                    inside = value[_BOX]
                elif cut_off:
                    continue
            try:
                return self._adapter.validate_json(json.dumps(inside))
            except ValidationError as error:
                faults = faults or OutputError(_faults(error), text=text)
            except UsageError as error:  # raised by validators of our own types: a plan with a circle, say
                faults = faults or OutputError(str(error), text=text)
        raise faults or OutputError("there is no complete JSON object in it", text=text)


def _faults(error: ValidationError) -> str:
    errors = error.errors(include_url=False, include_context=False)
    lines = [f"{'.'.join(map(str, e['loc'])) or 'the value'}: {e['msg']}" for e in errors[:_MOST_FAULTS]]
    more = len(errors) - len(lines)
    return "; ".join(lines) + (f"; and {more} more" if more > 0 else "")


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:64] or "answer"


def _arguments_of(output_type: Any) -> str:
    """The part of a generic's name that is in brackets, so that `list[int]` is not called `list`."""
    arguments = getattr(output_type, "__args__", ())
    return "".join(f"_{getattr(a, '__name__', None) or a}" for a in arguments) if arguments else ""


def _box(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    inside = {key: value for key, value in schema.items() if key != "$defs"}
    closed = {"type": "object", "properties": {_BOX: inside}}
    return {**closed, "required": [_BOX], "additionalProperties": False, **definitions}


def _accepted(schema: Any) -> Any:
    """The schema as strict servers take it: objects closed, no titles (tokens for nothing), no `oneOf`."""
    if isinstance(schema, list):
        return [_accepted(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs", "patternProperties"):
            plain[key] = {name: _accepted(inner) for name, inner in value.items()}
        elif key in ("enum", "const", "default", "examples", "required"):
            plain[key] = value
        elif key == "oneOf":
            plain["anyOf"] = _accepted(value)
        elif key not in ("title", "discriminator"):
            plain[key] = _accepted(value)
    if plain.get("type") == "object" and "properties" in plain:
        plain.setdefault("additionalProperties", False)
    return plain
