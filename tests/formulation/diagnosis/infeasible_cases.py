"""Problems without a solution, each with the statements that contradict each other.

Every one has constraints besides that are not to blame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["CASES", "InfeasibleCase"]


@dataclass(frozen=True)
class InfeasibleCase:
    """A problem, and what is to blame."""

    name: str
    formulation: dict[str, Any]
    blamed: frozenset[str]
    """`constraint budget`; bounds as `upper stock`, `lower x`; `whole x`."""
    concession: str = ""
    """A part of what would have to give; empty where several ways cost the same."""


def said(rule: str, source: str, forall: str = "") -> dict[str, str]:
    """A constraint with its sentence."""
    return {"rule": rule, "source": source, "forall": forall}


BLENDING = InfeasibleCase(
    "blending",
    {
        "sets": {"feeds": ["corn", "soy", "hay"]},
        "parameters": {
            "protein": {"over": "feeds", "values": [0.09, 0.44, 0.12]},
            "fibre": {"over": "feeds", "values": [0.02, 0.07, 0.30]},
            "price": {"over": "feeds", "values": [0.3, 0.9, 0.1]},
        },
        "variables": {"kg": {"over": "feeds", "source": "How much of each feed goes into the mix?"}},
        "constraints": {
            "batch": said("sum(kg[f] for f in feeds) == 100", "A batch weighs 100 kg."),
            "rich": said("sum(protein[f] * kg[f] for f in feeds) >= 30", "At least 30 % must be protein."),
            "little_soy": said("kg['soy'] <= 50", "Soy may be at most half of the mix."),
            "digestible": said("sum(fibre[f] * kg[f] for f in feeds) <= 20", "Fibre at most 20 %."),
        },
        "objective": {"minimize": "sum(price[f] * kg[f] for f in feeds)"},
    },
    frozenset({"constraint batch", "constraint rich", "constraint little_soy"}),
)

SHIFTS = InfeasibleCase(
    "shifts",
    {
        "sets": {"nurses": ["ann", "bo", "cy"], "days": "range(1, 8)"},
        "variables": {"works": {"over": "nurses, days", "type": "binary"}},
        "constraints": {
            "cover": said("sum(works[n, d] for n in nurses) >= 2", "Two nurses every day.", "d in days"),
            "at_most_four": said(
                "sum(works[n, d] for d in days) <= 4", "Nobody works more than four days.", "n in nurses"
            ),
            "bo_is_away": said("works['bo', 3] == 0", "Bo is away on day 3."),
            "no_three_in_a_row": said(
                "works[n, d] + works[n, d + 1] + works[n, d + 2] <= 2",
                "Never three days in a row.",
                "n in nurses, d in days if d <= 5",
            ),
        },
    },
    frozenset({"constraint cover", "constraint at_most_four"}),
)

BUDGET = InfeasibleCase(
    "budget",
    {
        "sets": {"shops": ["north", "south", "east"]},
        "parameters": {"rent": {"over": "shops", "values": [40, 55, 35]}, "budget": 100},
        "variables": {
            "share": {
                "over": "shops",
                "lower": "0.8",
                "source": "Each shop keeps at least 80 % of its space.",
            }
        },
        "constraints": {
            "spend": said("sum(rent[s] * share[s] for s in shops) <= budget", "The rent budget is 100."),
            "whole_space": said("share[s] <= 1", "No shop can grow.", "s in shops"),
        },
    },
    frozenset({"constraint spend", "lower share"}),
    "raise budget from 100 to 104",
)

PACKING = InfeasibleCase(
    "packing with an integer gap",
    {
        "variables": {
            "six": {"type": "integer", "upper": 9, "source": "Boxes of six."},
            "nine": {"type": "integer", "upper": 9, "source": "Boxes of nine."},
            "twenty": {"type": "integer", "upper": 9, "source": "Boxes of twenty."},
        },
        "constraints": {
            "exactly_43": said("6 * six + 9 * nine + 20 * twenty == 43", "43 pieces are wanted."),
            "few_boxes": said("six + nine + twenty <= 12", "At most 12 boxes fit on the cart."),
        },
    },
    frozenset({"constraint exactly_43", "whole six", "whole nine", "whole twenty"}),
    "exactly_43",
)

MAINTENANCE = InfeasibleCase(
    "scheduling with logic",
    {
        "variables": {
            name: {"type": "binary", "source": f"Does pump {name} run?"} for name in ("a", "b", "c", "d")
        },
        "constraints": {
            "a_needs_b": said("implies(a, b)", "Pump a needs the pressure of pump b."),
            "one_supply": said("not (b and c)", "b and c share a supply."),
            "two_mains": said("at_least(2, a, c, d)", "Two of a, c and d must run."),
            "d_is_down": said("not d", "d is under repair."),
            "not_all": said("at_most(3, a, b, c, d)", "At most three at once."),
        },
    },
    frozenset(
        {"constraint a_needs_b", "constraint one_supply", "constraint two_mains", "constraint d_is_down"}
    ),
)

FLOW = InfeasibleCase(
    "flow",
    {
        "sets": {
            "nodes": ["well", "hill", "lake", "town"],
            "pipes": [
                ["well", "hill"],
                ["well", "lake"],
                ["hill", "lake"],
                ["hill", "town"],
                ["lake", "town"],
            ],
        },
        "parameters": {
            "width": {
                "over": "pipes",
                "values": {
                    "well,hill": 30,
                    "well,lake": 30,
                    "hill,lake": 9,
                    "hill,town": 12,
                    "lake,town": 20,
                },
            },
            "need": 40,
        },
        "variables": {"flow": {"over": "pipes", "source": "What flows through each pipe?"}},
        "constraints": {
            "narrow": said(
                "flow[i, j] <= width[i, j]", "No pipe takes more than its width.", "(i, j) in pipes"
            ),
            "kept": said(
                "sum(flow[i, j] for (i, j) in pipes if j == n)"
                " == sum(flow[i, j] for (i, j) in pipes if i == n)",
                "Nothing is lost on the way.",
                "n in nodes if n != 'well' and n != 'town'",
            ),
            "thirst": said(
                "sum(flow[i, j] for (i, j) in pipes if j == 'town') >= need", "The town needs 40."
            ),
        },
    },
    frozenset({"constraint narrow", "constraint thirst"}),
)

NO_SUPPLIER = InfeasibleCase(
    "a sum over nothing",
    {
        "sets": {
            "parts": ["bolt", "nut", "gear"],
            "offers": [["x", "bolt"], ["x", "nut"], ["y", "nut"]],
        },
        "parameters": {"wanted": {"over": "parts", "values": [5, 8, 2]}},
        "variables": {"buy": {"over": "offers"}},
        "constraints": {
            "supply": said(
                "sum(buy[s, q] for (s, q) in offers if q == p) >= wanted[p]",
                "Every part is needed in its quantity.",
                "p in parts",
            ),
            "little": said("sum(buy[s, p] for (s, p) in offers) <= 20", "At most 20 pieces in all."),
        },
    },
    frozenset({"constraint supply"}),
    "lower wanted[gear] from 2 to 0",
)

MACHINE = InfeasibleCase(
    "a bound of a variable",
    {
        "sets": {"weeks": [1, 2, 3]},
        "parameters": {"orders": {"over": "weeks", "values": [40, 90, 70]}},
        "variables": {
            "make": {"over": "weeks", "upper": 60, "source": "The press makes at most 60 a week."},
            "stock": {"over": "weeks", "upper": 15, "source": "The store holds 15."},
        },
        "constraints": {
            "first": said("make[1] == orders[1] + stock[1]", "The store is empty at first."),
            "later": said(
                "stock[w - 1] + make[w] == orders[w] + stock[w]",
                "What is made or in store is delivered or stored.",
                "w in weeks if w > 1",
            ),
        },
        "objective": {"minimize": "sum(stock[w] for w in weeks)"},
    },
    frozenset({"constraint later", "upper make", "upper stock"}),
)

ROOMS = InfeasibleCase(
    "more meetings than rooms",
    {
        "sets": {"meetings": "range(1, 5)"},
        "variables": {
            "room": {"over": "meetings", "type": "integer", "lower": 1, "upper": 3, "source": "Rooms 1 to 3."}
        },
        "constraints": {
            "apart": said("all_different(room[m] for m in meetings)", "No two meetings in one room."),
            "early": said("room[1] <= 2", "The first meeting is in room 1 or 2."),
        },
    },
    frozenset({"constraint apart", "upper room", "lower room"}),
)

DEADLINE = InfeasibleCase(
    "a chain of work against a deadline",
    {
        "sets": {"jobs": ["dig", "pour", "dry", "paint"], "before": [["dig", "pour"], ["pour", "dry"]]},
        "parameters": {"days": {"over": "jobs", "values": [4, 3, 6, 2]}, "deadline": 12},
        "variables": {"start": {"over": "jobs"}},
        "constraints": {
            "order": said(
                "start[b] >= start[a] + days[a]", "Each waits for the one before.", "(a, b) in before"
            ),
            "done": said("start[j] + days[j] <= deadline", "All must be done by day 12.", "j in jobs"),
            "late_paint": said("start['paint'] >= 5", "Paint comes on day 5."),
        },
    },
    frozenset({"constraint order", "constraint done"}),
)

BATCHES = InfeasibleCase(
    "smallest batches",
    {
        "sets": {"lines": ["p", "q"]},
        "variables": {
            "run": {"over": "lines", "type": "binary", "source": "Which lines run?"},
            "tons": {"over": "lines", "upper": 80, "source": "A line makes at most 80 tons."},
        },
        "constraints": {
            "batch": said("implies(run[l], tons[l] >= 50)", "A line that runs makes 50 tons.", "l in lines"),
            "idle": said("implies(not run[l], tons[l] <= 0)", "One that is idle makes none.", "l in lines"),
            "sold": said("sum(tons[l] for l in lines) <= 95", "95 tons can be sold."),
            "contract": said("sum(tons[l] for l in lines) >= 85", "85 tons are promised."),
        },
    },
    frozenset(
        {"constraint batch", "constraint idle", "constraint sold", "constraint contract", "upper tons"}
    ),
)

PANEL = InfeasibleCase(
    "shares that exceed the whole",
    {
        "sets": {"groups": ["young", "middle", "old"]},
        "parameters": {"least": {"over": "groups", "values": [0.35, 0.4, 0.3]}},
        "variables": {"people": {"over": "groups", "type": "integer", "source": "How many of each group?"}},
        "constraints": {
            "size": said("sum(people[g] for g in groups) == 200", "The panel has 200 people."),
            "shares": said(
                "people[g] >= least[g] * 200", "Each group has at least its share.", "g in groups"
            ),
            "old_enough": said("people['old'] <= 90", "At most 90 are old."),
        },
    },
    frozenset({"constraint size", "constraint shares"}),
)

FALSE_DATA = InfeasibleCase(
    "data that contradict a rule",
    {
        "parameters": {"fixed": 120, "budget": 100},
        "variables": {"x": {"upper": 5}},
        "constraints": {
            "affordable": said("fixed <= budget", "The fixed costs must be within the budget."),
            "some": said("x >= 1", "At least one."),
        },
    },
    frozenset({"constraint affordable"}),
)

CASES = (
    BLENDING,
    SHIFTS,
    BUDGET,
    PACKING,
    MAINTENANCE,
    FLOW,
    NO_SUPPLIER,
    MACHINE,
    ROOMS,
    DEADLINE,
    BATCHES,
    PANEL,
    FALSE_DATA,
)
"""All of them."""
