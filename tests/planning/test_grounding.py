"""Schemas become actions without parameters: those that can be reached, found without trying them all."""

from __future__ import annotations

import time
from itertools import pairwise

from agentkit.planning.grounding import ActionSchema, Parameter, Predicate, Schema, ground
from agentkit.planning.strips import FactAction

PLACES = tuple(f"p{number}" for number in range(60))


def chain(length: int) -> Schema:
    """Places in a row, and a walker; three parameters of which most triples are impossible."""
    places = PLACES[:length]
    walk = ActionSchema(
        "walk",
        (Parameter("?a", places), Parameter("?b", places), Parameter("?c", places)),
        preconditions=(("at", "?a"), ("next", "?a", "?b"), ("next", "?b", "?c")),
        different=(("?a", "?c"),),
        add=(("at", "?c"),),
        delete=(("at", "?a"),),
    )
    steps = frozenset(("next", a, b) for a, b in pairwise(places))
    return Schema(
        "chain",
        (Predicate("at", 1), Predicate("next", 2)),
        (walk,),
        steps | {("at", places[0])},
        frozenset({("at", places[-1])}),
    )


def test_only_what_can_be_reached_is_made() -> None:
    task = ground(chain(7))

    assert [str(action) for action in task.actions] == [
        "(walk p0 p1 p2)",
        "(walk p2 p3 p4)",
        "(walk p4 p5 p6)",
    ]


def test_joins_keep_it_quick() -> None:
    begun = time.process_time()

    assert len(ground(chain(60)).actions) == 29
    # All 216,000 triples would take far longer.
    assert time.process_time() - begun < 0.5


def test_parameters_in_no_precondition_take_every_candidate() -> None:
    paint = ActionSchema(
        "paint",
        (Parameter("?wall", ("north", "south")), Parameter("?colour", ("red", "blue"))),
        add=(("painted", "?wall", "?colour"),),
    )
    task = ground(
        Schema(
            "walls",
            (Predicate("painted", 2),),
            (paint,),
            frozenset(),
            frozenset({("painted", "north", "red")}),
        )
    )

    assert len(task.actions) == 4


def test_what_never_changes_and_must_not_hold_rules_out() -> None:
    enter = ActionSchema(
        "enter",
        (Parameter("?room", ("hall", "vault")),),
        negative=(("locked", "?room"),),
        add=(("in", "?room"),),
    )
    start = frozenset({("locked", "vault")})
    task = ground(Schema("rooms", (), (enter,), start, frozenset({("in", "hall")})))

    assert [action.arguments for action in task.actions] == [("hall",)]


def test_equal_and_different_terms() -> None:
    pair = ActionSchema(
        "pair",
        (Parameter("?a", ("x", "y")), Parameter("?b", ("x", "y"))),
        equal=(("?a", "?b"),),
        different=(("?a", "y"),),
        add=(("paired", "?a", "?b"),),
    )
    task = ground(Schema("pairs", (), (pair,), frozenset(), frozenset({("paired", "x", "x")})))

    assert [action.arguments for action in task.actions] == [("x", "x")]


def test_a_schema_says_what_any_step_would_be() -> None:
    schema = chain(4)
    found = schema.instantiate(("walk", "p1", "p2", "p3"))

    assert isinstance(found, FactAction)
    assert found.preconditions == {("at", "p1"), ("next", "p1", "p2"), ("next", "p2", "p3")}
    assert schema.instantiate(("run", "p1")) == "there is no action called run; there are walk"
    assert schema.instantiate(("walk", "p1")) == "walk takes 3 arguments, not 1"
    assert schema.instantiate(("walk", "p1", "p2", "sea")) == "sea cannot be ?c of walk"
    assert "different objects" in str(schema.instantiate(("walk", "p1", "p2", "p1")))
