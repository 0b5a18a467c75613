"""Recognises what class of problem a text describes, so that the mistakes usually made there can be named.

Source: Zhang et al. 2025, "OptiMind" (arXiv 2509.22979): hints by problem class raise accuracy by a fifth.
The hints are in prompts/hint_*.txt.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, get_args

from agentkit.prompts import load_prompt

__all__ = ["ProblemClass", "hints_for", "recognise", "speaks_of_actions"]

ProblemClass = Literal[
    "blending",
    "production",
    "scheduling",
    "shifts",
    "assignment",
    "routing",
    "flow",
    "facility",
    "packing",
    "covering",
    "investment",
    "nonlinear",
    "whatif",
    "planning",
]
"""What classes there are hints for."""

_SIGNS: dict[ProblemClass, str] = {
    "blending": (
        r"blend|mix(?:ed|ing|ture)?\b|\bdiet|nutrient|nutrition|protein|calorie|vitamin|alloy|"
        r"octane"
    ),
    "production": (
        r"inventor|\bstock\b|backorder|set-?up cost|per month|each month|quarter|produc(?:e|"
        r"tion) plan"
    ),
    "scheduling": (
        r"makespan|job shop|precede|machine.{0,40}(?:one|at a time)|start time|due date|"
        r"tardiness|processing time"
    ),
    "shifts": r"\bshifts?\b|nurse|rest day|days? off|consecutive days|staff|work schedule|rota\b",
    "assignment": r"\bassign|each task|exactly one (?:person|worker|machine|task)|candidates?",
    "routing": (
        r"\btour\b|salesman|\broutes?\b|visit(?:s|ed|ing)? (?:each|every|all)|subtour|"
        r"return(?:s|ing)? to the start|vehicle rout"
    ),
    "flow": (
        r"\bflow\b|\bnodes?\b|\barcs?\b|network|commodit|pipeline|tran?s-?ship|"
        r"supplier.{0,200}(?:ship|transport)|ship(?:ped|ping)?\b"
    ),
    "facility": (
        r"facilit|warehouses? .{0,60}open|open(?:ed|ing)? .{0,40}(?:plant|warehouse|site|"
        r"centre|center)|fixed cost"
    ),
    "packing": (
        r"knapsack|cutting|\brolls?\b|trim|waste|\bbins?\b|pack(?:ed|ing)\b|"
        r"capacity of the (?:truck|bag|container)|weigh[st]"
    ),
    "covering": (
        r"\bcover(?:s|ed|age|ing)?\b|within .{0,20}(?:minutes|km|miles)|ambulance|fire station|"
        r"antenna"
    ),
    "investment": r"invest|portfolio|bond|return on|\brisk\b|interest",
    "nonlinear": (
        r"squared?\b|square root|exponential|logarithm|elasticit|price .{0,60}demand|"
        r"diminishing|per unit .{0,40}decreases?|ratio|rate .{0,30}(?:increases|decreases)"
    ),
    "whatif": (
        r"what (?:if|would|happens|are the)|how would|impact|why (?:is|are|not|do)|"
        r"if .{0,60}(?:increase|decrease|clos)"
    ),
    "planning": (
        r"\bblocks?\b.{0,200}\b(?:stack|on top|clear)|\bactions?\b.{0,300}\b(?:goal|state|"
        r"precondition)|gripper|pick up|initial (?:state|conditions)"
    ),
}
"""Words that speak for a class."""


_ACTIONS = re.compile(
    r"\bactions?\b|\bblocks?\b|on top of|initial(?:ly)? state|(?:sequence|series|number) of (?:moves|steps)"
    r"|\b(?:pick|put|set) (?:up|down|on)\b|\bunload|step by step|precondition|\bgripper|\brobot",
    re.IGNORECASE,
)


@cache
def _pattern(kind: ProblemClass) -> re.Pattern[str]:
    return re.compile(_SIGNS[kind], re.IGNORECASE | re.DOTALL)


def recognise(text: str, most: int = 2) -> tuple[ProblemClass, ...]:
    """The classes that a text most speaks of, the likeliest first.

    >>> recognise("Every node of the network has a supply; find the cheapest flow along the arcs.")
    ('flow',)
    """
    found: dict[ProblemClass, int] = {}
    for kind in get_args(ProblemClass):
        signs = {match.group().lower() for match in _pattern(kind).finditer(text[:20_000])}
        if signs:
            found[kind] = len(signs)
    # A further class must have more than one sign: a hint that does not fit only costs.
    ranked = sorted(found, key=lambda kind: -found[kind])
    return tuple(kind for place, kind in enumerate(ranked[:most]) if place == 0 or found[kind] > 1)


def speaks_of_actions(text: str) -> bool:
    """Whether it may ask for a sequence of actions that change a state.

    >>> speaks_of_actions("Block a is on top of b."), speaks_of_actions("The goal is a small cost.")
    (True, False)
    """
    return _ACTIONS.search(text) is not None


def hints_for(kinds: tuple[ProblemClass, ...]) -> str:
    """The hints for these classes, a line each."""
    return "\n".join(f"- {load_prompt(__file__, f'hint_{kind}')}" for kind in kinds)
