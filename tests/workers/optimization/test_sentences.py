"""Sources are numbers of sentences, so that a model cannot misquote them."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.workers.optimization.sentences import numbered

TEXT = "A baker has 2.5 kg of flour. She bakes e.g. rolls.\n- A roll takes 50 g.\nHow many?"


def test_every_line_and_every_sentence_has_a_number() -> None:
    assert str(numbered(TEXT)) == (
        "1| A baker has 2.5 kg of flour.\n2| She bakes e.g. rolls.\n3| - A roll takes 50 g.\n4| How many?"
    )


def test_the_number_of_a_rule_is_no_sentence() -> None:
    assert numbered("1. A shift is long.\n2. Few are short.").texts == (
        "1. A shift is long.",
        "2. Few are short.",
    )


def test_no_word_gets_lost() -> None:
    assert " ".join(numbered(TEXT).texts).split() == TEXT.split()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (1, "A baker has 2.5 kg of flour."),
        ("3", "- A roll takes 50 g."),
        ([1, 4], "A baker has 2.5 kg of flour. How many?"),
        ("1, 4", "A baker has 2.5 kg of flour. How many?"),
        ("whole rolls", "whole rolls"),
        (99, ""),
        (None, ""),
        (True, ""),
    ],
)
def test_a_source_is_quoted_by_its_number(source: Any, words: str) -> None:
    assert numbered(TEXT).quoted(source) == words
