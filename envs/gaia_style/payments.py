"""Invoices paid twice: suppliers under several names, mergers, and a policy with exceptions."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import query, records
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import parquet_file, prose, separated

__all__ = ["PaidTwice"]

_SUPPLIERS = (
    "Anvil Fasteners",
    "Beacon Print",
    "Cobalt Catering",
    "Dovetail Joinery",
    "Ember Heating",
    "Falcon Freight",
    "Granite Cleaning",
    "Hazel Stationery",
    "Ivory Dental Supply",
    "Jasper Security",
    "Keel Marine",
    "Larch Timber",
    "Mosaic Software",
    "Nimbus Telecom",
)
_FORMS = {"Ltd": ("Ltd", "Ltd.", "Limited", "LTD"), "GmbH": ("GmbH", "Gmbh", "G.m.b.H.")}
_TRADING_AS = {
    "Ember Heating": "WarmHouse",
    "Jasper Security": "Night Owl Guards",
    "Hazel Stationery": "PaperNest",
}
_MERGED = {"Beacon Print": "Mosaic Software", "Falcon Freight": "Keel Marine"}
"""Who was taken over by whom."""

_DAYS = 60
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Payment:
    supplier: str
    shown: str
    """The supplier's name as it was typed in."""
    day: datetime.date
    invoice: str
    typed: str
    """The invoice's number as it was typed in."""
    cents: int
    kind: str
    """`payment` or `refund`."""


@dataclass(frozen=True, slots=True)
class _Policy:
    """How the policy is read; every field turned off is a mistake."""

    numbers: bool = True
    merged: bool = True
    trading: bool = True
    within: bool = True
    rents: bool = True
    refunds: bool = True


@dataclass(frozen=True)
class PaidTwice(Question):
    """How much can be claimed back for invoices paid twice."""

    ask: str
    """`total` or `supplier`."""

    family: ClassVar[str] = "paid-twice"
    steps: ClassVar[str] = (
        "Bring suppliers' names and invoice numbers to one form; join by mergers and trading names; "
        "find later payments of the same invoice within the time; leave exceptions out; take refunds "
        "off."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL", "a program")

    def make(self, dice: Dice) -> Draft:
        """Invent two years of payments, some of them doubled under another name or spelling."""
        payments = list(_payments(dice))
        names = [self.file(name) for name in ("payments.parquet", "suppliers.csv", "policy.md")]
        head = f"""I am the auditor of a hospital trust. {names[0]} holds all payments of two years,
            {names[1]} the register of suppliers, and {names[2]} our policy on invoices that were paid
            twice."""
        if self.ask == "total":
            text = (
                f"""{head} How much can we claim back in all under the policy, in euros with two decimals?"""
            )
        else:
            text = f"""{head} From which supplier can we claim back the most under the policy, and how much?
                Answer in the form: supplier's name as it stands in the register's column "name" (of the
                company that exists today), euros with two decimals."""
        mistakes = overlooked(_Policy())
        answer = self._told(payments, _Policy())
        others = {self._told(payments, mistake) for mistake in mistakes} - {answer}
        columns = {"payment_id": "INTEGER", "paid_on": "DATE", "supplier": "VARCHAR", "invoice_no": "VARCHAR"}
        columns |= {"kind": "VARCHAR", "amount_eur": "DECIMAL(12, 2)"}
        rows = [
            (n, p.day, p.shown, p.typed, p.kind, f"{p.cents // 100}.{p.cents % 100:02}")
            for n, p in enumerate(payments, start=500_001)
        ]
        contents = (parquet_file(columns, rows), _register(), prose(_policy_text()))
        return Draft(one_line(text), answer, tuple(sorted(others)), dict(zip(names, contents, strict=True)))

    def _told(self, payments: Sequence[_Payment], policy: _Policy) -> str:
        claims: dict[str, int] = defaultdict(int)
        for supplier, cents in _claims(payments, policy):
            claims[supplier] += cents
        cents = sum(claims.values())
        if self.ask == "total":
            return f"{cents // 100}.{cents % 100:02}"
        name = max(claims, key=lambda supplier: claims[supplier])
        return f"{name}, {claims[name] // 100}.{claims[name] % 100:02}"

    def prove(self, folder: Path) -> str:
        """Make a table of all names in lower case, then let SQL find the later payments."""
        policy = read_text(folder / self.file("policy.md"))
        (days,) = re.findall(r"at most (\d+) days", policy)
        known = {row["name"]: row for row in records(folder / self.file("suppliers.csv"))}
        rows = []
        for name, row in known.items():
            today = row["taken_over_by"] or name
            rows += [f"('{_key(label)}', '{today}')" for label in (name, row["trading_as"]) if label]
        found = query(
            f"""WITH known(label, today) AS (VALUES {", ".join(rows)}),
            clean AS (
                SELECT *, trim(regexp_replace(regexp_replace(lower(supplier), '[^a-z0-9 ]', '', 'g'),
                    ' (ltd|limited|gmbh)$', '')) AS label,
                    regexp_replace(upper(invoice_no), '[^A-Z0-9]', '', 'g') AS number FROM payments),
            ours AS (
                SELECT c.*, k.today FROM clean c JOIN known k USING (label) WHERE number NOT LIKE 'RENT%'),
            later AS (
                SELECT today, number, amount_eur, kind, paid_on - min(paid_on) FILTER (WHERE kind = 'payment')
                    OVER (PARTITION BY today, number, amount_eur) AS days,
                    row_number() OVER (PARTITION BY today, number, amount_eur, kind
                        ORDER BY paid_on, payment_id) AS nth FROM ours)
            SELECT today, sum(CASE WHEN kind = 'refund' THEN -amount_eur
                WHEN nth > 1 AND days <= {days} THEN amount_eur ELSE 0 END) AS claim
            FROM later GROUP BY today ORDER BY claim DESC""",
            payments=folder / self.file("payments.parquet"),
        )
        if self.ask == "total":
            return f"{sum(row[1] for row in found):.2f}"
        return f"{found[0][0]}, {found[0][1]:.2f}"


def _key(name: str) -> str:
    return re.sub(r" (ltd|gmbh)$", "", name.lower())


def _claims(payments: Iterable[_Payment], policy: _Policy) -> Iterator[tuple[str, int]]:
    """Whom something can be claimed from, and how many cents; refunds are negative."""
    first: dict[tuple[str, str, int], datetime.date] = {}
    for p in payments:
        owner = _MERGED.get(p.supplier, p.supplier) if policy.merged else p.supplier
        number = p.invoice if policy.numbers else p.typed
        if p.shown == _TRADING_AS.get(p.supplier) and not policy.trading:
            owner = p.shown
        if number.startswith("RENT") and policy.rents:
            continue
        if p.kind == "refund":
            yield _registered(owner), -p.cents if policy.refunds else 0
        elif (owner, number, p.cents) not in first:
            first[owner, number, p.cents] = p.day
        elif (p.day - first[owner, number, p.cents]).days <= _DAYS or not policy.within:
            yield _registered(owner), p.cents


def _form(supplier: str) -> str:
    return "GmbH" if supplier in ("Dovetail Joinery", "Keel Marine", "Nimbus Telecom") else "Ltd"


def _registered(supplier: str) -> str:
    return f"{supplier} {_form(supplier)}"


def _typed_name(dice: Dice, supplier: str) -> str:
    """A supplier's name as somebody types it."""
    if supplier in _TRADING_AS and dice.chance(0.35):
        return _TRADING_AS[supplier]
    name = dice.pick([supplier, supplier, supplier.upper(), supplier.lower()])
    return f"{name} {dice.pick(_FORMS[_form(supplier)])}" if dice.chance(0.7) else name


def _typed_number(dice: Dice, invoice: str) -> str:
    return dice.pick(
        [invoice, invoice, invoice.lower(), invoice.replace("-", " "), invoice.replace("-", "/")]
    )


def _payments(dice: Dice) -> Iterator[_Payment]:
    """All of them by date."""
    found: list[_Payment] = []
    for number in range(1, 1901):
        supplier = dice.pick(_SUPPLIERS)
        initials = "".join(word[0] for word in supplier.split())
        day = datetime.date(2023, 1, 2) + dice.whole(0, 640) * DAY
        invoice = f"{initials}-{day:%y}-{number * 3:04}"
        found += _invoice(dice, supplier, invoice, day)
    for month in range(24):
        day = datetime.date(2023 + month // 12, month % 12 + 1, 3)
        for supplier, cents in (("Jasper Security", 84_000), ("Larch Timber", 127_500)):
            found.append(_paid(dice, supplier, "RENT-HALL", day, cents))
    yield from sorted(found, key=lambda p: (p.day, p.invoice, p.kind, p.shown, p.typed))


def _paid(
    dice: Dice, supplier: str, invoice: str, day: datetime.date, cents: int, kind: str = "payment"
) -> _Payment:
    typed = _typed_number(dice, invoice)
    return _Payment(supplier, _typed_name(dice, supplier), day, invoice.replace("-", ""), typed, cents, kind)


def _invoice(dice: Dice, supplier: str, invoice: str, day: datetime.date) -> Iterator[_Payment]:
    """An invoice's payment, and now and then another: a double, a part, or one long after."""
    cents = dice.whole(2000, 990_000)
    yield _paid(dice, supplier, invoice, day, cents)
    again = _MERGED.get(supplier, supplier) if dice.chance(0.6) else supplier
    if dice.chance(0.03):
        later = day + dice.whole(3, _DAYS) * DAY
        yield _paid(dice, again, invoice, later, cents)
        if dice.chance(0.3):
            yield _paid(dice, again, invoice, later + dice.whole(5, 50) * DAY, cents, "refund")
        elif dice.chance(0.2):
            yield _paid(dice, again, invoice, day + _DAYS * DAY, cents)
    elif dice.chance(0.02):
        yield _paid(dice, again, invoice, day + dice.whole(_DAYS + 1, 100) * DAY, cents)
    elif dice.chance(0.03):
        yield _paid(dice, again, invoice, day + dice.whole(3, 40) * DAY, cents - dice.whole(100, 1900))


def _register() -> bytes:
    rows = []
    for n, supplier in enumerate(_SUPPLIERS):
        into = _registered(_MERGED[supplier]) if supplier in _MERGED else ""
        rows.append((f"S{n * 17 + 210}", _registered(supplier), _TRADING_AS.get(supplier, ""), into))
    return separated(("supplier_no", "name", "trading_as", "taken_over_by"), rows)


def _policy_text() -> str:
    return f"""
        # Policy on invoices paid twice

        1. A payment is a double if there was an earlier payment to the same supplier for the same invoice and
           of the same amount, and it was made at most {_DAYS} days after the first payment of that invoice
           and amount. (A third payment in that time is a double too.)
        2. Suppliers are the same whether they were entered with their legal form or without, in capitals or
           small letters, with full stops or under their trading name. A company that was taken over and the
           one that took it over are one supplier, for the whole time.
        3. Invoice numbers are the same if their letters and digits are; capitals, hyphens, slashes and spaces
           do not matter.
        4. Two payments of one invoice with different amounts are parts, not doubles. Payments made later than
           1 says are instalments.
        5. Refunds (kind "refund") were only ever made for doubles; they are taken off.
        6. All doubles less all refunds can be claimed back.

        Exception: what is paid regularly under one number, which begins with RENT, is never a double.
        """
