"""Problems whose objective can be improved without end, each with what grows and where that stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["CASES", "UnboundedCase"]


@dataclass(frozen=True)
class UnboundedCase:
    """A problem, and what its explanation must name."""

    name: str
    formulation: dict[str, Any]
    growing: frozenset[str]
    """The variables, all ways to grow together."""
    touched: frozenset[str] = frozenset()
    """The constraints in which they stand, of the first way."""
    down: bool = False
    """Whether they fall instead."""


def said(rule: str, source: str, forall: str = "") -> dict[str, str]:
    """A constraint with its sentence."""
    return {"rule": rule, "source": source, "forall": forall}


PRODUCTION = UnboundedCase(
    "a product that needs no scarce resource",
    {
        "sets": {"goods": ["chair", "table", "poster"]},
        "parameters": {
            "profit": {"over": "goods", "values": [20, 45, 3]},
            "wood": {"over": "goods", "values": [2, 6, 0]},
        },
        "variables": {"make": {"over": "goods", "source": "How many of each good?"}},
        "constraints": {
            "timber": said("sum(wood[g] * make[g] for g in goods) <= 300", "There are 300 planks."),
            "orders": said("make['poster'] >= 10", "Ten posters are ordered."),
        },
        "objective": {"maximize": "sum(profit[g] * make[g] for g in goods)", "source": "Earn the most."},
    },
    frozenset({"make"}),
    frozenset({"orders"}),
)

ARBITRAGE = UnboundedCase(
    "trade without an end",
    {
        "variables": {
            "buy": {"source": "Tons bought abroad."},
            "sell": {"source": "Tons sold here."},
            "keep": {"upper": 50, "source": "The store holds 50 tons."},
        },
        "constraints": {
            "balance": said("buy == sell + keep", "What is bought is sold or kept."),
            "reserve": said("keep >= 20", "Keep at least 20."),
        },
        "objective": {"maximize": "9 * sell - 7 * buy - keep", "source": "Sell at 9, buy at 7."},
    },
    frozenset({"buy", "sell"}),
    frozenset({"balance"}),
)

FREE_VARIABLE = UnboundedCase(
    "a variable without a lower bound",
    {
        "variables": {
            "temperature": {"lower": None, "source": "The temperature of the store."},
            "power": {"upper": 10, "source": "At most 10 kW."},
        },
        "constraints": {"cool": said("temperature + 2 * power <= 8", "Cooling keeps it at 8.")},
        "objective": {"minimize": "temperature + 0.1 * power", "source": "As cold as can be."},
    },
    frozenset({"temperature"}),
    frozenset({"cool"}),
    down=True,
)

WRONG_SENSE = UnboundedCase(
    "a cost that is maximized",
    {
        "sets": {"routes": ["a", "b"]},
        "parameters": {"cost": {"over": "routes", "values": [4, 6]}},
        "variables": {"tons": {"over": "routes", "source": "What goes on each route?"}},
        "constraints": {"need": said("sum(tons[r] for r in routes) >= 30", "30 tons must arrive.")},
        "objective": {"maximize": "sum(cost[r] * tons[r] for r in routes)", "source": "The cost counts."},
    },
    frozenset({"tons"}),
    frozenset({"need"}),
)

INTEGERS = UnboundedCase(
    "integers",
    {
        "variables": {
            "vans": {"type": "integer", "source": "How many vans?"},
            "drivers": {"type": "integer", "upper": 12, "source": "There are 12 drivers."},
        },
        "constraints": {"pairs": said("drivers <= 2 * vans", "At most two drivers a van.")},
        "objective": {"maximize": "3 * vans + drivers", "source": "Every van brings 3."},
    },
    frozenset({"vans"}),
    frozenset({"pairs"}),
)

STORE = UnboundedCase(
    "a store that makes things out of nothing",
    {
        "sets": {"weeks": [1, 2, 3]},
        "variables": {
            "make": {"over": "weeks", "upper": 40, "source": "At most 40 a week."},
            "stock": {"over": "weeks", "source": "What is in store at the end of a week?"},
            "sell": {"over": "weeks", "source": "What is sold in a week?"},
        },
        "constraints": {
            "kept": said(
                "stock[w] == stock[w - 1] + make[w] - sell[w]",
                "What is not sold is kept.",
                "w in weeks if w > 1",
            ),
            "some": said("sell[w] >= 5", "Five a week are promised.", "w in weeks"),
        },
        "objective": {"maximize": "sum(4 * sell[w] - make[w] for w in weeks)", "source": "Sell for 4."},
    },
    frozenset({"sell"}),
    frozenset({"some"}),
)

FAIRNESS = UnboundedCase(
    "the least share",
    {
        "sets": {"towns": ["a", "b", "c"]},
        "variables": {"aid": {"over": "towns", "source": "What does each town get?"}},
        "constraints": {"more_for_a": said("aid['a'] >= 2 * aid['b']", "a gets twice what b gets.")},
        "objective": {"maximize": "min(aid[t] for t in towns)", "source": "The least share counts."},
    },
    frozenset({"aid"}),
    frozenset({"more_for_a"}),
)

FORGOTTEN_INDEX = UnboundedCase(
    "a limit on the first day alone",
    {
        "sets": {"days": "range(1, 5)"},
        "variables": {"hours": {"over": "days", "source": "Hours worked on each day."}},
        "constraints": {"limit": said("hours[1] <= 10", "Ten hours a day.")},
        "objective": {"maximize": "sum(hours[d] for d in days)", "source": "Work the most."},
    },
    frozenset({"hours"}),
)

LOANS = UnboundedCase(
    "borrowing to lend",
    {
        "variables": {
            "borrow": {"source": "Money borrowed at 4 %."},
            "bond": {"source": "Money in bonds at 6 %."},
            "share": {"upper": 30, "source": "At most 30 in shares."},
        },
        "constraints": {
            "cash": said("bond + share <= 100 + borrow", "There are 100, and what is borrowed."),
            "safe": said("bond >= 2 * share", "Twice as much in bonds as in shares."),
        },
        "objective": {"maximize": "0.06 * bond + 0.09 * share - 0.04 * borrow", "source": "Earn interest."},
    },
    frozenset({"borrow", "bond"}),
    frozenset({"cash", "safe"}),
)

TWO_WAYS = UnboundedCase(
    "two things that grow by themselves",
    {
        "variables": {
            "wheat": {"source": "Hectares of wheat."},
            "maize": {"source": "Hectares of maize."},
            "rye": {"upper": 5, "source": "At most 5 hectares of rye."},
        },
        "constraints": {"fallow": said("wheat + maize + rye >= 8", "At least 8 hectares are sown.")},
        "objective": {"maximize": "3 * wheat + 2 * maize + rye", "source": "The best harvest."},
    },
    frozenset({"wheat", "maize"}),
    frozenset({"fallow"}),
)

CYCLE = UnboundedCase(
    "a cycle of gains in a network",
    {
        "sets": {"money": ["eur", "usd", "yen"], "trades": [["eur", "usd"], ["usd", "yen"], ["yen", "eur"]]},
        "parameters": {
            "rate": {"over": "trades", "values": {"eur,usd": 1.2, "usd,yen": 1.0, "yen,eur": 0.9}}
        },
        "variables": {
            "trade": {"over": "trades", "source": "How much is changed?"},
            "left": {"source": "What is left in euros."},
        },
        "constraints": {
            "others": said(
                "sum(rate[i, j] * trade[i, j] for (i, j) in trades if j == m)"
                " == sum(trade[i, j] for (i, j) in trades if i == m)",
                "Dollars and yen are changed on.",
                "m in money if m != 'eur'",
            ),
            "euros": said(
                "left == 10 + rate['yen', 'eur'] * trade['yen', 'eur'] - trade['eur', 'usd']",
                "There are ten euros at first.",
            ),
        },
        "objective": {"maximize": "left", "source": "The most euros in the end."},
    },
    frozenset({"trade", "left"}),
    frozenset({"others", "euros"}),
)

SOFT = UnboundedCase(
    "a bonus that outweighs the penalty",
    {
        "variables": {"overtime": {"source": "Hours of overtime."}, "normal": {"upper": 40}},
        "constraints": {
            "week": {"rule": "overtime + normal <= 45", "penalty": 2, "source": "45 hours if possible."}
        },
        "objective": {"maximize": "3 * overtime + normal", "source": "Overtime brings 3."},
    },
    frozenset({"overtime"}),
    frozenset({"week"}),
)

CASES = (
    PRODUCTION,
    ARBITRAGE,
    FREE_VARIABLE,
    WRONG_SENSE,
    INTEGERS,
    STORE,
    FAIRNESS,
    FORGOTTEN_INDEX,
    LOANS,
    TWO_WAYS,
    CYCLE,
    SOFT,
)
"""All of them."""
