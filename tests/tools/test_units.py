"""`convert_units` is exact, knows temperatures, and says which dimensions do not fit."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from agentkit.errors import ToolInputError
from agentkit.tools.units import convert_units


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        (1, "mile", "km", "1 mile = 1.609344 km"),
        (1, "km", "mile", "1 km ≈ 0.621371192237334 mile"),
        (0.1, "m", "cm", "0.1 m = 10 cm"),
        (100, "degC", "degF", "100 degC = 212 degF"),
        (37.5, "°C", "°F", "37.5 °C = 99.5 °F"),
        (0, "degC", "K", "0 degC = 273.15 K"),
        (36, "km/h", "m/s", "36 km/h = 10 m/s"),
        (36, "km per hour", "m/s", "36 km per hour = 10 m/s"),
        (3, "kWh", "MJ", "3 kWh = 10.8 MJ"),
        (5, "W h", "kJ", "5 W h = 18 kJ"),
        (1, "m2", "cm^2", "1 m2 = 10000 cm^2"),
        (1, "m\u00b2", "hectare", "1 m\u00b2 = 0.0001 hectare"),
        (1, "s\u207b\u00b9", "Hz", "1 s\u207b\u00b9 = 1 Hz"),
        (1, "J/(kg*K)", "J/(kg K)", "1 J/(kg*K) = 1 J/(kg K)"),
        (1, "degC/m", "K/m", "1 degC/m = 1 K/m"),
        (1, "inch_H2O", "Pa", "1 inch_H2O = 249.08891 Pa"),
        (2, "GB", "MiB", "2 GB = 1907.3486328125 MiB"),
        (7, "%", "", "7 % = 0.07"),
        (180, "degree", "radian", "180 degree ≈ 3.141592653589793 radian"),
        (10**30, "m", "km", f"{10**30} m = {10**27} km"),
    ],
)
def test_conversions(value: int | float, source: str, target: str, result: str) -> None:
    assert convert_units(value, source, target) == result


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("km", "kg", r"'km' is \[length\], 'kg' is \[mass\]"),
        ("km/h", "m/s^2", r"'km/h' is \[length\]/\[time\], 'm/s\^2' is \[length\]/\[time\]\^2"),
        ("m", "", "'' is a plain number"),
        ("kilometr", "m", "no unit called kilometr .*did you mean kilometer"),
        ("EUR", "USD", "currencies are not units"),
        ("l/100km", "km/l", "numbers belong into the value"),
        ("dBm", "mW", "logarithmic units"),
        ("m/", "m", "not a unit"),
        ("(m", "m", "not a unit"),
        ("m)", "m", "not a unit"),
        ("nan", "m", "not a unit"),
        ("m**m", "m", "not a unit"),
        ("__import__('os')", "m", "not a unit"),
        ("_units", "m", "no unit called"),
        ("m" * 100, "m", "too long"),
    ],
)
def test_what_does_not_fit_is_explained(source: str, target: str, said: str) -> None:
    with pytest.raises(ToolInputError, match=said):
        convert_units(1, source, target)


@pytest.mark.parametrize("unit", ["9**9**9**9", "m**9**9", "m**999999999"])
def test_units_cannot_be_formulas_that_run_for_ever(unit: str) -> None:
    begun = time.perf_counter()

    with pytest.raises(ToolInputError, match="not a unit"):
        convert_units(1, unit, "m")

    assert time.perf_counter() - begun < 5


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ToolInputError, match="not a number"):
        convert_units(float("inf"), "m", "km")


def test_whole_numbers_stay_whole_on_their_way_in() -> None:
    assert convert_units.check({"value": 12345678901234567890, "from_unit": "m", "to_unit": "m"})[
        "value"
    ] == (12345678901234567890)


def test_threads_may_convert_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: convert_units(n, "hour", "min"), range(40)))

    assert results == [f"{n} hour = {n * 60} min" for n in range(40)]
