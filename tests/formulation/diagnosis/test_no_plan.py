"""Where there is no plan, the goals that stand in the way are named."""

from __future__ import annotations

from typing import Any

from agentkit.formulation.diagnosis.no_plan import NoPlanExplanation, explain_no_plan
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance

BLOCKS: dict[str, Any] = {
    "sets": {"blocks": ["a", "b", "c"]},
    "planning": {
        "fluents": {"on": "blocks, blocks", "down": "blocks", "clear": "blocks"},
        "actions": [
            {
                "name": "stack",
                "over": "x in blocks, y in blocks if x != y",
                "pre": ["down(x)", "clear(x)", "clear(y)"],
                "effects": ["on(x, y)", "not down(x)", "not clear(y)"],
            },
            {
                "name": "unstack",
                "over": "x in blocks, y in blocks if x != y",
                "pre": ["on(x, y)", "clear(x)"],
                "effects": ["not on(x, y)", "down(x)", "clear(y)"],
            },
        ],
        "start": ["down(a)", "clear(a)", "down(b)", "clear(b)", "down(c)", "clear(c)"],
        "goal": ["on(a, b)", "on(b, c)"],
    },
}


def explained(**changes: Any) -> NoPlanExplanation:
    data = {**BLOCKS, "planning": {**BLOCKS["planning"], **changes}}
    return explain_no_plan(Instance(Formulation.read(data)))


def test_goals_that_exclude_each_other_are_named_and_no_others() -> None:
    found = explained(goal=["down(c)", "on(a, b)", "on(b, a)", "not down(b)"])
    assert set(found.goals) == {"on(a, b)", "on(b, a)"}
    assert found.irreducible
    assert "together" in found.text


def test_a_goal_that_nothing_brings_about_is_named() -> None:
    found = explained(goal=["on(a, b)", "on(c, c)"])
    assert found.goals == ("on(c, c)",)
    assert "stack and unstack speak of on" in found.text


def test_what_must_not_hold_can_be_out_of_reach_too() -> None:
    only_stacking = [BLOCKS["planning"]["actions"][0]]
    found = explained(
        actions=only_stacking, start=[*BLOCKS["planning"]["start"], "on(c, c)"], goal="not on(c, c)"
    )
    assert found.goals == ("not on(c, c)",)
