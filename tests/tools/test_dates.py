"""`date_math` counts days as calendars do, and never guesses what a date means."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import ToolInputError
from agentkit.tools.dates import date_math


def difference(first: str, second: str, **more: Any) -> list[str]:
    return str(date_math("difference", first, other=second, **more)).splitlines()


def shift(date: str, amount: str) -> str:
    return str(date_math("shift", date, amount=amount))


def describe(date: str, dayfirst: bool | None = None) -> str:
    return str(date_math("describe", date, dayfirst=dayfirst))


def test_a_difference_comes_in_days_in_parts_and_in_workdays() -> None:
    assert difference("2025-01-31", "2025-03-01") == [
        "from 2025-01-31 to 2025-03-01: 29 days",
        "= 1 month, 1 day",
        "workdays: 20 after 2025-01-31 up to and including 2025-03-01; 21 counting both ends",
    ]
    assert difference("2025-03-01", "2025-01-31")[:2] == [
        "from 2025-03-01 to 2025-01-31: -29 days",
        "= -1 month, -1 day",
    ]
    assert difference("2025-03-03", "2025-03-03")[0] == "from 2025-03-03 to 2025-03-03: 0 days"


def test_times_and_offsets_count() -> None:
    assert difference("2025-03-01 10:00", "2025-03-02 09:30")[0].endswith("0 days 23:30:00 (h:min:s)")
    assert difference("2025-03-01T10:00+02:00", "2025-03-01T10:00Z")[2] == "= 7,200 seconds"
    assert difference("2025-03-01", "2025-03-02 06:00")[0].endswith("1 day 06:00:00 (h:min:s)")
    with pytest.raises(ToolInputError, match="only one of the times has a time zone"):
        difference("2025-03-01T10:00Z", "2025-03-02")


@pytest.mark.parametrize(
    ("date", "amount", "result"),
    [
        ("2025-01-31", "1 month", "2025-02-28 (Friday)"),
        ("2024-02-29", "1 year", "2025-02-28 (Friday)"),
        ("2025-01-31", "-1 year 2 months", "2023-11-30 (Thursday)"),
        ("2025-01-31", "+2 weeks, 1 day", "2025-02-15 (Saturday)"),
        ("2025-01-31", "1 year and -1 day", "2026-01-30 (Friday)"),
        ("2025-01-31", "5 business days", "2025-02-07 (Friday)"),
        ("2025-02-01", "-1 workday", "2025-01-31 (Friday)"),
        ("2025-02-01", "90 min", "2025-02-01 01:30:00 (Saturday)"),
        ("2025-02-01 22:00", "3 h", "2025-02-02 01:00:00 (Sunday)"),
    ],
)
def test_shifts(date: str, amount: str, result: str) -> None:
    assert shift(date, amount) == result


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("", "no amount"),
        ("soon", "'soon' is no amount"),
        ("3.5 days", "no amount of time"),
        ("3 fortnights", "no amount of time"),
        ("99999 years", "stay within the years 1 to 9999"),
        ("999999999 days", "stay within the years 1 to 9999"),
        ("999999999 workdays", "stay within the years 1 to 9999"),
    ],
)
def test_amounts_that_make_no_sense(amount: str, said: str) -> None:
    with pytest.raises(ToolInputError, match=said):
        shift("2025-02-01", amount)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2024-12-30", "2024-12-30: Monday, ISO week 2025-W01-1, day 365 of 366, quarter 4"),
        ("4th of March 2025", "2025-03-04: Tuesday, ISO week 2025-W10-2, day 63 of 365, quarter 1"),
        ("Mar 4, 2025 2pm", "2025-03-04 14:00:00: Tuesday"),
        ("20250304", "2025-03-04: Tuesday"),
        ("2025/03/04", "2025-03-04: Tuesday"),
        ("13/04/2025", "2025-04-13: Sunday"),
        ("5.5.2025", "2025-05-05: Monday"),
        ("Tue, 4 Mar 2025 10:00:00 +0100", "2025-03-04 10:00:00+01:00: Tuesday"),
        ("2025-03-04 10:00 UTC", "2025-03-04 10:00:00+00:00: Tuesday"),
    ],
)
def test_dates_are_read_as_people_write_them(date: str, said: str) -> None:
    assert describe(date).startswith(said)


def test_an_ambiguous_date_is_not_guessed() -> None:
    with pytest.raises(ToolInputError) as caught:
        describe("03/04/2025")

    assert "may be 3 April 2025 or 4 March 2025" in str(caught.value)
    assert "dayfirst=true for the former" in str(caught.value)
    assert describe("03/04/2025", dayfirst=True).startswith("2025-04-03")
    assert describe("03/04/2025", dayfirst=False).startswith("2025-03-04")
    assert describe("2025-03-04", dayfirst=True).startswith("2025-03-04")


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("March 2025", "leaves open the day"),
        ("4 March", "leaves open the year"),
        ("10:30", "leaves open the year and month and day"),
        ("2025-02-30", "this is no date"),
        ("today", "this is no date"),
        ("", "this is no date"),
        ("99999999999999999999", "this is no date"),
        ("x" * 500, "this is no date"),
        ("2025-03-04 10:00 EST", "time zone EST is not known"),
    ],
)
def test_what_is_no_whole_date_is_refused(date: str, said: str) -> None:
    with pytest.raises(ToolInputError, match=said):
        describe(date)


def test_a_difference_needs_two_dates() -> None:
    with pytest.raises(ToolInputError, match="no second date"):
        date_math("difference", "2025-01-01")


DATES = st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2200, 1, 1))


@given(DATES, st.integers(min_value=-3000, max_value=3000))
def test_shifting_back_comes_home(date: datetime.date, days: int) -> None:
    there = shift(date.isoformat(), f"{days} days").split()[0]

    assert shift(there, f"{-days} days").split()[0] == date.isoformat()


@given(DATES, st.integers(min_value=0, max_value=400))
def test_workdays_agree_with_counting(date: datetime.date, days: int) -> None:
    end = date + datetime.timedelta(days=days)
    counted = sum((date + datetime.timedelta(days=n)).weekday() < 5 for n in range(1, days + 1))

    assert (
        f"workdays: {counted} after {date} up to and including {end};" in difference(str(date), str(end))[-1]
    )
