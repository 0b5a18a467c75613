"""The demonstration's task: a yearly review of an invented company, out of seven files."""

from __future__ import annotations

from agentkit.demo.make_data import DATA
from agentkit.task import Task

__all__ = ["GOAL", "SIDE_BY_SIDE", "demo_task"]

FILES = (
    "agreement.txt",
    "customers.csv",
    "deliveries.csv",
    "exchange_rates.csv",
    "orders.csv",
    "returns.csv",
    "warehouses.csv",
)

GOAL = """\
Prepare the yearly review of 2025: three findings that do not depend on each other, then one line.
1. Settlement. Work out the yearly settlement of every partner, following agreement.txt to the letter: \
rebate, penalties for late delivery, and credits for returns. Which customer is owed most, and how much?
2. Punctuality. Take the orders with an order date in 2025 that are not cancelled, of all customers but \
those whose agreement is "internal". An order arrives when its last part is delivered, and is late if that \
is after the promised date, whatever the cause. Of which month's orders (by order date) was the largest \
share late?
3. Returns. For the same orders, which product line has the largest share of its amounts sent back? Count \
accepted returns, each return number once. Convert orders and their returns into EUR with the rate of the \
month of the order date, each rounded to the cent.
Answer with one line of the form
CUSTOMER | AMOUNT EUR | MONTH | LATE % | PRODUCT LINE | RETURNED %
with the customer's name as in customers.csv, its settlement with two decimals and no thousands separator, \
the month as YYYY-MM, the share of late orders with one decimal, and the returned share with two decimals. \
For example: Example Ltd | 1234.50 | 2025-02 | 12.5 | spanners | 3.07"""
"""What is asked, with the form of the answer."""

SIDE_BY_SIDE = "Split the work: have each finding worked out by somebody of their own, side by side."
"""A strong model does all of it alone in two or three turns unless it is told otherwise; what is to be seen
here is a plan at work."""


def demo_task(*, side_by_side: bool = True) -> Task:
    """The goal with its files. Raises `TaskError` where the installation lacks them."""
    goal = f"{GOAL}\n{SIDE_BY_SIDE}" if side_by_side else GOAL
    return Task.of(goal, attach=[DATA / name for name in FILES])
