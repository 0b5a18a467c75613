from __future__ import annotations

from agentkit.planning.strips import FactAction, bits, build_task

LIT, WET, MATCH = ("lit",), ("wet",), ("match",)


def test_facts_are_bits_and_back() -> None:
    light = FactAction(
        "light", preconditions=frozenset({MATCH}), add=frozenset({LIT}), delete=frozenset({MATCH})
    )
    task = build_task("lamp", start=[MATCH], goal=[LIT], actions=[light])

    after = task.actions[0].result(task.start)

    assert task.holding(task.start) == (MATCH,)
    assert task.holding(after) == (LIT,)
    assert task.is_goal(after) and not task.is_goal(task.start)
    assert task.mask([LIT, MATCH]) == 0b11


def test_what_is_added_and_deleted_at_once_holds() -> None:
    both = FactAction("both", add=frozenset({LIT}), delete=frozenset({LIT, WET}))
    task = build_task("lamp", start=[LIT, WET], goal=[LIT], actions=[both])

    assert task.holding(task.actions[0].result(task.start)) == (LIT,)


def test_what_must_not_hold_keeps_an_action_back() -> None:
    light = FactAction("light", negative=frozenset({WET}), add=frozenset({LIT}))
    task = build_task("lamp", start=[WET], goal=[LIT], actions=[light])

    assert list(task.applicable(task.start)) == []
    assert list(task.applicable(0)) == [task.actions[0]]


def test_costs_count_only_where_the_task_says_so() -> None:
    light = FactAction("light", add=frozenset({LIT}), cost=7)
    by_length = build_task("lamp", start=[], goal=[LIT], actions=[light])
    by_cost = build_task("lamp", start=[], goal=[LIT], actions=[light], metric="cost")

    assert by_length.price(by_length.actions[0]) == 1
    assert by_cost.price(by_cost.actions[0]) == 7


def test_bits_of_long_numbers() -> None:
    assert list(bits(1 << 700 | 1)) == [0, 700]
