"""The demonstration's question has one answer: worked out here in plain Python and again in SQL."""

from __future__ import annotations

import csv
import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import pytest

from agentkit.demo.job import GOAL, SIDE_BY_SIDE, demo_task
from agentkit.demo.make_data import DATA, build_files
from agentkit.demo.network import network_task
from agentkit.tools.digest import describe_files
from agentkit.tools.tables import query_tables
from agentkit.tools.tool import ToolContext

Row = Mapping[str, str]

CENT = Decimal("0.01")
BANDS = ((60_000, "0"), (110_000, "0.015"), (160_000, "0.03"), (None, "0.05"))


@dataclass(frozen=True)
class Reading:
    """How the agreement is read; every field that is turned off is a mistake that a hasty reader makes."""

    partners_only: bool = True
    within_the_year: bool = True
    without_cancelled: bool = True
    converted: bool = True
    by_month_of_order: bool = True
    euros_kept: bool = True
    without_spare_parts: bool = True
    each_rate_in_its_band: bool = True
    last_part_counts: bool = True
    free_days: bool = True
    cap_on_penalties: bool = True
    causes_excused: bool = True
    spare_parts_have_penalties: bool = True
    accepted_returns_only: bool = True
    returns_counted_once: bool = True
    handling_fee: bool = True
    returns_of_cancelled_left_out: bool = True
    rounded_at_once: bool = True


RIGHT = Reading()


@dataclass(frozen=True)
class Share:
    """Of a month's orders, or of a product line's amounts, in per cent."""

    of: str
    percent: Decimal


@dataclass(frozen=True)
class Settlement:
    """One customer's, with its parts."""

    customer: str
    rebate: Decimal
    penalties: Decimal
    credits: Decimal
    orders: int

    @property
    def total(self) -> Decimal:
        return self.rebate + self.penalties + self.credits

    def line(self) -> str:
        return f"{self.customer} | {cents(self.total)} | {self.orders}"


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@cache
def read(name: str) -> list[Row]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def settlements(reading: Reading = RIGHT) -> list[Settlement]:
    """Every customer's, the largest first."""
    customers = {
        row["customer_id"]: row["name"]
        for row in read("customers")
        if row["agreement"] == "partner" or not reading.partners_only
    }
    every = {
        row["order_id"]: row
        for row in read("orders")
        if row["customer_id"] in customers
        and (row["order_date"].startswith("2025-") or not reading.within_the_year)
    }
    living = {key: row for key, row in every.items() if row["status"] != "cancelled"}
    orders = living if reading.without_cancelled else every
    worth = {key: euros(row["amount"], row, row["order_date"], reading) for key, row in orders.items()}
    spare = {key for key, row in orders.items() if row["product_line"] == "spare parts"}
    counted = orders.keys() - spare if reading.without_spare_parts else orders.keys()
    penalties = penalties_by_order(orders, worth, reading)
    credits = credits_by_customer(orders if reading.returns_of_cancelled_left_out else every, reading)
    found = []
    for customer, name in customers.items():
        own = [key for key, row in orders.items() if row["customer_id"] == customer]
        turnover = sum((worth[key] for key in own if key in counted), Decimal(0))
        found.append(
            Settlement(
                customer=name,
                rebate=cents(rebate(turnover, reading)),
                penalties=sum((penalties.get(key, Decimal(0)) for key in own), Decimal(0)),
                credits=credits[customer],
                orders=sum(key in counted for key in own),
            )
        )
    return sorted(found, key=lambda settlement: settlement.total, reverse=True)


def euros(amount: str, order: Row, date: str, reading: Reading) -> Decimal:
    """An amount in the order's currency, converted by the month of the date."""
    if not reading.converted:
        return Decimal(amount)
    if order["currency"] == "EUR":
        return Decimal(amount) if reading.euros_kept else Decimal(0)
    rates = {(row["month"], row["currency"]): Decimal(row["eur_per_unit"]) for row in read("exchange_rates")}
    value = Decimal(amount) * rates[min(date[:7], "2026-01"), order["currency"]]
    return cents(value) if reading.rounded_at_once else value


def rebate(turnover: Decimal, reading: Reading) -> Decimal:
    total, low = Decimal(0), Decimal(0)
    for top, rate in BANDS:
        high = turnover if top is None else min(turnover, Decimal(top))
        if not reading.each_rate_in_its_band and turnover > low:
            total = turnover * Decimal(rate)
        elif high > low:
            total += (high - low) * Decimal(rate)
        low = Decimal(top or 0)
    return total


def penalties_by_order(
    orders: Mapping[str, Row], worth: Mapping[str, Decimal], reading: Reading
) -> dict[str, Decimal]:
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in read("deliveries"):
        parts[row["order_id"]].append(row)
    found = {}
    for key, order in orders.items():
        if key not in parts or (
            order["product_line"] == "spare parts" and not reading.spare_parts_have_penalties
        ):
            continue
        pick = max if reading.last_part_counts else min
        part = pick(parts[key], key=lambda row: row["delivered_date"])
        if reading.causes_excused and part["delay_cause"] in ("customer", "force majeure"):
            continue
        late = days(part["delivered_date"]) - days(order["promised_date"]) - (3 if reading.free_days else 0)
        share = max(late, 0) * Decimal("0.005")
        share = min(share, Decimal("0.05")) if reading.cap_on_penalties else share
        found[key] = cents(worth[key] * share)
    return found


def credits_by_customer(orders: Mapping[str, Row], reading: Reading) -> dict[str, Decimal]:
    credits: dict[str, Decimal] = defaultdict(Decimal)
    for back in returns(reading):
        if order := orders.get(back["order_id"]):
            date = order["order_date"] if reading.by_month_of_order else back["return_date"]
            kept = reading.handling_fee and back["reason"] == "no longer needed"
            value = euros(back["amount"], order, date, reading) * (Decimal("0.8") if kept else 1)
            credits[order["customer_id"]] += cents(value)
    return credits


def external_orders() -> dict[str, Row]:
    """The orders that the second and the third finding are about."""
    internal = {row["customer_id"] for row in read("customers") if row["agreement"] == "internal"}
    return {
        row["order_id"]: row
        for row in read("orders")
        if row["customer_id"] not in internal
        and row["order_date"].startswith("2025-")
        and row["status"] != "cancelled"
    }


def late_shares() -> list[Share]:
    """Every month's share of late orders, the largest first."""
    arrived: dict[str, str] = {}
    for row in read("deliveries"):
        arrived[row["order_id"]] = max(row["delivered_date"], arrived.get(row["order_id"], ""))
    months: dict[str, list[bool]] = defaultdict(list)
    for key, order in external_orders().items():
        months[order["order_date"][:7]].append(arrived[key] > order["promised_date"])
    return ranked({month: Decimal(sum(late)) / len(late) for month, late in months.items()}, "0.1")


def returned_shares() -> list[Share]:
    """Every product line's share of amounts sent back, the largest first."""
    orders = external_orders()
    sold: dict[str, Decimal] = defaultdict(Decimal)
    back: dict[str, Decimal] = defaultdict(Decimal)
    for order in orders.values():
        sold[order["product_line"]] += euros(order["amount"], order, order["order_date"], RIGHT)
    for row in returns(RIGHT):
        if bought := orders.get(row["order_id"]):
            back[bought["product_line"]] += euros(row["amount"], bought, bought["order_date"], RIGHT)
    return ranked({line: back[line] / amount for line, amount in sold.items()}, "0.01")


def ranked(shares: Mapping[str, Decimal], step: str) -> list[Share]:
    found = [Share(of, (100 * share).quantize(Decimal(step), ROUND_HALF_UP)) for of, share in shares.items()]
    return sorted(found, key=lambda share: share.percent, reverse=True)


def answer() -> str:
    """The line that is asked for."""
    settlement, late, returned = settlements()[0], late_shares()[0], returned_shares()[0]
    found = (
        settlement.customer,
        cents(settlement.total),
        late.of,
        late.percent,
        returned.of,
        returned.percent,
    )
    return " | ".join(str(part) for part in found)


def days(date: str) -> int:
    return datetime.date.fromisoformat(date).toordinal()


def returns(reading: Reading) -> Iterable[Row]:
    rows = read("returns")
    if reading.accepted_returns_only:
        rows = [row for row in rows if row["decision"] == "accepted"]
    return {row["return_id"]: row for row in rows}.values() if reading.returns_counted_once else rows


SQL = """
WITH covered AS (
    SELECT o.*, c.name, round(amount * CASE WHEN o.currency = 'EUR' THEN 1 ELSE eur_per_unit END, 2) AS eur
    FROM orders o JOIN customers c USING (customer_id)
    LEFT JOIN exchange_rates x ON x.currency = o.currency AND x.month = strftime(o.order_date, '%Y-%m')
    WHERE c.agreement = 'partner' AND year(order_date) = 2025 AND status <> 'cancelled'),
turnovers AS (
    SELECT name, sum(eur) AS turnover, count(*) AS orders
    FROM covered WHERE product_line <> 'spare parts' GROUP BY name),
rebates AS (
    SELECT name, orders, round(
        greatest(least(turnover, 110000) - 60000, 0) * 0.015
        + greatest(least(turnover, 160000) - 110000, 0) * 0.03
        + greatest(turnover - 160000, 0) * 0.05, 2) AS rebate
    FROM turnovers),
arrivals AS (
    SELECT order_id, max(delivered_date) AS arrived, arg_max_null(delay_cause, delivered_date) AS cause
    FROM deliveries GROUP BY order_id),
penalties AS (
    SELECT name, sum(round(eur * least(greatest(arrived - promised_date - 3, 0) * 0.005, 0.05), 2)) AS penalty
    FROM covered JOIN arrivals USING (order_id)
    WHERE cause IS NULL OR cause NOT IN ('customer', 'force majeure') GROUP BY name),
credits AS (
    SELECT name, sum(round(
        round(r.amount * CASE WHEN o.currency = 'EUR' THEN 1 ELSE eur_per_unit END, 2)
        * CASE WHEN reason = 'no longer needed' THEN 0.8 ELSE 1.0 END, 2)) AS credit
    FROM (SELECT DISTINCT * FROM returns) r JOIN covered o USING (order_id)
    LEFT JOIN exchange_rates x ON x.currency = o.currency AND x.month = strftime(o.order_date, '%Y-%m')
    WHERE decision = 'accepted' GROUP BY name)
SELECT name, rebate, coalesce(penalty, 0) AS penalty, coalesce(credit, 0) AS credit,
    rebate + coalesce(penalty, 0) + coalesce(credit, 0) AS total, orders
FROM rebates LEFT JOIN penalties USING (name) LEFT JOIN credits USING (name)
ORDER BY total DESC
"""


def test_the_files_are_what_the_script_makes() -> None:
    made = build_files()

    assert {name: (DATA / name).read_text(encoding="utf-8") for name in made} == made
    assert {path.name for path in DATA.iterdir()} == {*made, "agreement.txt"}


def test_the_task_brings_the_goal_and_every_file() -> None:
    task = demo_task()

    assert task.goal == f"{GOAL}\n{SIDE_BY_SIDE}"
    assert demo_task(side_by_side=False).goal == GOAL.strip()
    given = {a.name for a in (*task.attachments, *network_task().attachments)}
    assert given == {path.name for path in DATA.iterdir()}
    assert "orders.csv: table orders, 256 rows" in describe_files(task.attachments)


def test_there_is_one_answer_in_the_form_that_is_asked_for() -> None:
    first, second, *_ = settlements()

    assert re.fullmatch(r"[^|]+ \| \d+\.\d\d \| 2025-\d\d \| \d+\.\d \| [^|]+ \| \d+\.\d\d", answer())
    for shares in (late_shares(), returned_shares()):
        assert shares[0].percent - shares[1].percent > 1
    assert first.total - second.total > 100, "nobody should be right or wrong by a rounding"
    assert min(first.rebate, first.penalties, first.credits) > 100, "each thread matters"


async def test_sql_over_the_attachments_gives_the_same_settlements() -> None:
    context = ToolContext(attachments=demo_task().attachments)

    result = await query_tables(context, sql=SQL)

    header, *rows, count = result.splitlines()
    assert header == "name,rebate,penalty,credit,total,orders"
    assert [tuple(row.split(",")) for row in rows] == [
        (s.customer, str(s.rebate), str(s.penalties), str(s.credits), str(s.total), str(s.orders))
        for s in settlements()
    ]
    assert count == f"({len(rows)} rows)"


SHARES_SQL = """
WITH covered AS (
    SELECT o.*, CASE WHEN o.currency = 'EUR' THEN 1 ELSE eur_per_unit END AS rate
    FROM orders o JOIN customers c USING (customer_id)
    LEFT JOIN exchange_rates x ON x.currency = o.currency AND x.month = strftime(o.order_date, '%Y-%m')
    WHERE c.agreement <> 'internal' AND year(order_date) = 2025 AND status <> 'cancelled'),
arrivals AS (SELECT order_id, max(delivered_date) AS arrived FROM deliveries GROUP BY order_id),
credited AS (SELECT DISTINCT * FROM returns WHERE decision = 'accepted'),
sent_back AS (
    SELECT product_line, sum(round(r.amount * rate, 2)) AS back
    FROM credited r JOIN covered USING (order_id) GROUP BY product_line)
SELECT * FROM (
    SELECT strftime(order_date, '%Y-%m') AS of,
        round(100.0 * count(*) FILTER (WHERE arrived > promised_date) / count(*), 1) AS percent
    FROM covered JOIN arrivals USING (order_id) GROUP BY of ORDER BY percent DESC LIMIT 1)
UNION ALL SELECT * FROM (
    SELECT product_line, round(100.0 * any_value(back) / sum(round(amount * rate, 2)), 2) AS percent
    FROM covered JOIN sent_back USING (product_line) GROUP BY product_line ORDER BY percent DESC LIMIT 1)
"""


async def test_sql_over_the_attachments_gives_the_same_shares() -> None:
    context = ToolContext(attachments=demo_task().attachments)

    result = await query_tables(context, sql=SHARES_SQL)

    best = [late_shares()[0], returned_shares()[0]]
    found = [line.split(",") for line in result.splitlines()[1:-1]]
    assert [(of, Decimal(percent)) for of, percent in found] == [(s.of, s.percent) for s in best]


@pytest.mark.parametrize("clause", [field.name for field in fields(Reading)])
def test_overlooking_a_clause_gives_another_answer(clause: str) -> None:
    hasty = replace(RIGHT, **{clause: False})

    assert settlements(hasty)[0].line() != settlements()[0].line()


def test_the_goal_needs_several_files_and_none_of_the_code_knows_the_answer() -> None:
    total = settlements()[0].total
    sources = [path.read_text(encoding="utf-8") for path in DATA.parent.glob("*.py")]

    assert not any(str(total) in source for source in sources)
