"""Every model says what it is and what each of its fields means: schemas and readers rely on it."""

import inspect
from importlib import import_module

from pydantic import BaseModel

from agentkit.messages import Message


def models_of(module_name: str) -> list[type[BaseModel]]:
    """Its public models. Private ones are forms for language models, where every word costs tokens."""
    found = vars(import_module(module_name)).values()
    return [
        kind
        for kind in found
        if inspect.isclass(kind)
        and issubclass(kind, BaseModel)
        and kind.__module__ == module_name
        and not kind.__name__.startswith("_")
    ]


def test_every_model_and_every_field_is_explained(module_name: str) -> None:
    for model in models_of(module_name):
        assert model.__doc__, f"{model.__name__} has no docstring"
        silent = [
            name
            for name, field in model.model_fields.items()
            if not field.description and name != "kind"  # What an event's kind is needs no words.
        ]
        assert not silent, f"{model.__name__}: write a docstring under {', '.join(silent)}"


def test_explanations_reach_the_schema() -> None:
    properties = Message.model_json_schema()["properties"]
    assert properties["content"]["description"] == "The text."
