"""Units as people write them, and where they do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.formulation.diagnosis.unit_check import find_unit_faults
from agentkit.formulation.diagnosis.units import parse_unit
from agentkit.formulation.formulation import Formulation


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kg", "kilograms"),
        ("EUR", "euros"),
        ("$", "USD"),
        ("tons", "t"),
        ("EUR/kg", "euros per kilogram"),
        ("hours", "machine hours"),
        ("hours", "man-hours"),
        ("trucks", "truck"),
        ("boxes", "box"),
        ("m^2", "m²"),
        ("EUR/(kg*day)", "EUR per kg per day"),
        ("people", "persons"),
        ("kWh", "kilowatt hours"),
    ],
)
def test_two_words_for_the_same(one: str, other: str) -> None:
    first, second = parse_unit(one), parse_unit(other)
    assert first is not None and second is not None
    assert first.powers == second.powers
    assert first.factor == pytest.approx(second.factor)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kg", "t"),
        ("kg", "hours"),
        ("EUR", "USD"),
        ("trucks", "drivers"),
        ("minutes", "hours"),
        ("EUR", "kg"),
    ],
)
def test_what_does_not_fit(one: str, other: str) -> None:
    first, second = parse_unit(one), parse_unit(other)
    assert first is not None and second is not None
    assert not first.fits(second)
    assert not second.fits(first)


def test_what_counts_anything_fits_everything() -> None:
    for text in ("units", "pieces", "%", "1", "ratio", "units of product A"):
        unit = parse_unit(text)
        trucks = parse_unit("trucks")
        assert unit is not None and trucks is not None
        assert unit.fits(trucks)


def test_products_and_quotients() -> None:
    price, weight, money = parse_unit("EUR per tonne"), parse_unit("kg"), parse_unit("EUR")
    assert price is not None and weight is not None and money is not None
    cost = price.times(weight)
    assert cost.powers == money.powers
    assert cost.factor == pytest.approx(0.001)
    assert not cost.fits(money)


def test_what_is_no_unit_is_not_guessed_at() -> None:
    assert parse_unit("") is None
    assert parse_unit("kg;day") is None
    assert parse_unit("per") is None
    assert parse_unit("(kg") is None


BAKERY: dict[str, Any] = {
    "sets": {"cakes": ["plain", "cream"]},
    "parameters": {
        "flour": {"over": "cakes", "values": [0.5, 0.7], "unit": "kg per cake"},
        "minutes": {"over": "cakes", "values": [20, 30], "unit": "minutes per cake"},
        "sack": {"values": 50, "unit": "kg"},
        "day": {"values": 480, "unit": "minutes"},
        "price": {"over": "cakes", "values": [4, 6], "unit": "EUR/cake"},
        "oven_cost": {"values": 30, "unit": "EUR"},
    },
    "variables": {
        "bake": {"over": "cakes", "type": "integer", "unit": "cakes"},
        "open": {"type": "binary"},
    },
    "constraints": {
        "flour_left": "sum(flour[c] * bake[c] for c in cakes) <= sack",
        "time_left": "sum(minutes[c] * bake[c] for c in cakes) <= day",
    },
    "objective": {
        "maximize": "sum(price[c] * bake[c] for c in cakes) - oven_cost * open",
        "unit": "EUR",
    },
}


def faults(**changes: dict[str, Any]) -> list[str]:
    data = {kind: {**BAKERY[kind], **changes.get(kind, {})} for kind in BAKERY}
    return [fault.element for fault in find_unit_faults(Formulation.read(data))]


def test_a_sound_formulation_has_no_faults() -> None:
    assert faults() == []


def test_sums_and_comparisons_of_different_things_are_found() -> None:
    assert faults(constraints={"mixed": "sum(bake[c] for c in cakes) <= sack"}) == ["constraint mixed"]
    assert faults(constraints={"mixed": "sack + day >= 3"}) == ["constraint mixed"]
    assert faults(constraints={"mixed": "implies(open, sack <= day)"}) == ["constraint mixed"]


def test_hours_are_no_minutes() -> None:
    assert faults(parameters={"day": {"values": 8, "unit": "hours"}}) == ["constraint time_left"]


def test_an_objective_must_have_the_unit_that_it_says() -> None:
    wrong = {"maximize": "sum(flour[c] * bake[c] for c in cakes)", "unit": "EUR"}
    data = {**BAKERY, "objective": wrong}
    assert [f.element for f in find_unit_faults(Formulation.read(data))] == ["objective objective"]


def test_bounds_of_variables_count() -> None:
    assert faults(variables={"rest": {"unit": "kg", "upper": "day"}}) == ["variable rest, upper bound"]


def test_expressions_carry_their_units() -> None:
    data = {
        **BAKERY,
        "expressions": {"used": "sum(flour[c] * bake[c] for c in cakes)"},
        "constraints": {"mixed": "used <= day"},
    }
    assert [f.element for f in find_unit_faults(Formulation.read(data))] == ["constraint mixed"]


@pytest.mark.parametrize(
    "rule",
    [
        "60 * sack <= day",  # a bare figure may be anything
        "bake['plain'] <= 7",
        "sum(bake[c] for c in cakes) <= 12 * open",
        "sack * open <= sack",
        "sum(bake[c] / 2 for c in cakes) >= 3",
    ],
)
def test_what_is_not_known_is_not_complained_of(rule: str) -> None:
    assert faults(constraints={"more": rule}) == []


def test_what_people_leave_out_is_forgiven() -> None:
    """`hours` for what takes so many hours a piece; `kg/day` of what is indexed by days."""
    assert faults(parameters={"minutes": {"over": "cakes", "values": [20, 30], "unit": "minutes"}}) == []
    assert faults(parameters={"sack": {"values": 50, "unit": "kg/day"}}) == []
