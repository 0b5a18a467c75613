"""The demonstration's task: who is owed the largest settlement, by six files of an invented company."""

from __future__ import annotations

from agentkit.demo.make_data import DATA
from agentkit.task import Task

__all__ = ["GOAL", "demo_task"]

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
Work out the yearly settlement for 2025 of every partner, following agreement.txt to the letter: rebate, \
penalties for late delivery, and credits for returns. Which customer is owed the largest settlement?
Answer with one line of the form
CUSTOMER | AMOUNT EUR | ORDER COUNT
where CUSTOMER is the customer's name as in customers.csv, AMOUNT EUR is its whole settlement with two \
decimals and no thousands separator, and ORDER COUNT is the number of its orders that count towards its \
turnover. For example: Example Ltd | 1234.50 | 12"""
"""What is asked, with the form of the answer."""


def demo_task() -> Task:
    """The goal with its files. Raises `TaskError` where the installation lacks them."""
    return Task.of(GOAL, attach=[DATA / name for name in FILES])
