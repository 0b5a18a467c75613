"""What the model replies, and how a correction is put into what it said before."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agentkit.workers.optimization.proposal import Proposal, merged, with_sources
from agentkit.workers.optimization.sentences import numbered


def test_a_reply_must_say_something() -> None:
    with pytest.raises(ValidationError, match="give a formulation"):
        Proposal.model_validate({"goal": "to win"})


@pytest.mark.parametrize(
    ("old", "new", "whole"),
    [
        ({"sets": {"a": [1]}}, {"sets": {"b": [2]}}, {"sets": {"a": [1], "b": [2]}}),
        ({"sets": {"a": [1]}}, {"sets": {"a": None}}, {"sets": {}}),
        ({"objective": {"minimize": "x"}}, {"objectives": [1]}, {"objectives": [1]}),
        (
            {"constraints": [{"name": "a", "rule": "x <= 1"}, {"name": "b", "rule": "y <= 1"}]},
            {"constraints": [{"name": "b", "rule": "y <= 2"}]},
            {"constraints": {"a": {"name": "a", "rule": "x <= 1"}, "b": {"name": "b", "rule": "y <= 2"}}},
        ),
        (
            {"planning": {"start": ["p"], "actions": {"go": {"pre": "p"}}}},
            {"planning": {"actions": {"go": {"pre": "q"}}}},
            {"planning": {"start": ["p"], "fluents": {}, "actions": {"go": {"pre": "q"}}}},
        ),
    ],
)
def test_a_correction_replaces_elements_by_name(
    old: dict[str, Any], new: dict[str, Any], whole: dict[str, Any]
) -> None:
    found = merged(old, new)
    found.get("planning", {}).setdefault("fluents", {})
    assert found == whole


def test_numbers_of_sentences_become_the_sentences() -> None:
    found = with_sources(
        {
            "constraints": [{"name": "a", "rule": "x <= 1", "source": 1}],
            "objective": {"minimize": "x", "source": [2]},
        },
        numbered("There is one. Take few."),
    )
    assert found["constraints"][0]["source"] == "There is one."
    assert found["objective"]["source"] == "Take few."
