"""What the model replies: a definition of the problem and its formulation, or something instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agentkit.workers.optimization.sentences import Sentences

__all__ = ["Proposal", "merged", "with_sources"]

_LISTS = ("sets", "parameters", "variables", "expressions", "constraints")


def _without_explanations(schema: dict[str, Any]) -> None:
    """They would travel with every request; the prompt says it once."""
    schema.pop("description", None)
    for field in schema["properties"].values():
        field.pop("description", None)


class Proposal(BaseModel):
    """A reply, as prompts/formulate.txt asks for it."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, json_schema_extra=_without_explanations
    )

    goal: str = ""
    """What is wanted, in a sentence."""
    implied: list[str] = Field(default_factory=list)
    """What must hold although no sentence says so."""
    assumed: list[str] = Field(default_factory=list)
    """What was assumed where the task is silent."""
    formulation: dict[str, Any] = Field(default_factory=dict)
    """The formulation, or in a correction what changes of it."""
    edits: list[str] | None = None
    """Changes of a formulation that came with the task."""
    answer: list[Any] = Field(default_factory=list)
    """The answer's form, with edits."""
    code: str = ""
    """A program, where code is allowed."""
    keep: bool = False
    """That the formulation is right although something looked strange."""
    final: str = ""
    """The answer itself, where there is no solution."""
    give_up: str = ""
    """Why there is nothing to formulate."""

    @model_validator(mode="after")
    def _says_something(self) -> Proposal:
        said = (self.formulation, self.edits is not None, self.code, self.keep, self.final, self.give_up)
        if not any(said) and not self.answer:
            raise ValueError("give a formulation, or one of edits, code, keep, final, give_up")
        return self


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A formulation with the elements of another in the place of its own, by name; null removes one.

    >>> merged({"parameters": {"a": 1, "b": 2}}, {"parameters": {"b": 3}})
    {'parameters': {'a': 1, 'b': 3}}
    """
    found = {key: _by_name(value) if key in _LISTS else value for key, value in old.items()}
    if "objective" in new or "objectives" in new:
        found.pop("objective", None)
        found.pop("objectives", None)
    for key, value in new.items():
        if key in _LISTS:
            found[key] = _patched(found.get(key, {}), _by_name(value))
        elif key == "planning" and isinstance(value, Mapping) and isinstance(found.get(key), Mapping):
            found[key] = _merged_planning(found[key], value)
        else:
            found[key] = value
    return {key: value for key, value in found.items() if value is not None}


def _merged_planning(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(old)
    for key, value in new.items():
        listed = key in ("fluents", "actions")
        found[key] = _patched(_by_name(found.get(key)), _by_name(value)) if listed else value
    return found


def _by_name(value: Any) -> dict[str, Any]:
    """Elements as a mapping, whichever way they were given."""
    if isinstance(value, Mapping):
        return dict(value)
    found = {}
    for number, element in enumerate(value if isinstance(value, (list, tuple)) else ()):
        named = isinstance(element, Mapping) and "name" in element
        found[str(element["name"]) if named else f"unnamed_{number + 1}"] = element
    return found


def _patched(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in old.items() if name not in new or new[name] is not None}
    return kept | {name: value for name, value in new.items() if value is not None}


def with_sources(formulation: Mapping[str, Any], sentences: Sentences) -> dict[str, Any]:
    """The formulation with the sentences themselves where it gives their numbers."""

    def quoted(element: Any) -> Any:
        if isinstance(element, Mapping) and "source" in element:
            return {**element, "source": sentences.quoted(element["source"])}
        return element

    found = dict(formulation)
    for key in (*_LISTS, "objectives"):
        value = found.get(key)
        if isinstance(value, Mapping):
            found[key] = {name: quoted(element) for name, element in value.items()}
        elif isinstance(value, list):
            found[key] = [quoted(element) for element in value]
    found["objective"] = quoted(found["objective"]) if "objective" in found else None
    if found["objective"] is None:
        del found["objective"]
    return found
