"""What counts as right on the ladder: the optimum, or near it with a bound that is true."""

from __future__ import annotations

import pytest

from agentkit.envs.ladder import Ladder
from agentkit.envs.ladder.blocksworld import Blocksworld, Yard
from agentkit.envs.ladder.catalogue import FAMILIES, rung_of
from agentkit.envs.ladder.family import Instance, PlanFamily
from agentkit.envs.ladder.reading import read_plan, read_value
from agentkit.envs.ladder.scoring import judge
from agentkit.sample import Sample, Score

BLOCKS = {"pick-up": 1, "put-down": 1, "stack": 2, "unstack": 2}


def sample(key: str) -> Sample:
    """The sample of this id."""
    return next(sample for sample in Ladder().samples() if sample.id == key)


def verdict(key: str, answer: str | None) -> Score:
    """What the benchmark says to an answer."""
    return Ladder().score(sample(key), answer)


def valued(key: str, gold: int, answer: str) -> Score:
    """The verdict, were the optimum `gold`: makes cases easier to read."""
    rung = rung_of(key)
    return judge(FAMILIES[rung.family], rung.instance(), gold, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "ANSWER: 1000",
        "We open S1.\n\nANSWER: 1,000 euros",
        "**ANSWER:** 1000.0",
        "ANSWER: 900\nNo, wait.\nANSWER: 1000.",
        "FINAL ANSWER: €1000",
        "1000",
        "1000 euros\n",
    ],
)
def test_the_optimum_is_right_however_it_is_written(answer: str) -> None:
    assert valued("facility-small-1", 1000, answer) == Score(value=1)


@pytest.mark.parametrize(
    "answer",
    ["About 1000, I think, or 1010.", "ANSWER: between 990 and 1000", "ANSWER: unknown", "ANSWER: 1.000.000"],
)
def test_what_holds_no_single_number_has_the_wrong_form(answer: str) -> None:
    assert valued("facility-small-1", 1000, answer) == Score(value=0, label="wrong form")


def test_no_answer_is_wrong() -> None:
    assert verdict("facility-small-1", None) == verdict("facility-small-1", " \n") == Score(value=0)


def test_worse_and_better_than_the_optimum_are_told_apart() -> None:
    assert valued("facility-small-1", 1000, "ANSWER: 1001").label == "suboptimal"
    assert valued("facility-small-1", 1000, "ANSWER: 999").label == "unreachable"
    assert valued("knapsack-small-1", 1000, "ANSWER: 999").label == "suboptimal"
    assert valued("knapsack-small-1", 1000, "ANSWER: 1001").label == "unreachable"


@pytest.mark.parametrize(
    ("answer", "value", "label"),
    [
        ("ANSWER: 1000\nBOUND: 1000", 1, ""),
        ("ANSWER: 1000\nBOUND: 980", 1, "unproven"),
        ("ANSWER: 1050\nBOUND: 1000", 1, "bounded"),
        ("ANSWER: 1050\nBOUND: 900.5", 1, "bounded"),
        ("ANSWER: 1051\nBOUND: 1000", 0, "suboptimal"),
        ("ANSWER: 1020\nBOUND: 1001", 0, "false bound"),
        ("ANSWER: 1020\nBOUND: 499", 0, "false bound"),
        ("ANSWER: 1020", 0, "suboptimal"),
        ("ANSWER: 990\nBOUND: 980", 0, "unreachable"),
    ],
)
def test_large_ones_may_be_bounded_from_below(answer: str, value: int, label: str) -> None:
    assert valued("job_shop-large-1", 1000, answer) == Score(value=value, label=label)


@pytest.mark.parametrize(
    ("answer", "value", "label"),
    [
        ("ANSWER: 960\nBOUND: 1010", 1, "bounded"),
        ("ANSWER: 960\nBOUND: 999", 0, "false bound"),
        ("ANSWER: 949\nBOUND: 1000", 0, "suboptimal"),
        ("ANSWER: 1010\nBOUND: 1010", 0, "unreachable"),
    ],
)
def test_where_most_is_best_the_bound_is_from_above(answer: str, value: int, label: str) -> None:
    assert valued("knapsack-large-1", 1000, answer) == Score(value=value, label=label)


def test_small_and_medium_ones_must_be_optimal() -> None:
    assert valued("job_shop-small-1", 1000, "ANSWER: 1001\nBOUND: 1000").label == "suboptimal"
    assert valued("job_shop-medium-1", 1000, "ANSWER: 1001\nBOUND: 1000").label == "suboptimal"


def test_only_large_tasks_speak_of_bounds() -> None:
    assert all(("BOUND:" in s.task.goal) == (s.tags["size"] == "large") for s in Ladder().samples())


def test_a_bound_on_the_same_line_is_read() -> None:
    claim = read_value("ANSWER: 258 BOUND: 250")
    assert claim is not None and (claim.value, claim.bound) == (258, 250)


YARD = Yard(
    {"C01": "ground", "C02": "C01", "C03": "ground"}, {"C01": "C03", "C02": "ground", "C03": "ground"}
)
BEST = "unstack C02 C01\nput-down C02\npick-up C01\nstack C01 C03"
LONGER = f"pick-up C03\nput-down C03\n{BEST}"


def on_yard(answer: str, gold: int = 4, size: str = "small") -> Score:
    """The verdict on a plan for three containers."""
    instance = Instance("large" if size == "large" else "small", 0, YARD, "")
    return judge(Blocksworld(), instance, gold, answer)


@pytest.mark.parametrize(
    "answer",
    [
        f"PLAN:\n{BEST}",
        f"First try:\nPLAN:\nstack C01 C03\n\nBetter:\nPLAN:\n{BEST}",
        f"**PLAN:**\n```\n{BEST}\n```",
        "Plan:\n1. (unstack C02 C01)\n2. (put-down C02)\n3. (pick-up C01)\n4. (stack C01 C03)\nThat is all.",
        "unstack(c02, c01)\nput-down(c02)\npick-up(c01)\nstack(c01, c03)",
    ],
)
def test_a_shortest_plan_is_right_however_it_is_written(answer: str) -> None:
    assert on_yard(answer) == Score(value=1)


def test_a_plan_that_works_but_is_longer_is_suboptimal() -> None:
    assert on_yard(f"PLAN:\n{LONGER}") == Score(value=0, label="suboptimal")


@pytest.mark.parametrize(
    "plan",
    [
        "pick-up C01\nstack C01 C03",  # C02 stands on it.
        "unstack C02 C01\npick-up C01\nstack C01 C03",  # The crane holds C02.
        "unstack C02 C01\nput-down C02",  # C01 does not stand as wanted.
        "unstack C02 C01\nput-down C02\npick-up C01",  # It is left in the air.
        "unstack C02 C01\nstack C02 C02\npick-up C01\nstack C01 C03",  # On itself.
        "unstack C03 C01\nput-down C03\npick-up C01\nstack C01 C03",  # C03 stands elsewhere.
        "pick-up C02\nput-down C02\npick-up C01\nstack C01 C03",  # C02 is not on the ground.
        "unstack C02 C01\nput-down C02\npick-up C09\nstack C09 C03",  # There is no such container.
        "unstack C02\nput-down C02\npick-up C01\nstack C01 C03",  # An argument is missing.
        "put-down C02",  # The crane holds nothing.
        "",
    ],
)
def test_a_plan_with_a_step_that_is_not_allowed_is_invalid(plan: str) -> None:
    assert on_yard(f"PLAN:\n{plan}") == Score(value=0, label="invalid plan")


def test_an_answer_without_a_plan_has_the_wrong_form() -> None:
    assert on_yard("It takes 4 actions.") == Score(value=0, label="wrong form")


def test_large_plans_may_be_bounded() -> None:
    assert on_yard(f"PLAN:\n{BEST}\nBOUND: 4", size="large") == Score(value=1)
    assert on_yard(f"PLAN:\n{BEST}\nBOUND: 3", size="large") == Score(value=1, label="unproven")
    assert on_yard(f"PLAN:\n{LONGER}\nBOUND: 4", size="large").label == "suboptimal"
    # Forty actions, were the optimum 39: near enough.
    long = "pick-up C03\nput-down C03\n" * 18 + BEST
    assert on_yard(f"PLAN:\n{long}\nBOUND: 38", 39, "large") == Score(value=1, label="bounded")
    assert on_yard(f"PLAN:\n{long}\nBOUND: 40", 39, "large") == Score(value=0, label="false bound")


def test_a_refused_step_is_told_with_its_reason() -> None:
    claim = read_plan("pick-up C01", BLOCKS)
    assert claim is not None
    replay = Blocksworld().replay(Instance("small", 0, YARD, ""), claim.steps)
    assert (replay.reached, replay.steps) == (False, 0)
    assert replay.fault == "action 1 (pick-up C01): C02 stands on C01"


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        ("fly plane airport1 place1a", "cannot go"),
        ("fly plane airport1 airport2", "is not at"),
        ("drive lorry-city1 airport1 airport2", "cannot go"),
        ("drive lorry-city2 airport1 place1a", "cannot go"),
        ("drive lorry-city1 place1a airport1", "is not at"),
        ("load parcel1 plane place1a", "is not at"),
        ("unload parcel1 plane airport2", "is not in"),
        ("load parcel9 plane airport2", "no such"),
        ("load plane plane airport2", "no such"),
        ("drive lorry-city1 airport1 airport1", "no such two places"),
        ("fly plane airport2 airport1", "did not arrive"),
    ],
)
def test_lorries_and_planes_keep_to_their_rules(plan: str, fault: str) -> None:
    family = FAMILIES["logistics"]
    assert isinstance(family, PlanFamily)
    claim = read_plan(plan, family.actions)
    assert claim is not None
    replay = family.replay(family.make("small", 1), claim.steps)
    assert not replay.reached and fault in replay.fault


def test_a_parcel_is_delivered_when_its_lorry_has_unloaded_it() -> None:
    family = FAMILIES["logistics"]
    assert isinstance(family, PlanFamily)
    # PARCEL1 goes from PLACE1A to AIRPORT2, PARCEL2 from PLACE2A to AIRPORT2, where the plane is.
    first = "drive lorry-city1 airport1 place1a\nload parcel1 lorry-city1 place1a\n"
    first += "drive lorry-city1 place1a airport1\nunload parcel1 lorry-city1 airport1\n"
    flight = "fly plane airport2 airport1\nload parcel1 plane airport1\nfly plane airport1 airport2\n"
    last = "load parcel2 lorry-city2 place2a\ndrive lorry-city2 place2a airport2\n"
    end = "unload parcel2 lorry-city2 airport2\nunload parcel1 plane airport2"
    assert verdict("logistics-small-1", f"PLAN:\n{first}{flight}{last}{end}") == Score(value=1)
    assert verdict("logistics-small-1", f"PLAN:\n{first}{flight}{last}").label == "invalid plan"
