"""The official rules of GAIA's scorer, case by case; every verdict was worked out by hand from the rules."""

from __future__ import annotations

import pytest

from agentkit.envs.gaia_scorer import question_scorer

RIGHT, WRONG = True, False

Case = tuple[str | None, str, bool, str]
"""The answer given, the right answer, the verdict, and why."""

NUMBERS: list[Case] = [
    ("17", "17", RIGHT, "same"),
    ("17.0", "17", RIGHT, "value"),
    ("17", "17.0", RIGHT, "value"),
    ("17.", "17", RIGHT, "value"),
    (".5", "0.5", RIGHT, "value"),
    ("0.50", "0.5", RIGHT, "value"),
    (" 17 ", "17", RIGHT, "stripped"),
    ("17\n", "17", RIGHT, "stripped"),
    ("18", "17", WRONG, "value"),
    ("17.00001", "17", WRONG, "exact"),
    ("3.14", "3.14159", WRONG, "exact"),
    ("3.14159", "3.14", WRONG, "exact"),
    ("0.1", "0.10000000000000001", RIGHT, "rounding"),
    ("0.3", "0.30000000000000004", WRONG, "rounding"),
    ("9007199254740993", "9007199254740992", RIGHT, "rounding"),
    ("seventeen", "17", WRONG, "word"),
    ("1/2", "0.5", WRONG, "fraction"),
    ("1 234", "1234", WRONG, "gap"),
    ("(17)", "17", WRONG, "brackets"),
    ("17.17.17", "17.17", WRONG, "dots"),
    ("FINAL ANSWER: 17", "17", WRONG, "preface"),
    ("", "17", WRONG, "empty"),
    (None, "17", WRONG, "none"),
]

SIGNS_AND_UNITS: list[Case] = [
    ("$17", "17", RIGHT, "dollar"),
    ("$ 17", "17", RIGHT, "dollar"),
    ("17%", "17", RIGHT, "percent"),
    ("17 %", "17", RIGHT, "percent"),
    ("$17%", "17", RIGHT, "both"),
    ("%", "0", WRONG, "nothing-left"),
    ("1,234", "1234", RIGHT, "comma"),
    ("1,234,567.5", "1234567.5", RIGHT, "commas"),
    ("$1,234.50", "1234.5", RIGHT, "all"),
    ("12,34", "1234", RIGHT, "comma-anywhere"),
    ("0,5", "0.5", WRONG, "decimal-comma"),
    ("17, 18", "17", WRONG, "two-numbers"),
    ("17;", "17", WRONG, "semicolon"),
    ("17 dollars", "17", WRONG, "unit"),
    ("17 kg", "17", WRONG, "unit"),
    ("USD 17", "17", WRONG, "unit"),
    ("\u20ac17", "17", WRONG, "euro"),
    ("17\u00b0", "17", WRONG, "degree"),
    ("17'", "17", WRONG, "feet"),
    ("17", "$17", RIGHT, "gold-is-text"),
    ("$17.00", "$17", WRONG, "gold-is-text"),
    ("17.5", "17.5%", RIGHT, "gold-is-text"),
    ("175", "17.5%", RIGHT, "point-is-punctuation"),
    ("1.75", "17.5%", RIGHT, "point-is-punctuation"),
    ("17.50", "17.5%", WRONG, "gold-is-text"),
    ("17", "17 kg", WRONG, "gold-has-unit"),
    ("17kg", "17 kg", RIGHT, "gold-is-text"),
    ("5 \u20ac", "5\u20ac", RIGHT, "white-space"),
    ("25\u00b0C", "25 \u00b0c", RIGHT, "white-space"),
    ("25C", "25 \u00b0C", WRONG, "degree-kept"),
]

SIGNED: list[Case] = [
    ("-17", "-17", RIGHT, "same"),
    ("17", "-17", WRONG, "sign"),
    ("-17", "17", WRONG, "sign"),
    ("+17", "17", RIGHT, "plus"),
    ("--17", "-17", WRONG, "twice"),
    ("- 17", "-17", WRONG, "gap"),
    ("$-17", "-17", RIGHT, "dollar"),
    ("-$17", "-17", RIGHT, "dollar"),
    ("-0", "0", RIGHT, "zero"),
    ("\u221217", "-17", WRONG, "minus-sign"),
    ("minus 17", "-17", WRONG, "word"),
]

ODD_FLOATS: list[Case] = [
    ("017", "17", RIGHT, "zero-ahead"),
    ("17", "017", RIGHT, "zero-ahead"),
    ("007", "7", RIGHT, "zeros-ahead"),
    ("1e3", "1000", RIGHT, "scientific"),
    ("1E3", "1000", RIGHT, "scientific"),
    ("1000", "1e3", RIGHT, "scientific"),
    ("1e-3", "0.001", RIGHT, "scientific"),
    ("1.5e+2", "150", RIGHT, "scientific"),
    ("100000000000000000000", "1e20", RIGHT, "scientific"),
    ("1e3.5", "1000", WRONG, "malformed"),
    ("1x10^3", "1000", WRONG, "formula"),
    ("10**3", "1000", WRONG, "formula"),
    ("1_000", "1000", RIGHT, "underscore"),
    ("1000", "1_000", RIGHT, "underscore"),
    ("1__000", "1000", WRONG, "underscores"),
    ("_1000", "1000", WRONG, "underscore-ahead"),
    ("0x10", "16", WRONG, "hexadecimal"),
    ("\uff11\uff17", "17", RIGHT, "full-width"),
    ("17", "\uff11\uff17", RIGHT, "full-width"),
    ("\u0661\u0662", "12", RIGHT, "Arabic"),
    ("\u00b2", "2", WRONG, "superscript"),
    ("\u216b", "12", WRONG, "Roman"),
    ("\uff0417", "17", WRONG, "full-width-dollar"),
    ("17\uff05", "17", WRONG, "full-width-percent"),
    ("1\uff0e5", "1.5", WRONG, "full-width-point"),
    ("\u00a017", "17", RIGHT, "no-break-space"),
    ("1\u00a0234", "1234", WRONG, "no-break-space"),
    ("\u200b17", "17", WRONG, "zero-width-space"),
]

INFINITE_AND_NO_NUMBER: list[Case] = [
    ("inf", "inf", RIGHT, "same"),
    ("Infinity", "inf", RIGHT, "value"),
    ("$inf", "infinity", RIGHT, "value"),
    ("1e999", "inf", RIGHT, "overflow"),
    ("a lot", "inf", RIGHT, "unreadable-is-infinite"),
    ("a lot", "1e999", RIGHT, "unreadable-is-infinite"),
    ("", "inf", RIGHT, "unreadable-is-infinite"),
    (None, "inf", RIGHT, "unreadable-is-infinite"),
    ("17", "inf", WRONG, "finite"),
    ("-inf", "inf", WRONG, "sign"),
    ("a lot", "-inf", WRONG, "sign"),
    ("nan", "nan", WRONG, "nan-differs"),
    ("NaN", "nan", WRONG, "nan-differs"),
    ("n,a,n", "nan", WRONG, "nan-differs"),
    (None, "nan", WRONG, "nan-differs"),
]

TEXTS: list[Case] = [
    ("Paris", "Paris", RIGHT, "same"),
    ("London", "Paris", WRONG, "other"),
    ("Pariss", "Paris", WRONG, "typing"),
    ("paris", "PARIS", RIGHT, "case"),
    ("  Paris  ", "Paris", RIGHT, "white-space"),
    ("New York", "NewYork", RIGHT, "white-space"),
    ("new\tyork\n", "New York", RIGHT, "white-space"),
    ("sea gull", "seagull", RIGHT, "white-space"),
    ("Paris.", "Paris", RIGHT, "full-stop"),
    ("Paris!", "Paris", RIGHT, "punctuation"),
    ('"Paris"', "Paris", RIGHT, "quotes"),
    ("'Paris'", "Paris", RIGHT, "quotes"),
    ("**Paris**", "Paris", RIGHT, "stars"),
    ("Paris;", "Paris", RIGHT, "semicolon"),
    ("its", "it's", RIGHT, "apostrophe"),
    ("U.S.A.", "USA", RIGHT, "full-stops"),
    ("rock-n-roll", "rock n roll", RIGHT, "hyphens"),
    ("St Petersburg", "St. Petersburg", RIGHT, "full-stop"),
    ("a_b", "ab", RIGHT, "underscore"),
    ("a, b", "a b", RIGHT, "comma"),
    ("C#", "C++", RIGHT, "punctuation-alone-differs"),
    ("3/4", "3/4", RIGHT, "same"),
    ("34", "3/4", RIGHT, "slash"),
    ("0.75", "3/4", WRONG, "text"),
    ("10.30 am", "10:30 AM", RIGHT, "colon"),
    ("20230102", "2023-01-02", RIGHT, "hyphens"),
    ("2 January 2023", "2023-01-02", WRONG, "text"),
    ("17", "1 7", RIGHT, "gap-makes-text"),
    ("The Castle", "Castle", WRONG, "article"),
    ("the city of Paris", "Paris", WRONG, "words"),
    ("Paris, France", "Paris", WRONG, "words"),
    ("St. Petersburg", "Saint Petersburg", WRONG, "abbreviation"),
    ("one", "1", WRONG, "word"),
    ("1", "one", WRONG, "digit"),
    ("first", "1st", WRONG, "word"),
    ("1st", "1st", RIGHT, "same"),
]

NOTHING: list[Case] = [
    ("", "", RIGHT, "empty"),
    ("", "Paris", WRONG, "empty"),
    ("Paris", "", WRONG, "empty"),
    ("...", "", RIGHT, "punctuation-vanishes"),
    ("!?", "...", RIGHT, "punctuation-vanishes"),
    (" \n", "", RIGHT, "white-space-vanishes"),
    (None, "", WRONG, "none-is-a-word"),
    (None, "Paris", WRONG, "none"),
    (None, "None", RIGHT, "none-is-a-word"),
    (None, "none.", RIGHT, "none-is-a-word"),
    (None, "N/A", WRONG, "none-is-a-word"),
    (None, "a, b", WRONG, "length"),
    (None, "none, none", WRONG, "length"),
]

UNICODE_TEXTS: list[Case] = [
    ("Jos\u00e9", "Jos\u00e9", RIGHT, "same"),
    ("JOS\u00c9", "jos\u00e9", RIGHT, "case"),
    ("Jose", "Jos\u00e9", WRONG, "accent"),
    ("Jose\u0301", "Jos\u00e9", WRONG, "decomposed"),
    ("stra\u00dfe", "STRASSE", WRONG, "lower-not-casefold"),
    ("STRA\u1e9eE", "stra\u00dfe", RIGHT, "case"),
    ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2", RIGHT, "final-sigma"),
    ("I\u0307", "\u0130", RIGHT, "dotted-i"),
    ("New\u00a0York", "New York", RIGHT, "no-break-space"),
    ("New\u2003York", "New York", RIGHT, "em-space"),
    ("New\u200bYork", "New York", WRONG, "zero-width-space"),
    ("\u201cParis\u201d", "Paris", WRONG, "curly-quotes"),
    ("it\u2019s", "it's", WRONG, "curly-apostrophe"),
    ("it\u2019s", "it\u2019s", RIGHT, "same"),
    ("1990\u20131995", "1990-1995", WRONG, "en-dash"),
    ("\uff30aris", "Paris", WRONG, "full-width"),
    ("\uff30ARIS", "\uff50aris", RIGHT, "case"),
    ("Paris\u3002", "Paris", WRONG, "ideographic-stop"),
    ("\u4e1c\u4eac", "\u6771\u4eac", WRONG, "simplified"),
]

LISTS: list[Case] = [
    ("a, b, c", "a, b, c", RIGHT, "same"),
    ("a,b,c", "a, b, c", RIGHT, "white-space"),
    ("a\n, b", "a, b", RIGHT, "white-space"),
    ("A, B", "a, b", RIGHT, "case"),
    ("ice cream, cake", "icecream, cake", RIGHT, "white-space"),
    ("salt & pepper, oil", "salt&pepper, oil", RIGHT, "white-space"),
    ("a; b; c", "a, b, c", RIGHT, "semicolon"),
    ("a; b, c", "a, b; c", RIGHT, "semicolon"),
    ("Ann, Bob", "Ann; Bob", RIGHT, "semicolon"),
    ("b, a, c", "a, b, c", WRONG, "order"),
    ("a, b", "a, b, c", WRONG, "length"),
    ("a, b, c, d", "a, b, c", WRONG, "length"),
    ("a, b,", "a, b", WRONG, "length"),
    ("a, b,", "a, b,", RIGHT, "same"),
    ("a,, b", "a, , b", RIGHT, "empty-element"),
    ("Ann", "Ann;", WRONG, "length"),
    ("", "a, b", WRONG, "length"),
    ("", ",", WRONG, "length"),
    (";", ",", RIGHT, "empty-elements"),
    ("a b", "a, b", WRONG, "length"),
    ("a\nb", "a, b", WRONG, "length"),
    ("a and b", "a, b", WRONG, "length"),
    ("a, and b", "a, b", WRONG, "words"),
    ("Paris", "Paris, France", WRONG, "length"),
    ("a, b.", "a, b", WRONG, "punctuation-kept"),
    ("[a, b]", "a, b", WRONG, "punctuation-kept"),
    ("'a', b", "a, b", WRONG, "punctuation-kept"),
    ("St Ives, Bath", "St. Ives, Bath", WRONG, "punctuation-kept"),
    ("\u201ca\u201d, b", '"a", b', WRONG, "curly-quotes"),
    ("caf\u00e9, tea", "cafe, tea", WRONG, "accent"),
    ("a\uff0cb", "a, b", WRONG, "full-width-comma"),
    ("a\u3001b", "a, b", WRONG, "ideographic-comma"),
]

LISTS_OF_NUMBERS: list[Case] = [
    ("1, 2, 3", "1, 2, 3", RIGHT, "same"),
    ("1.0,2.00,3", "1, 2, 3", RIGHT, "value"),
    ("$1, 2%, 3", "1, 2, 3", RIGHT, "signs"),
    ("01, 1e1", "1, 10", RIGHT, "value"),
    ("\u0661, 2", "1, 2", RIGHT, "Arabic"),
    ("-1, 2", "-1, 2", RIGHT, "same"),
    ("1, 2", "-1, 2", WRONG, "sign"),
    ("3, 2, 1", "1, 2, 3", WRONG, "order"),
    ("1 2 3", "1, 2, 3", WRONG, "length"),
    ("one, 2", "1, 2", WRONG, "word"),
    ("1 kg, 2 kg", "1, 2", WRONG, "unit"),
    ("1,000, 2", "1000, 2", WRONG, "comma-splits"),
    ("1234", "1,234", WRONG, "gold-is-a-list"),
    ("1,234", "1,234", RIGHT, "gold-is-a-list"),
    ("1;234", "1,234", RIGHT, "gold-is-a-list"),
    ("$1,234.0", "1,234", RIGHT, "gold-is-a-list"),
    ("-1,234", "1,234", WRONG, "sign"),
    ("1, 0, 2", "1,000; 2", RIGHT, "gold-is-three"),
    ("1000, 2", "1,000; 2", WRONG, "gold-is-three"),
    ("x, 2", "inf, 2", RIGHT, "unreadable-is-infinite"),
    ("nan, 2", "nan, 2", WRONG, "nan-differs"),
    ("Ann, 3.0", "ann, 3", RIGHT, "mixed"),
    ("Ann, three", "Ann, 3", WRONG, "mixed"),
    ("3, Ann", "Ann, 3", WRONG, "order"),
    ("Ann; 3; Bob; 4", "Ann, 3; Bob, 4", RIGHT, "mixed"),
    ("10kg, 5kg", "10 kg, 5 kg", RIGHT, "text-elements"),
    ("10.0 kg, 5 kg", "10 kg, 5 kg", WRONG, "text-elements"),
    ("10, 5", "10 kg, 5 kg", WRONG, "gold-has-unit"),
    ("$5, $6", "$5, $6", RIGHT, "text-elements"),
    ("5, 6", "$5, $6", WRONG, "text-elements"),
]

WHITE_SPACE_IN_GOLD: list[Case] = [
    ("17", " 17 ", RIGHT, "number"),
    ("17", "17\n", RIGHT, "number"),
    ("17.0", "17\u00a0", RIGHT, "number"),
    ("Paris", "Paris ", RIGHT, "text"),
    ("Paris", "\tParis\r\n", RIGHT, "text"),
    ("a, b", "a, b ", RIGHT, "list"),
    ("1, 2", "1 , 2 ", RIGHT, "numbers"),
]

CASES = [
    *NUMBERS,
    *SIGNS_AND_UNITS,
    *SIGNED,
    *ODD_FLOATS,
    *INFINITE_AND_NO_NUMBER,
    *TEXTS,
    *NOTHING,
    *UNICODE_TEXTS,
    *LISTS,
    *LISTS_OF_NUMBERS,
    *WHITE_SPACE_IN_GOLD,
]


def _name(case: Case) -> str:
    answer, gold, verdict, why = case
    return f"{answer!a}-for-{gold!a}-{'right' if verdict else 'wrong'}-{why}"


@pytest.mark.parametrize(("answer", "gold", "verdict", "why"), CASES, ids=map(_name, CASES))
def test_verdicts(answer: str | None, gold: str, verdict: bool, why: str) -> None:
    assert question_scorer(answer, gold) is verdict, why


def test_no_case_is_listed_twice() -> None:
    pairs = [(answer, gold) for answer, gold, _, _ in CASES]
    assert len(pairs) == len(set(pairs)) >= 130
