"""Makes the demonstration's files: an invented company's orders, deliveries and returns, always the same.

Run it as `python -m agentkit.demo.make_data`; it writes into the folder `data` beside it.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

__all__ = ["DATA", "build_files", "main"]

DATA = Path(__file__).resolve().parent / "data"
"""Where the files lie."""

SEED = 2629
"""With this one every hasty reading of the agreement gives another answer; the tests try them."""

NETWORK_SEED = 11
"""Of the second task's files."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Customer:
    name: str
    country: str
    agreement: str
    currency: str
    orders: int
    """How many it places."""
    euros: int
    """What one of them is worth, on average."""


_CUSTOMERS = (
    _Customer("Alder & Finch Ltd", "GB", "partner", "GBP", 23, 8900),
    _Customer("Bergström Marin AB", "SE", "partner", "SEK", 24, 7600),
    _Customer("Caldwick Tools Inc", "US", "partner", "USD", 25, 9100),
    _Customer("Dornfeld Maschinenbau GmbH", "DE", "partner", "EUR", 22, 9300),
    _Customer("Estrela do Cais Lda", "PT", "partner", "EUR", 18, 4100),
    _Customer("Fjellheim Verft AS", "NO", "partner", "EUR", 21, 6200),
    _Customer("Granby Ridge LLC", "US", "partner", "USD", 23, 8200),
    _Customer("Hoshizuki Kogyo KK", "JP", "partner", "JPY", 22, 7100),
    _Customer("Iberluz Motores SA", "ES", "partner", "EUR", 17, 5200),
    _Customer("Jurapex Précision SA", "CH", "standard", "EUR", 25, 11800),
    _Customer("Kestrel Depot (own branch)", "DE", "internal", "EUR", 20, 12900),
    _Customer("Lindqvist Rederi AB", "SE", "standard", "SEK", 16, 6900),
)

_FIRST_RATES = {"GBP": 1.2043, "JPY": 0.006214, "SEK": 0.08702, "USD": 0.9548}
_RATE_DECIMALS = {"GBP": 4, "JPY": 6, "SEK": 5, "USD": 4}
_MONTHS = ("2024-12", *(f"2025-{month:02}" for month in range(1, 13)), "2026-01")
_LINES = ("drives", "drives", "pumps", "pumps", "controls", "spare parts")
_CAUSES = ("carrier", "carrier", "production", "customer", "force majeure")
_REASONS = ("damaged", "wrong item", "no longer needed", "no longer needed")


class _Dice:
    """Chance from nothing but `Random.random`, the one method whose numbers never change with Python."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        return low + self._random.random() * (high - low)

    def pick(self, items: Sequence[T]) -> T:
        return items[self.whole(0, len(items) - 1)]


@dataclass(frozen=True, slots=True)
class _Order:
    customer: str
    date: datetime.date
    line: str
    currency: str
    cents: int
    status: str
    promised: datetime.date


@dataclass(slots=True)
class _Books:
    """What comes of the orders, row by row."""

    orders: list[Sequence[object]] = field(default_factory=list)
    deliveries: list[Sequence[object]] = field(default_factory=list)
    returns: list[Sequence[object]] = field(default_factory=list)


def build_files() -> dict[str, str]:
    """Every file's text by its name, except the agreement, which is written by hand."""
    dice = _Dice(SEED)
    rates = _rates(dice)
    books = _keep_books(dice, sorted(_orders(dice, rates), key=lambda order: (order.date, order.customer)))
    return {
        "customers.csv": _table(
            ("customer_id", "name", "country", "agreement"),
            ((_customer_id(n), c.name, c.country, c.agreement) for n, c in enumerate(_CUSTOMERS)),
        ),
        "deliveries.csv": _table(
            ("delivery_id", "order_id", "delivered_date", "delay_cause"), books.deliveries
        ),
        "exchange_rates.csv": _table(
            ("month", "currency", "eur_per_unit"),
            (
                (month, currency, f"{rate:.{_RATE_DECIMALS[currency]}f}")
                for (month, currency), rate in rates.items()
            ),
        ),
        "orders.csv": _table(
            (
                "order_id",
                "customer_id",
                "order_date",
                "product_line",
                "currency",
                "amount",
                "status",
                "promised_date",
            ),
            books.orders,
        ),
        "returns.csv": _table(
            ("return_id", "order_id", "return_date", "amount", "reason", "decision"), books.returns
        ),
        "warehouses.csv": _table(("warehouse_id", "city", "country", "pallet_places"), _WAREHOUSES),
        **_network_files(_Dice(NETWORK_SEED)),
    }


def _network_files(dice: _Dice) -> dict[str, str]:
    """What the second task needs: rents, freight and a forecast."""
    rents = [(w[0], 38_000 + 11 * w[3] + dice.whole(0, 9_000)) for w in _WAREHOUSES]
    customers = [_customer_id(n) for n in range(len(_CUSTOMERS))]
    freight = [(w[0], *(_lane(dice, w[2], c.country) for c in _CUSTOMERS)) for w in _WAREHOUSES]
    forecast = [(c, dice.whole(14, 62) * 10 + dice.whole(0, 9)) for c in customers]
    return {
        "forecast.csv": _table(("customer_id", "pallets"), forecast),
        "freight.csv": _table(("warehouse_id", *customers), freight),
        "rents.csv": _table(("warehouse_id", "rent_eur"), rents),
    }


def _lane(dice: _Dice, origin: str, country: str) -> str:
    """Freight a pallet: least at home, most between continents; now and then there is no lane."""
    home, away = _REGIONS.get(origin, origin), _REGIONS.get(country, country)
    cents = dice.whole(900, 2_400) if origin == country else dice.whole(2_100, 5_200)
    if home != away:
        cents = dice.whole(7_400, 14_800)
    return "" if home != away and dice.chance(0.2) else _money(cents)


_REGIONS = {"US": "America", "JP": "Asia"} | dict.fromkeys(
    ("DE", "SE", "PT", "GB", "NO", "ES", "CH"), "Europe"
)
"""The continent that a country is on."""


_WAREHOUSES = (
    ("W1", "Hamburg", "DE", 5200),
    ("W2", "Göteborg", "SE", 2100),
    ("W3", "Porto", "PT", 1400),
    ("W4", "Savannah", "US", 3900),
    ("W5", "Kobe", "JP", 1750),
)


def _customer_id(position: int) -> str:
    return f"C{position + 1:03}"


def _rates(dice: _Dice) -> dict[tuple[str, str], float]:
    """Euros for one unit, by month and currency; they drift, so that the month matters."""
    found: dict[tuple[str, str], float] = {}
    current = dict(_FIRST_RATES)
    for month in _MONTHS:
        for currency in sorted(current):
            decimals = _RATE_DECIMALS[currency]
            found[month, currency] = round(current[currency], decimals)
            current[currency] *= dice.between(0.966, 1.022)
    return found


def _orders(dice: _Dice, rates: dict[tuple[str, str], float]) -> Iterable[_Order]:
    for position, customer in enumerate(_CUSTOMERS):
        for _ in range(customer.orders):
            day = datetime.date(2024, 12, 8) + datetime.timedelta(days=dice.whole(0, 410))
            currency = "EUR" if dice.chance(0.12) else customer.currency
            rate = rates.get((f"{day:%Y-%m}", currency), 1.0)
            cents = int(customer.euros * dice.between(0.35, 1.75) / rate * 100)
            if currency == "JPY":
                cents -= cents % 100
            yield _Order(
                customer=_customer_id(position),
                date=day,
                line=dice.pick(_LINES),
                currency=currency,
                cents=cents,
                status="cancelled" if dice.chance(0.08) else "completed",
                promised=day + datetime.timedelta(days=dice.whole(10, 45)),
            )


def _keep_books(dice: _Dice, orders: Sequence[_Order]) -> _Books:
    books = _Books()
    for number, order in enumerate(orders, start=10_001):
        row = (f"O{number}", order.customer, order.date, order.line, order.currency)
        books.orders.append((*row, _money(order.cents), order.status, order.promised))
        # Some orders are cancelled only after part of them was sent, or even sent back.
        if order.status == "completed" or dice.chance(0.35):
            arrived = _deliver(dice, books, f"O{number}", order)
            if dice.chance(0.2):
                _send_back(dice, books, f"O{number}", order, arrived)
    return books


def _deliver(dice: _Dice, books: _Books, order_id: str, order: _Order) -> datetime.date:
    """In one part or two, the last of which is late for every third order. Returns when the last arrived."""
    late = dice.chance(0.34)
    days = dice.whole(1, 19) if late else -dice.whole(0, 6)
    last = order.promised + datetime.timedelta(days=days)
    if dice.chance(0.22):
        early = last - datetime.timedelta(days=dice.whole(2, 9))
        books.deliveries.append((f"D{len(books.deliveries) + 501}", order_id, early, ""))
    cause = dice.pick(_CAUSES) if late else ""
    books.deliveries.append((f"D{len(books.deliveries) + 501}", order_id, last, cause))
    return last


def _send_back(dice: _Dice, books: _Books, order_id: str, order: _Order, arrived: datetime.date) -> None:
    cents = int(order.cents * dice.between(0.03, 0.25))
    if order.currency == "JPY":
        cents -= cents % 100
    row = (
        f"R{len({entry[0] for entry in books.returns}) + 71}",
        order_id,
        arrived + datetime.timedelta(days=dice.whole(4, 50)),
        _money(cents),
        dice.pick(_REASONS),
        "rejected" if dice.chance(0.2) else "accepted",
    )
    # Now and then the returns desk enters a return a second time.
    books.returns.extend([row] * (2 if dice.chance(0.14) else 1))


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue()


def main() -> None:
    """Write the files."""
    DATA.mkdir(exist_ok=True)
    for name, text in build_files().items():
        (DATA / name).write_text(text, encoding="utf-8", newline="")
        print(f"{name}: {text.count(chr(10)) - 1} rows")


if __name__ == "__main__":
    main()
