"""The demonstration's second task has one optimum, which another model of it finds as well."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from agentkit.cli import demo as demo_module
from agentkit.demo.make_data import DATA
from agentkit.demo.network import network_task
from agentkit.models.replay import ReplayModel
from agentkit.plan import Subtask
from agentkit.protocols import Assignment
from agentkit.workers.optimization import OptimizationWorker
from tests.workers.optimization.desk import Desk

CASSETTE = Path(demo_module.__file__).resolve().parent.parent / "demo" / "network.jsonl"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def least_total() -> float:
    """By scipy's arrays, of whole pallets x, lanes used z and warehouses kept y, side by side."""
    houses, rents, freight = rows("warehouses.csv"), rows("rents.csv"), rows("freight.csv")
    wanted = [int(row["pallets"]) for row in rows("forecast.csv")]
    customers = [row["customer_id"] for row in rows("forecast.csv")]
    h, c = len(houses), len(customers)
    lanes = [[row[name] for name in customers] for row in freight]
    cost = np.array([[float(cell or 0) for cell in lane] for lane in lanes]).ravel()
    open_lane = np.array([[float(bool(cell)) for cell in lane] for lane in lanes]).ravel()
    x, z, y = 0, h * c, 2 * h * c
    size = 2 * h * c + h
    matrix, low, high = [], [], []

    def row(entries: dict[int, float], least: float, most: float) -> None:
        line = np.zeros(size)
        for place, value in entries.items():
            line[place] += value
        matrix.append(line)
        low.append(least)
        high.append(most)

    for j in range(c):
        row({x + i * c + j: 1.0 for i in range(h)}, wanted[j], wanted[j])
        row({z + i * c + j: 1.0 for i in range(h)}, 0, 2)
    for i in range(h):
        sent = {x + i * c + j: 1.0 for j in range(c)}
        row({**sent, y + i: -float(houses[i]["pallet_places"])}, -np.inf, 0)
        row({**sent, y + i: -600.0}, 0, np.inf)
        for j in range(c):
            row({x + i * c + j: 1.0, z + i * c + j: -float(wanted[j])}, -np.inf, 0)
    row({y + i: 1.0 for i in range(h) if houses[i]["country"] in ("DE", "SE", "PT")}, 2, np.inf)
    found = milp(
        np.concatenate([cost, np.zeros(h * c), [float(r["rent_eur"]) for r in rents]]),
        constraints=LinearConstraint(np.array(matrix), low, high),
        bounds=Bounds(0, np.concatenate([open_lane * max(wanted), open_lane, np.ones(h)])),
        integrality=np.ones(size),
        options={"mip_rel_gap": 0.0},
    )
    return float(found.fun)


async def test_the_recorded_formulation_comes_to_the_optimum() -> None:
    task = network_task()
    given = Assignment(
        goal=task.goal,
        subtask=Subtask(id="task", goal=task.goal),
        attachments=task.attachments,
        final=True,
    )

    result = await OptimizationWorker().run(given, Desk(ReplayModel(CASSETTE)))

    assert f"{least_total():.2f} EUR" in result.answer and "proven optimal" in result.answer
    assert all(f"\n{w} " in result.answer for w in ("W2", "W3", "W4"))
