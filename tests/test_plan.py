"""A plan is a checked graph; whatever is derived from it can be relied on."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.console import Console

from agentkit.budget import Budget
from agentkit.errors import PlanError
from agentkit.plan import MAX_SUBTASKS, CriticalPath, Plan, PlanDiff, Subtask


def plan_of(**needs: str) -> Plan:
    """A plan from the needs of each subtask, as words."""
    return Plan(
        subtasks=tuple(Subtask(id=i, goal=f"do {i}", needs=tuple(n.split())) for i, n in needs.items())
    )


DIAMOND = plan_of(a="", b="a", c="a", d="b c")


@st.composite
def subtask_lists(draw: st.DrawFn, prefix: str = "s", most: int = 9) -> list[Subtask]:
    """The subtasks of a random graph without cycles, in random order."""
    count = draw(st.integers(1, most))
    made: list[Subtask] = []
    for n in range(count):
        needs = draw(st.lists(st.sampled_from([s.id for s in made]), unique=True)) if made else []
        made.append(Subtask(id=f"{prefix}{n}", goal=f"do {prefix}{n}", needs=tuple(needs)))
    return draw(st.permutations(made))


plans = subtask_lists().map(lambda subtasks: Plan(subtasks=tuple(subtasks)))
small_plans = subtask_lists("p", 4).map(lambda subtasks: Plan(subtasks=tuple(subtasks)))


def ancestors(plan: Plan, subtask_id: str) -> set[str]:
    """All that must be done before."""
    needs = plan.by_id[subtask_id].needs
    return set(needs).union(*(ancestors(plan, n) for n in needs))


# What is refused


@pytest.mark.parametrize(
    "needs", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "c", "b": "a", "c": "b", "d": "c"}]
)
def test_subtasks_that_wait_for_each_other_are_refused_by_name(needs: dict[str, str]) -> None:
    with pytest.raises(PlanError, match="in a circle") as caught:
        plan_of(**needs)
    assert set(caught.value.subtasks) == set(needs) - {"d"}


@given(subtask_lists(), st.data())
def test_a_cycle_is_refused_with_exactly_the_subtasks_of_one(
    subtasks: list[Subtask], data: st.DataObject
) -> None:
    plan = Plan(subtasks=tuple(subtasks))
    late = data.draw(st.sampled_from(sorted(plan.by_id)))
    early = data.draw(st.sampled_from(sorted(ancestors(plan, late) | {late})))
    # Now the early one needs the late one too, which cannot be.
    closed = tuple(s.model_copy(update={"needs": (*s.needs, late)}) if s.id == early else s for s in subtasks)
    with pytest.raises(PlanError, match="in a circle") as caught:
        Plan(subtasks=closed)
    cycle = caught.value.subtasks
    needs = {s.id: s.needs for s in closed}
    assert len(set(cycle)) == len(cycle)
    for before, after in zip(cycle, cycle[1:] + cycle[:1], strict=True):
        assert before in needs[after]
    assert " → ".join((*cycle, cycle[0])) in str(caught.value)


def test_an_id_used_twice_is_named() -> None:
    with pytest.raises(PlanError, match="used twice: a") as caught:
        Plan(subtasks=(Subtask(id="a", goal="x"), Subtask(id="b", goal="y"), Subtask(id="a", goal="z")))
    assert caught.value.subtasks == ("a",)


def test_an_unknown_need_is_named_with_who_has_it() -> None:
    with pytest.raises(PlanError, match="subtask b needs x, which the plan does not have") as caught:
        plan_of(a="", b="a x")
    assert caught.value.subtasks == ("b",)
    assert caught.value.mend == "known subtasks: a, b"


def test_an_empty_plan_is_refused() -> None:
    with pytest.raises(PlanError, match="no terminal subtask"):
        Plan(subtasks=())


def test_a_plan_gone_wild_is_refused() -> None:
    subtasks = tuple(Subtask(id=f"s{n}", goal="x") for n in range(MAX_SUBTASKS + 1))
    assert len(Plan(subtasks=subtasks[:-1]).order) == MAX_SUBTASKS
    with pytest.raises(PlanError, match=f"{MAX_SUBTASKS + 1} subtasks are too many") as caught:
        Plan(subtasks=subtasks)
    assert caught.value.subtasks == (f"s{MAX_SUBTASKS}",)


@pytest.mark.parametrize("fields", [{"id": ""}, {"id": "x" * 65}, {"goal": ""}])
def test_a_subtask_has_a_short_id_and_a_goal(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Subtask.model_validate({"id": "a", "goal": "count", **fields})


def test_a_need_said_twice_is_one_need() -> None:
    assert Subtask(id="c", goal="x", needs=("b", "a", "b")).needs == ("b", "a")


# Order


@given(plans)
def test_every_subtask_comes_after_what_it_needs_and_as_early_as_its_place_allows(plan: Plan) -> None:
    done: list[str] = []
    while len(done) < len(plan.subtasks):
        done.append(plan.ready(done)[0])
    assert plan.order == tuple(done)


@given(plans)
def test_doing_all_that_is_ready_gets_everything_done(plan: Plan) -> None:
    done: set[str] = set()
    while ready := plan.ready(done):
        for subtask_id in ready:
            assert subtask_id not in done
            assert ancestors(plan, subtask_id) <= done
        done.update(ready)
    assert done == set(plan.by_id)


@given(plans, st.data())
def test_what_is_ready_and_not_started_is_ready_still(plan: Plan, data: st.DataObject) -> None:
    done = data.draw(st.sets(st.sampled_from(sorted(plan.by_id))))
    started = data.draw(st.sets(st.sampled_from(sorted(plan.by_id))))
    assert plan.ready(done, started) == tuple(i for i in plan.ready(done) if i not in started)


@given(plans)
def test_the_answer_comes_from_what_nobody_else_needs(plan: Plan) -> None:
    needed = {need for s in plan.subtasks for need in s.needs}
    assert plan.terminals
    assert set(plan.terminals) == set(plan.by_id) - needed


@given(plans)
def test_dependents_are_needs_the_other_way_round(plan: Plan) -> None:
    forwards = {(s.id, need) for s in plan.subtasks for need in s.needs}
    backwards = {(after, i) for i, afters in plan.dependents.items() for after in afters}
    assert forwards == backwards
    assert set(plan.dependents) == set(plan.by_id)


# The critical path


def longest(plan: Plan, subtask_id: str, durations: Mapping[str, float]) -> float:
    before = [longest(plan, need, durations) for need in plan.by_id[subtask_id].needs]
    return durations[subtask_id] + max(before, default=0.0)


@given(plans, st.data())
def test_the_critical_path_is_the_longest_chain(plan: Plan, data: st.DataObject) -> None:
    length = st.integers(0, 50).map(float)
    durations = {i: data.draw(length) for i in plan.by_id}
    path = plan.critical_path(durations)
    assert path.length == max(longest(plan, i, durations) for i in plan.by_id)
    assert path.length == sum(durations[i] for i in path.ids)
    for before, after in zip(path.ids, path.ids[1:], strict=False):
        assert before in plan.by_id[after].needs


def test_without_durations_every_subtask_counts_one() -> None:
    assert DIAMOND.critical_path() == CriticalPath(ids=("a", "b", "d"), length=3)


def test_with_durations_a_subtask_that_has_none_counts_nothing() -> None:
    assert DIAMOND.critical_path({"a": 5, "c": 2}) == CriticalPath(ids=("a", "c"), length=7)


# Comparing


def test_a_difference_tells_what_was_added_removed_changed_and_kept() -> None:
    older, newer = plan_of(a="", b="a", c="b", d=""), plan_of(a="", b="a", c="a", e="d", d="")
    assert older.diff(newer) == PlanDiff(added=("e",), removed=(), changed=("c",), kept=("a", "b", "d"))


@given(plans, plans)
def test_differences_have_two_sides_and_forget_nothing(older: Plan, newer: Plan) -> None:
    there, back = older.diff(newer), newer.diff(older)
    assert there.added == back.removed
    assert there.removed == back.added
    assert set(there.changed) == set(back.changed)
    assert set(there.kept + there.changed + there.removed) == set(older.by_id)
    assert set(there.kept + there.changed + there.added) == set(newer.by_id)
    assert there.empty == (sorted(older.subtasks, key=str) == sorted(newer.subtasks, key=str))
    assert older.diff(older).empty


# Grafting


def test_pieces_take_a_subtasks_place() -> None:
    pieces = plan_of(x="", y="", z="x")
    grafted = DIAMOND.graft("b", pieces)
    needs = {s.id: s.needs for s in grafted.subtasks}
    assert needs == {
        "a": (),
        "b.x": ("a",),
        "b.y": ("a",),
        "b.z": ("b.x",),
        "c": ("a",),
        "d": ("c", "b.y", "b.z"),
    }
    assert grafted.by_id["b.z"].goal == "do z"


@given(plans, small_plans, st.data())
def test_grafting_keeps_what_must_come_before_what(plan: Plan, pieces: Plan, data: st.DataObject) -> None:
    old = data.draw(st.sampled_from(sorted(plan.by_id)))
    grafted = plan.graft(old, pieces)
    names = {f"{old}.{i}" for i in pieces.by_id}
    assert set(grafted.by_id) == set(plan.by_id) - {old} | names
    assert len(grafted.order) == len(grafted.subtasks)
    for other in set(plan.by_id) - {old}:
        before = ancestors(plan, other)
        expected = before - {old} | (names if old in before else set())
        assert ancestors(grafted, other) == expected
    for piece in pieces.by_id:
        inner = {f"{old}.{i}" for i in ancestors(pieces, piece)}
        assert ancestors(grafted, f"{old}.{piece}") == ancestors(plan, old) | inner
    assert Plan.model_validate_json(grafted.model_dump_json()) == grafted


def test_a_graft_that_would_use_an_id_twice_is_refused() -> None:
    with pytest.raises(PlanError, match="used twice") as caught:
        Plan(subtasks=(Subtask(id="a", goal="x"), Subtask(id="a.x", goal="y"))).graft("a", plan_of(x=""))
    assert caught.value.subtasks == ("a.x",)


def test_a_graft_whose_ids_grow_too_long_is_refused() -> None:
    plan = Plan(subtasks=(Subtask(id="a" * 63, goal="x"),))
    with pytest.raises(PlanError, match="longer than 64") as caught:
        plan.graft("a" * 63, plan_of(x=""))
    assert caught.value.subtasks == ("a" * 63 + ".x",)


# Showing and keeping


@given(plans)
def test_the_flowchart_has_a_node_for_each_subtask_and_an_arrow_for_each_need(plan: Plan) -> None:
    lines = plan.mermaid().splitlines()
    assert lines[0] == "flowchart TD"
    node = re.compile(r'    (s\d+)\["(\w+): .*"\]')
    names = {m[1]: m[2] for m in map(node.fullmatch, lines) if m}
    assert sorted(names.values()) == sorted(plan.by_id)
    arrows = [line.split(" --> ") for line in lines if " --> " in line]
    drawn = sorted((names[start.strip()], names[end]) for start, end in arrows)
    assert drawn == sorted((need, s.id) for s in plan.subtasks for need in s.needs)


def test_the_flowchart_shows_states_and_no_text_that_would_break_it() -> None:
    plan = Plan(subtasks=(Subtask(id="a", goal='say "hi"\n' + "very " * 40 + "loudly"),))
    lines = plan.mermaid({"a": "done", "gone": "failed"}).splitlines()
    assert lines[1].startswith("    s0[\"a: say 'hi' very very")
    assert lines[1].endswith('…"]')
    assert "    class s0 done" in lines
    assert not any(line.startswith("    class ") and "failed" in line for line in lines)


def test_on_a_terminal_subtasks_stand_in_order_with_their_needs() -> None:
    plan = Plan(subtasks=(Subtask(id="b", goal="report [all]", needs=("a",)), Subtask(id="a", goal="count")))
    console = Console(width=80)
    with console.capture() as capture:
        console.print(plan)
    lines = [line.strip(" │├└─") for line in capture.get().splitlines()]
    assert lines == ["plan", "a count", "b report [all] after a"]


@given(plans)
def test_a_plan_survives_json(plan: Plan) -> None:
    assert plan.order  # What is computed once must not get into the way.
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_a_budget_of_its_own_is_part_of_a_subtask() -> None:
    subtask = Subtask(id="a", goal="count", budget=Budget(calls=3))
    assert Subtask.model_validate_json(subtask.model_dump_json()) == subtask
    assert Plan(subtasks=(subtask,)).diff(plan_of(a="")).changed == ("a",)
