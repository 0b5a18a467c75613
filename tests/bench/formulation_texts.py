"""The models as agentkit's users write them."""

from __future__ import annotations

from typing import Any

from formulation_cases import Case, Data

__all__ = ["DATA", "TEXTS", "values_of"]

TEXTS: dict[Case, dict[str, Any]] = {
    "facility": {
        "sets": {"facilities": {"data": "facilities"}, "customers": {"data": "customers"}},
        "parameters": {
            "price": {"over": "facilities"},
            "cost": {"over": "facilities, customers"},
            "demand": {"over": "customers"},
            "capacity": {"over": "facilities"},
        },
        "variables": {
            "opened": {"over": "facilities", "type": "binary"},
            "serve": {"over": "facilities, customers", "upper": 1},
        },
        "constraints": {
            "served": {"forall": "c in customers", "rule": "sum(serve[f, c] for f in facilities) == 1"},
            "linked": {"forall": "f in facilities, c in customers", "rule": "serve[f, c] <= opened[f]"},
            "enough": {
                "forall": "f in facilities",
                "rule": "sum(demand[c] * serve[f, c] for c in customers) <= capacity[f] * opened[f]",
            },
        },
        "objective": {
            "minimize": "sum(price[f] * opened[f] for f in facilities)"
            " + sum(cost[f, c] * serve[f, c] for f in facilities for c in customers)"
        },
    },
    "assignment": {
        "sets": {"people": {"data": "people"}, "jobs": {"data": "jobs"}, "hours": {"data": "hours"}},
        "parameters": {
            "cost": {"over": "people, jobs, hours"},
            "need": {"over": "jobs, hours"},
            "training": {"over": "people, jobs"},
            "most": {},
        },
        "variables": {
            "works": {"over": "people, jobs, hours", "type": "binary"},
            "starts": {"over": "people, jobs, hours", "upper": 1},
            "trained": {"over": "people, jobs", "type": "binary"},
        },
        "constraints": {
            "needed": {
                "forall": "j in jobs, t in hours",
                "rule": "sum(works[p, j, t] for p in people) >= need[j, t]",
            },
            "one": {"forall": "p in people, t in hours", "rule": "sum(works[p, j, t] for j in jobs) <= 1"},
            "linked": {
                "forall": "p in people, j in jobs, t in hours",
                "rule": "works[p, j, t] <= trained[p, j]",
            },
            "rest": {
                "forall": "p in people",
                "rule": "sum(works[p, j, t] for j in jobs for t in hours) <= most",
            },
            "begun": {
                "forall": "p in people, j in jobs, t in hours",
                "rule": "starts[p, j, t] >= works[p, j, t] - (works[p, j, t - 1] if t > 0 else 0)",
            },
        },
        "objective": {
            "minimize": "sum(cost[p, j, t] * works[p, j, t] + 0.5 * starts[p, j, t]"
            " for p in people for j in jobs for t in hours)"
            " + sum(training[p, j] * trained[p, j] for p in people for j in jobs)"
        },
    },
    "sparse": {
        "sets": {
            "resources": {"data": "resources"},
            "products": {"data": "products"},
            "uses": {"data": "uses"},
        },
        "parameters": {
            "use": {"over": "uses"},
            "stock": {"over": "resources"},
            "value": {"over": "products"},
        },
        "variables": {"make": {"over": "products", "upper": 100}},
        "constraints": {
            "stocked": {
                "forall": "r in resources",
                "rule": "sum(use[r, p] * make[p] for p in uses[r]) <= stock[r]",
            }
        },
        "objective": {"maximize": "sum(value[p] * make[p] for p in products)"},
    },
}
"""By case the formulation."""

DATA: dict[Case, tuple[str, ...]] = {
    "facility": ("price", "cost", "demand", "capacity"),
    "assignment": ("cost", "need", "training", "most"),
    "sparse": ("use", "stock", "value"),
}
"""Which figures are parameters."""


def values_of(case: Case, data: Data) -> dict[str, Any]:
    """The task's data: the figures, and the members of the sets."""
    import numpy as np

    found = {name: data[name] for name in DATA[case]}
    if case == "facility":
        sizes = dict(zip(("facilities", "customers"), data["cost"].shape, strict=True))
    elif case == "assignment":
        sizes = dict(zip(("people", "jobs", "hours"), data["cost"].shape, strict=True))
    else:
        sizes = {"resources": len(data["stock"]), "products": len(data["value"])}
        found["uses"] = np.stack([data["row"], data["column"]], axis=1)
    return found | {name: np.arange(size) for name, size in sizes.items()}
