"""Logical functions of what is known: data, or the figures of a solution."""

from __future__ import annotations

import ast

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.context import Context
from agentkit.formulation.scope import Domain
from agentkit.formulation.tours import known_tour
from agentkit.formulation.universe import Codes
from agentkit.formulation.values import Floats, Numbers, Truths, Value

__all__ = ["COUNTING", "couples", "known_logic"]

COUNTING = {"exactly": ast.Eq, "at_least": ast.GtE, "at_most": ast.LtE}
"""Functions that compare a count with their first argument."""


def known_logic(context: Context, node: ast.Call, domain: Domain) -> Value:
    """Logical functions of what is known."""
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name == "implies":
        first = context.truths(node.args[0], domain)
        found = np.ones(domain.size, dtype=bool)
        rows = np.flatnonzero(first)
        found[rows] = context.truths(node.args[1], domain.taken(rows))
        return Truths(found)
    if name == "iff":
        return Truths(context.truths(node.args[0], domain) == context.truths(node.args[1], domain))
    if name == "tour":
        return Truths(known_tour(context, node, domain))
    if name == "all_different":
        return Truths(_known_different(context, node, domain))
    holding, total = _known_counts(context, node, domain, skip=1 if name in COUNTING else 0)
    if name == "count":
        return Numbers(holding)
    if name in COUNTING:
        wanted = context.figures(node.args[0], domain)
        tests = {"exactly": holding == wanted, "at_least": holding >= wanted, "at_most": holding <= wanted}
        return Truths(tests[name])
    return Truths(holding == total if name == "all" else holding > 0)


def _known_counts(context: Context, node: ast.Call, domain: Domain, skip: int) -> tuple[Floats, Floats]:
    holding, total = np.zeros(domain.size), np.zeros(domain.size)
    for body, rows in context.items(node, domain, skip):
        truth = context.truths(body, rows.domain)
        holding += np.bincount(rows.parent, weights=truth, minlength=domain.size)
        total += np.bincount(rows.parent, minlength=domain.size)
    return holding, total


def _known_different(context: Context, node: ast.Call, domain: Domain) -> NDArray[np.bool_]:
    values, parents = [], []
    for body, rows in context.items(node, domain):
        values.append(np.broadcast_to(context.figures(body, rows.domain), (rows.domain.size,)))
        parents.append(rows.parent)
    figures, parent = np.concatenate(values), np.concatenate(parents)
    first, second = couples(parent)
    found = np.ones(domain.size, dtype=bool)
    found[parent[first][np.abs(figures[first] - figures[second]) < 1e-6]] = False
    return found


def couples(parent: Codes) -> tuple[Codes, Codes]:
    """All pairs of items with the same parent."""
    first, second = np.triu_indices(len(parent), k=1)
    same = parent[first] == parent[second]
    return first[same], second[same]
