"""The models as Pyomo's users write them."""

from __future__ import annotations

from typing import Any

from formulation_cases import Case, Data

__all__ = ["model_of", "objective_of"]


def model_of(case: Case, data: Data) -> Any:
    """A concrete model."""
    return {"facility": _facility, "assignment": _assignment, "sparse": _sparse}[case](data)


def objective_of(model: Any) -> float:
    """What the model's variables make of its objective."""
    import pyomo.environ as pyo

    return float(pyo.value(model.goal))


def _facility(data: Data) -> Any:
    import pyomo.environ as pyo

    price, cost, demand, capacity = (data[n].tolist() for n in ("price", "cost", "demand", "capacity"))
    m = pyo.ConcreteModel()
    m.F, m.C = pyo.RangeSet(0, len(price) - 1), pyo.RangeSet(0, len(demand) - 1)
    m.opened = pyo.Var(m.F, domain=pyo.Binary)
    m.serve = pyo.Var(m.F, m.C, bounds=(0, 1))
    m.served = pyo.Constraint(m.C, rule=lambda m, c: pyo.quicksum(m.serve[f, c] for f in m.F) == 1)
    m.linked = pyo.Constraint(m.F, m.C, rule=lambda m, f, c: m.serve[f, c] <= m.opened[f])
    m.enough = pyo.Constraint(
        m.F,
        rule=lambda m, f: pyo.quicksum(demand[c] * m.serve[f, c] for c in m.C) <= capacity[f] * m.opened[f],
    )
    m.goal = pyo.Objective(
        expr=pyo.quicksum(price[f] * m.opened[f] for f in m.F)
        + pyo.quicksum(cost[f][c] * m.serve[f, c] for f in m.F for c in m.C)
    )
    return m


def _assignment(data: Data) -> Any:
    import pyomo.environ as pyo

    cost, need, training = (data[n].tolist() for n in ("cost", "need", "training"))
    people, jobs, hours = data["cost"].shape
    m = pyo.ConcreteModel()
    m.P, m.J, m.T = (pyo.RangeSet(0, size - 1) for size in (people, jobs, hours))
    m.works = pyo.Var(m.P, m.J, m.T, domain=pyo.Binary)
    m.starts = pyo.Var(m.P, m.J, m.T, bounds=(0, 1))
    m.trained = pyo.Var(m.P, m.J, domain=pyo.Binary)
    m.needed = pyo.Constraint(
        m.J, m.T, rule=lambda m, j, t: pyo.quicksum(m.works[p, j, t] for p in m.P) >= need[j][t]
    )
    m.one = pyo.Constraint(m.P, m.T, rule=lambda m, p, t: pyo.quicksum(m.works[p, j, t] for j in m.J) <= 1)
    m.linked = pyo.Constraint(m.P, m.J, m.T, rule=lambda m, p, j, t: m.works[p, j, t] <= m.trained[p, j])
    m.rest = pyo.Constraint(
        m.P,
        rule=lambda m, p: pyo.quicksum(m.works[p, j, t] for j in m.J for t in m.T) <= data["most"],
    )
    m.begun = pyo.Constraint(
        m.P,
        m.J,
        m.T,
        rule=lambda m, p, j, t: (
            m.starts[p, j, t] >= m.works[p, j, t] - (m.works[p, j, t - 1] if t > 0 else 0)
        ),
    )
    m.goal = pyo.Objective(
        expr=pyo.quicksum(
            cost[p][j][t] * m.works[p, j, t] + 0.5 * m.starts[p, j, t] for p in m.P for j in m.J for t in m.T
        )
        + pyo.quicksum(training[p][j] * m.trained[p, j] for p in m.P for j in m.J)
    )
    return m


def _sparse(data: Data) -> Any:
    import pyomo.environ as pyo

    stock, value = data["stock"].tolist(), data["value"].tolist()
    used: list[list[tuple[int, float]]] = [[] for _ in stock]
    for row, column, use in zip(*(data[n].tolist() for n in ("row", "column", "use")), strict=True):
        used[row].append((column, use))
    m = pyo.ConcreteModel()
    m.P, m.R = pyo.RangeSet(0, len(value) - 1), pyo.RangeSet(0, len(stock) - 1)
    m.make = pyo.Var(m.P, bounds=(0, 100))
    m.stocked = pyo.Constraint(
        m.R, rule=lambda m, r: pyo.quicksum(use * m.make[p] for p, use in used[r]) <= stock[r]
    )
    m.goal = pyo.Objective(expr=pyo.quicksum(value[p] * m.make[p] for p in m.P), sense=pyo.maximize)
    return m
