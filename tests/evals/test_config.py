"""What an evaluation measures: two that differ in it are never mixed."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.budget import Budget
from agentkit.evals.config import EvalConfig

CHANGES: list[dict[str, Any]] = [
    {"benchmark": "other"},
    {"agent": "other"},
    {"agent_setup": {"workers": ["reasoning"]}},
    {"model": "other"},
    {"replayed": True},
    {"sample_budget": Budget(tokens=100)},
    {"timeout": 2.5},
    {"seed": 0},
]


def config(**change: Any) -> EvalConfig:
    return EvalConfig(**{"benchmark": "sums", "agent": "bare", **change})


def test_the_list_of_changes_is_complete() -> None:
    assert {name for change in CHANGES for name in change} == set(EvalConfig.model_fields)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_of_any_field_is_told_and_gives_another_digest(change: dict[str, Any]) -> None:
    (told,) = config().differences(config(**change))
    assert told.startswith(f"{next(iter(change))}: it was ")
    assert config(**change).digest != config().digest


def test_the_same_one_has_no_differences_and_the_same_digest() -> None:
    one, other = config(agent_setup={"a": 1, "b": (2,)}), config(agent_setup={"b": [2], "a": 1})
    assert one.differences(other) == []
    assert one.digest == other.digest


def test_the_older_value_is_named_first() -> None:
    assert config(seed=1).differences(config(seed=2)) == ["seed: it was 1, now 2"]
    assert config(agent="é").differences(config(agent="e")) == ['agent: it was "é", now "e"']


def test_every_difference_is_an_entry_of_its_own() -> None:
    changed = config(seed=1, model="m", timeout=3)
    assert config().differences(changed) == [
        'model: it was "", now "m"',
        "timeout: it was null, now 3.0",
        "seed: it was null, now 1",
    ]


def test_long_values_are_cut() -> None:
    (told,) = config().differences(config(agent_setup={"text": "x" * 5_000}))
    assert len(told) < 250
    assert told.endswith("x…")


def test_its_digest_is_short_and_stays_the_same_in_every_version() -> None:
    """Folders are named by it, and nobody should lose one."""
    assert config().digest == "1d1cfeb6"


def test_how_many_samples_are_asked_is_no_part_of_it() -> None:
    assert not {"limit", "epochs", "sample_ids"} & set(EvalConfig.model_fields)
