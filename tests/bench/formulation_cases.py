"""The models that formulation is timed with: their figures, the same for every contestant.

numpy only: peers import it in environments of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

__all__ = ["CASES", "MOST_HOURS", "Case", "Data", "Size", "data_of"]

Case = Literal["facility", "assignment", "sparse"]
Size = Literal["full", "small"]
Data = dict[str, Any]
"""By the names of the formulas below."""

CASES: tuple[Case, ...] = ("facility", "assignment", "sparse")
"""facility: open facilities at a price, serve all customers within their capacities; 50 x 200.

assignment: who does which job at which time, with training by job and a price of starting; 20 x 8 x 24.

sparse: the most that 600 resources allow of 50,000 products, of which each takes two: 100,000 figures.
"""


@dataclass(frozen=True, slots=True)
class _Shape:
    facility: tuple[int, int]
    assignment: tuple[int, int, int]
    sparse: tuple[int, int]


SHAPES: dict[Size, _Shape] = {
    "full": _Shape((50, 200), (20, 8, 24), (600, 50_000)),
    "small": _Shape((6, 15), (5, 2, 6), (12, 60)),
}

MOST_HOURS = 0.8
"""Which share of the time somebody may work."""


def data_of(case: Case, size: Size) -> Data:
    """The figures of a model."""
    draw = np.random.default_rng(7)
    shape = SHAPES[size]
    if case == "facility":
        facilities, customers = shape.facility
        demand = draw.integers(1, 20, customers).astype(float)
        return {
            "price": draw.integers(300, 900, facilities).astype(float),
            "cost": np.round(draw.uniform(1, 50, (facilities, customers)), 3),
            "demand": demand,
            "capacity": np.round(draw.uniform(2, 6, facilities) * demand.sum() / facilities),
        }
    if case == "assignment":
        people, jobs, hours = shape.assignment
        return {
            "cost": np.round(draw.uniform(1, 20, (people, jobs, hours)), 3),
            "need": draw.integers(1, 3, (jobs, hours)).astype(float),
            "training": np.round(draw.uniform(5, 30, (people, jobs)), 3),
            "most": float(int(MOST_HOURS * hours)),
        }
    resources, products = shape.sparse
    first = draw.integers(0, resources, products)
    second = (first + draw.integers(1, resources, products)) % resources
    return {
        "row": np.concatenate([first, second]),
        "column": np.tile(np.arange(products), 2),
        "use": np.round(draw.uniform(1, 10, 2 * products), 3),
        "stock": np.round(draw.uniform(100, 1000, resources) * products / resources),
        "value": np.round(draw.uniform(1, 50, products), 2),
    }
