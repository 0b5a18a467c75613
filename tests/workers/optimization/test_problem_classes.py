"""The class of a problem is told from its words, so that the usual mistakes can be named."""

from __future__ import annotations

from typing import get_args

import pytest

from agentkit.workers.optimization.problem_classes import ProblemClass, hints_for, recognise


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A diet needs 70 g of protein and 1,500 calories from five foods.", "blending"),
        (
            "Jobs pass through machines; each machine handles one at a time. Minimise the makespan.",
            "scheduling",
        ),
        ("Nurses work shifts of eight hours, at most five consecutive days.", "shifts"),
        ("Find the shortest tour that visits every city once.", "routing"),
        ("Send as much flow as possible through the network from node 1 to node 9.", "flow"),
        ("Decide which warehouses to open; each has a fixed cost.", "facility"),
        ("Cut rolls of paper with the least trim.", "packing"),
        ("Pick up a block, put it down, stack it on another; the initial state is given.", "planning"),
    ],
)
def test_the_likeliest_class_is_among_those_recognised(text: str, kind: ProblemClass) -> None:
    assert kind in recognise(text)


def test_a_text_that_speaks_of_nothing_has_no_class() -> None:
    assert recognise("Hello.") == ()
    assert hints_for(()) == ""


@pytest.mark.parametrize("kind", get_args(ProblemClass))
def test_every_class_has_its_hint(kind: ProblemClass) -> None:
    assert len(hints_for((kind,))) > 60
