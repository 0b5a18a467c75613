"""Small formulations, each for one feature of the language; the two compilers must make the same of them."""

from __future__ import annotations

from typing import Any

__all__ = ["CASES"]

TWO = {"x": {"upper": 10}, "y": {"upper": 10}}
WHOLE = {"x": {"type": "integer", "upper": 10}, "y": {"type": "integer", "upper": 10}}
GOODS: dict[str, Any] = {
    "sets": {"goods": ["a", "b", "c"]},
    "parameters": {
        "price": {"over": "goods", "values": [4, 7, 3]},
        "hours": {"over": "goods", "values": {"a": 2, "b": 5, "c": 1}},
    },
    "variables": {"make": {"over": "goods", "upper": 8}},
}


def _goods(objective: dict[str, str] | None = None, **constraints: Any) -> dict[str, Any]:
    work = "sum(hours[g] * make[g] for g in goods) <= 30"
    goal = objective or {"maximize": "sum(price[g] * make[g] for g in goods)"}
    return {**GOODS, "constraints": {"work": work, **constraints}, "objective": goal}


def _two(rule: str, objective: Any, variables: dict[str, Any] = TWO, **more: Any) -> dict[str, Any]:
    return {"variables": variables, "constraints": {"rule": rule, **more}, "objective": objective}


CASES: dict[str, dict[str, Any]] = {
    "sums": _goods(),
    "filtered sums": _goods(few="sum(make[g] for g in goods if price[g] > 3) <= 4"),
    "filtered forall": _goods(each={"forall": "g in goods if hours[g] < 3", "rule": "make[g] <= 3"}),
    "chained comparison": _goods(between="2 <= make['c'] <= 5 <= make['a'] + make['b']"),
    "text comparison": _goods(not_a={"forall": "g in goods if g != 'a' and g < 'c'", "rule": "make[g] <= 1"}),
    "membership": _goods(some={"forall": "g in goods if g in ['a', 'c']", "rule": "make[g] <= 1"}),
    "conditional expression": _goods(
        {"maximize": "sum((price[g] if g != 'b' else -1) * make[g] for g in goods)"}
    ),
    "derived expression": {
        **GOODS,
        "expressions": {"worth": {"over": "g in goods", "value": "price[g] * make[g] - hours[g]"}},
        "constraints": {"cap": "sum(worth[g] for g in goods) <= 40"},
        "objective": {"maximize": "worth['a'] + 2 * worth['b']"},
    },
    "slices and joins": {
        "sets": {
            "nodes": "range(1, 5)",
            "arcs": [[1, 2], [1, 3], [2, 4], [3, 4], [2, 3]],
        },
        "parameters": {"cost": {"over": "arcs", "values": [4, 1, 2, 7, 1]}},
        "variables": {"go": {"over": "arcs", "type": "binary"}},
        "constraints": {
            "leave": "sum(go[1, j] for j in arcs[1]) == 1",
            "keep": {
                "forall": "n in nodes if n != first(nodes) and n != last(nodes)",
                "rule": "sum(go[i, j] for (i, j) in arcs if j == n) == sum(go[n, j] for j in arcs[n])",
            },
        },
        "objective": {"minimize": "sum(cost[i, j] * go[i, j] for (i, j) in arcs)"},
    },
    "ordered sets": {
        "sets": {"days": ["mon", "tue", "wed", "thu"]},
        "parameters": {"need": {"over": "days", "values": [3, 0, 5, 2]}},
        "variables": {"store": {"over": "days", "upper": 4}, "buy": {"over": "days", "upper": 4}},
        "constraints": {
            "begin": "store[first(days)] == buy[first(days)] - need[first(days)] + 1",
            "flow": {
                "forall": "d in days if d != first(days)",
                "rule": "store[d] == store[previous(days, d)] + buy[d] - need[d]",
            },
        },
        "objective": {"minimize": "sum((5 - position(days, d)) * buy[d] + 0.1 * store[d] for d in days)"},
    },
    "set algebra": {
        "sets": {
            "a": "range(4)",
            "b": "{i * 2 for i in a}",
            "c": "a | b",
            "d": "c - {0, 1}",
            "pairs": "{(i, j) for i in a for j in d if i < j}",
        },
        "variables": {"x": {"over": "pairs", "upper": 3}, "y": {"over": "d", "upper": 2}},
        "constraints": {
            "cap": {"forall": "j in d", "rule": "sum(x[i, k] for (i, k) in pairs if k == j) <= y[j]"}
        },
        "objective": {"maximize": "sum((i + 1) * x[i, j] for (i, j) in pairs) - len(pairs) * y[last(d)]"},
    },
    "ranges that differ by row": {
        "sets": {"t": "range(1, 5)"},
        "variables": {"x": {"over": "t", "upper": 3}},
        "constraints": {"c": {"forall": "k in t", "rule": "sum(x[s] for s in range(1, k + 1)) <= 2 * k - 1"}},
        "objective": {"maximize": "sum(k * x[k] for k in t)"},
    },
    "bounds by member": {
        "sets": {"i": "range(3)"},
        "parameters": {"cap": {"over": "i", "values": [2, 5, 1]}},
        "variables": {"x": {"over": "k in i", "lower": "cap[k] / 4", "upper": "cap[k] if k < 2 else 9"}},
        "constraints": {"c": "sum(x[k] for k in i) <= 8"},
        "objective": {"maximize": "x[0] + 3 * x[1] + 2 * x[2]"},
    },
    "integer with broken bounds": {
        "variables": {
            "x": {"type": "integer", "lower": 0.5, "upper": 4.7},
            "y": {"type": "binary", "upper": 5},
        },
        "objective": {"maximize": "2 * x + y"},
    },
    "implies": _two("implies(x >= 5, y <= 2)", {"maximize": "x + 2 * y"}, sums="x + y >= 9"),
    "implies of binary": _two(
        "implies(b, x + y <= 3)", {"maximize": "x + y + 8 * b"}, {**TWO, "b": {"type": "binary"}}
    ),
    "iff": _two("iff(b, x >= 4)", {"maximize": "5 * b - x"}, {**WHOLE, "b": {"type": "binary"}}),
    "iff of comparisons": _two("iff(x >= 4, y >= 7)", {"maximize": "2 * x - y"}, WHOLE),
    "and or not": _two(
        "not (x >= 3 and y >= 3) or x + y >= 18", {"maximize": "3 * x + 2 * y"}, WHOLE, far="y >= x - 9"
    ),
    "or of equalities": _two("x == 2 or x == 7", {"maximize": "x - y / 3"}, sums="x + y >= 8"),
    "negated equality": _two("not (x == 10)", {"maximize": "x"}, WHOLE),
    "differs": _two("x != y", {"maximize": "x + y"}, WHOLE),
    "differs within logic": _two("x != y or x <= 2", {"minimize": "abs(x - 5) + abs(y - 5)"}, WHOLE),
    "negated implication": _two("not implies(x >= 2, y >= 3)", {"maximize": "y - x"}, WHOLE),
    "strict between whole numbers": _two("x < y and y < 9", {"maximize": "2 * x + y"}, WHOLE),
    "strict between reals": _two("x < 4", {"maximize": "x"}),
    "strict of products of whole numbers": _two("x * y < 30", {"maximize": "x + y"}, WHOLE, more="x >= 4"),
    "strict, whole in some rows": {
        "sets": {"i": "range(2)"},
        "parameters": {"a": {"over": "i", "values": [1, 0.5]}},
        "variables": {"x": {"over": "i", "type": "integer", "upper": 9}},
        "constraints": {"c": {"forall": "k in i", "rule": "a[k] * x[k] < 3"}},
        "objective": {"maximize": "x[0] + x[1]"},
    },
    "strict of halves": {
        "sets": {"i": "range(3)"},
        "parameters": {"p": {"over": "i", "values": [0.5, 2, 3]}},
        "variables": {"x": {"type": "integer", "upper": 4}, "k": {"type": "integer", "upper": 2}},
        "constraints": {"c": "abs(p[k] - x) < 1", "d": "abs(p[k] - x) > 0"},
        "objective": {"maximize": "x + 3 * p[k]"},
    },
    "strict of a greatest whole number": _two("max(x, 2 * y) < 9", {"maximize": "x + y"}, WHOLE),
    "exactly": {
        "sets": {"i": "range(5)"},
        "variables": {"b": {"over": "i", "type": "binary"}},
        "constraints": {"c": "exactly(2, (b[k] for k in i))", "d": "at_most(1, [b[k] for k in i if k > 2])"},
        "objective": {"maximize": "sum(k * b[k] for k in i)"},
    },
    "at least of comparisons": {
        "sets": {"i": "range(4)"},
        "variables": {"x": {"over": "i", "upper": 5, "type": "integer"}},
        "constraints": {
            "c": "at_least(3, (x[k] >= k + 1 for k in i))",
            "d": "at_most(1, x[0] >= 1, x[1] >= 3)",
        },
        "objective": {"minimize": "sum((k + 1) * x[k] for k in i)"},
    },
    "count as a number": _two("count(x >= 4, y >= 4, x + y >= 15) == 1", {"maximize": "x + 2 * y"}, WHOLE),
    "comparison as a number": _two("x + y <= 12", {"maximize": "x + 6 * (y >= 7) - 2 * (x > 3)"}, WHOLE),
    "all and any": {
        "sets": {"i": "range(3)"},
        "variables": {"x": {"over": "i", "type": "integer", "upper": 6}},
        "constraints": {
            "a": "any(x[k] >= 5 for k in i)",
            "b": "implies(all(x[k] >= 1 for k in i), x[0] >= 4)",
            "c": "not any(x[k] == 3 for k in i)",
            "d": "sum(x[k] for k in i) >= 8",
        },
        "objective": {"minimize": "3 * x[0] + 2 * x[1] + 2.5 * x[2]"},
    },
    "all different": {
        "sets": {"i": "range(4)"},
        "variables": {"x": {"over": "i", "type": "integer", "lower": 1, "upper": 4}},
        "constraints": {"c": "all_different(x[k] for k in i)", "d": "x[0] + x[1] >= 6"},
        "objective": {"minimize": "sum((k + 1) * x[k] for k in i)"},
    },
    "abs below": _two("abs(x - y) <= 3", {"maximize": "2 * x - y"}),
    "abs above": _two("abs(x - 5) >= 4", {"minimize": "x + y"}, more="x >= 2"),
    "abs in the objective": _two("x + y == 7", {"minimize": "abs(x - 6) + 2 * abs(y - 3)"}),
    "maximise abs": _two("x + y <= 9", {"maximize": "abs(x - 4) + abs(y - 1)"}),
    "least of many": {
        "sets": {"i": "range(3)"},
        "parameters": {"f": {"over": "i", "values": [2, 3, 5]}},
        "variables": {"x": {"over": "i", "upper": 9}},
        "constraints": {"c": "sum(f[k] * x[k] for k in i) <= 31"},
        "objective": {"maximize": "min((k + 1) * x[k] for k in i) + 0.01 * x[0]"},
    },
    "greatest without bounds": {
        "variables": {"x": {"lower": None}, "y": {"lower": None}},
        "constraints": {"c": "x + y >= 3"},
        "objective": {"minimize": "max(2 * x, y, -5) + abs(x)"},
    },
    "greatest from below": _two("max(x, y) >= 6", {"minimize": "x + 2 * y"}, more="x <= 5"),
    "least from above": _two("min(x, y) <= 3", {"maximize": "x + 2 * y"}),
    "nested extremes": _two("min(max(x, 3), y) >= 4", {"minimize": "2 * x + y"}),
    "piecewise, convex": _two("x + y >= 9", {"minimize": "piecewise(x, [(0, 0), (4, 4), (10, 30)]) + 2 * y"}),
    "piecewise, bent both ways": _two(
        "x + y <= 12", {"maximize": "piecewise(x, [(0, 0), (2, 6), (5, 7), (8, 20), (10, 21)]) + y"}
    ),
    "piecewise in a row": _two("piecewise(x, [(0, 5), (5, 0), (10, 8)]) <= 3", {"maximize": "x - y"}),
    "look-up of a figure": {
        "sets": {"size": "range(1, 6)"},
        "parameters": {"cost": {"over": "size", "values": [9, 4, 6, 3, 8]}},
        "variables": {"k": {"type": "integer", "lower": 1, "upper": 5}, "x": {"upper": 5}},
        "constraints": {"c": "x >= 2 * k - 4"},
        "objective": {"minimize": "cost[k] + x"},
    },
    "look-up of a variable": {
        "sets": {"size": "range(1, 4)"},
        "variables": {
            "k": {"type": "integer", "lower": 1, "upper": 3},
            "x": {"over": "size", "upper": 5},
        },
        "constraints": {"c": "x[k] >= 3 + k", "d": "x[1] <= 1"},
        "objective": {"minimize": "sum(s * x[s] for s in size) + 2 * k"},
    },
    "product with a binary": _two(
        "x * b + y <= 9", {"maximize": "x + y + 3 * b * y"}, {**TWO, "b": {"type": "binary"}}
    ),
    "product of whole numbers": _two("x * y <= 24", {"maximize": "3 * x + 4 * y"}, WHOLE),
    "convex square": {
        "variables": {"x": {"lower": None}, "y": {}},
        "constraints": {"c": "x + y >= 2"},
        "objective": {"minimize": "x ** 2 + (y - 3) ** 2 + x"},
    },
    "soft": _two(
        "x + y >= 14", {"minimize": "x"}, tight="2 * x + y <= 18", wish={"rule": "x <= 3", "penalty": 0.4}
    ),
    "soft equality by member": {
        "sets": {"i": "range(3)"},
        "variables": {"x": {"over": "i", "type": "integer", "upper": 7}},
        "constraints": {
            "c": "sum(x[k] for k in i) == 12",
            "d": {"forall": "k in i", "rule": "x[k] == 2 * k + 1", "penalty": "k + 1"},
        },
        "objective": {"maximize": "x[0]"},
    },
    "soft alone": {
        "variables": TWO,
        "constraints": {"a": {"rule": "3 <= x + y <= 4", "penalty": 2}, "b": "x >= 6"},
    },
    "known to be false": _two("3 < 2", {"maximize": "x"}),
    "false for one member": _goods(no={"forall": "g in goods", "rule": "hours[g] <= 4"}),
    "infeasible": _two("x + y >= 21", {"maximize": "x"}),
    "infeasible between whole numbers": _two("2 * x + 2 * y == 7", {"maximize": "x"}, WHOLE),
    "unbounded": {"variables": {"x": {}}, "constraints": {"c": "x >= 2"}, "objective": {"maximize": "x"}},
    "nothing sought": _two("x + y == 3", None),
    "empty sets": {
        "sets": {"i": []},
        "variables": {"x": {"over": "i"}, "y": {"upper": 3}},
        "constraints": {"c": {"forall": "k in i", "rule": "x[k] >= 1"}, "d": "sum(x[k] for k in i) <= y - 1"},
        "objective": {"minimize": "y"},
    },
    "rounding and rests": {
        "sets": {"i": "range(6)"},
        "variables": {"x": {"over": "i", "upper": 2}},
        "constraints": {"c": {"forall": "k in i if k % 2 == 1", "rule": "x[k] <= k // 2 + round(k / 4)"}},
        "objective": {"maximize": "sum(ceil(k / 2) * x[k] - floor(k / 3) for k in i)"},
    },
}
"""By what they show."""
