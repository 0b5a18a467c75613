"""What kind of failure a sample is, told by rules alone.

In this order: its time or budget ran out (`limit`); the model declined (`refused`); there is no answer
(`tool error` where its last tool call failed, else `no answer`); the answer is right but for its form
(`wrong form`); it is a number within 5 % of the right one (`near miss`); its last tool call failed
(`tool error`); else it is `wrong`.

Form is what leaves the answer the same: capitals, accents, punctuation, articles, words of introduction,
a unit that is missing or too many, the marks between thousands and between the parts of a list. What may
be something else ("1, 2" for 12, "5 million" or "less than 5" for 5, "not Lyon" for Lyon) is no matter of
form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agentkit.evals.record import Label

__all__ = ["NEAR", "label_of"]

NEAR = 0.05
"""Relative distance up to which a number is a near miss."""

MOST_AFTER = 4
"""Words that may follow the number that an answer is about: its unit, and what it is a number of."""

LONGEST_UNIT = 4
"""Letters of a unit in the right answer, where it is none of the usual ones."""

_REFUSALS = re.compile(
    r"\W*(?:(?:i'm|i am) (?:\w+ )?sorry|sorry|as an ai"
    r"|i (?:can(?:no|')t|won't|will not|must decline|decline|refuse)|(?:i'm|i am) (?:not able|unable))\b"
)

# Numbers: with their thousands in groups, or every row of digits by itself, as in a list without blanks.
_GROUPS = r"(?:\d{1,3}(?P<mark>[,'\ ])\d{3}(?:(?P=mark)\d{3})*(?!\d)|\d+)"
_FORM = r"(?:(?<![\w.)])[-+])?(?<!\d)(?:%s(?:\.\d+)?|(?<![\w.])\.\d+)(?:e[-+]?\d{1,3}(?!\d))?"
_NUMBER = re.compile(_FORM % _GROUPS)
_DECIMAL_COMMA = re.compile(r"[-+]?(?:\d{1,2}|\d{4,}|\d{1,3}(?:\.\d{3})+),\d+")

# What an answer consists of; everything else in it is punctuation.
_TOKENS = rf"""(?P<number>{_FORM})
    | (?P<word>[^\W\d_](?:[^\W_]|[\u0483-\u1fff\u3041-\ufaff])*)   # vowels of many scripts are marks
    | (?P<next>[,;\n|&])
    | (?P<sign>[+^<>¬±\u00d7÷\u2190-\u22ff] | (?<=\w)\# | (?<=\w)-(?!\w) | (?<=\d)\ ?[-/:*=]\ ?(?=\d))"""
_READINGS = tuple(re.compile(_TOKENS % whole, re.VERBOSE) for whole in (_GROUPS, r"\d+"))

_ACCENTS = re.compile("[\u0300-\u036f]")
_SUPERSCRIPTS = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]+")
_ALIKE = str.maketrans("\u2212\u2013\u2018\u2019\u2044\u060c\u061b\u0964", "--''/,;.")
_REWRITTEN = (
    (re.compile(r"\b(?:minus|negative) (?=\d)"), "-"),
    (re.compile(r"-\s?([$€£¥])\s?(?=\d)"), r"\1-"),
    (re.compile(r"\bper cent\b"), "percent"),
    (re.compile(r"\b(\d{4})[-/.](\d\d?)[-/.](\d\d?)\b"), r"\1-\2-\3"),
    (re.compile(r"^[^\S\n]*[-*•]\s+", re.MULTILINE), ""),
)
_PLACES = re.compile(r"^[^\S\n]*\d+[.)]\s+", re.MULTILINE)

# Where in a text the answer itself may stand.
_ANSWER = re.compile(
    r"(?:^[^\w\n]*(?:the )?(?:final |correct )?answer\W*?(?:[:=]|\bis\b)|\bfinal answer\W*:)(.+)$",
    re.MULTILINE,
)
_COLON = re.compile(r"(?<!\d):(?!//)")
_COPULA = re.compile(r"\b(?:is|are|was|were|equals)\b|=")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")

# What makes something else of an answer.
_UNSURE = re.compile(
    r"""\b(?:not|no|never|neither|nor|none|nobody|nothing|cannot|without|except|unless|unlike|if|whether|doubt
    |unclear|unsure|unknown|wrong|false|incorrect|(?:less|fewer|more|greater|larger|smaller|other)\ than
    |at\ (?:least|most)|up\ to|below|above|under|over|half|twice|dozen)\b
    |n't\b|[<>≠≤≥√]|\d\s?\+(?!\s?\d)|\d\s?[πxyni]\b""",
    re.VERBOSE,
)
_RELATED = re.compile(r"\d\s*(?:[/:^*\u00d7=±-]|of|out of|to|in|by|per)\s*\d")
_LED_BY_LETTER = re.compile(r"[^\W\d_]-?$")
_WHEN = re.compile(r"\b(?:in|since|of|on|by|from|until|during)\s*$")

_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "bn": 9}
_UNITS = {
    "$": ("usd", "dollar", "dollars", "us"),
    "€": ("eur", "euro", "euros"),
    "£": ("gbp", "pound", "pounds"),
    "¥": ("jpy", "yen"),
    "%": ("percent",),
}
_SIGNS_OF_UNITS = re.compile(r"[$€£¥%]")
_UNIT_OF = {word: sign for sign, words in _UNITS.items() for word in (sign, *words)}
_IN_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Token = str | Decimal


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number and what it is a number of; no unit where none is named."""

    value: Decimal
    unit: str
    before: str
    after: str


def label_of(
    answer: str | None,
    target: Any,
    *,
    limited: bool = False,
    refused: bool = False,
    last_tool_failed: bool = False,
) -> Label:
    """The kind of failure of an answer that is not right.

    Of several targets (a list, say) the answer may be any, or all in their order.

    >>> label_of("about 1,050 km", "1000"), label_of("The answer is: Lyon.", "Lyon"), label_of("", "Lyon")
    ('near miss', 'wrong form', 'no answer')
    """
    if limited:
        return "limit"
    text = _plain(answer or "")
    wanted = [_plain(right) for right in _targets(target)]
    same = any(_same_but_for_form(text, right) for right in wanted)
    if refused or (_REFUSALS.match(text) and not same):
        return "refused"
    if not text:
        return "tool error" if last_tool_failed else "no answer"
    if same:
        return "wrong form"
    if any(_near(text, right) for right in wanted):
        return "near miss"
    return "tool error" if last_tool_failed else "wrong"


def _targets(target: Any) -> list[str]:
    if not isinstance(target, (list, tuple, set, frozenset)):
        return [] if target is None else [str(target)]
    several = [str(one) for one in target if one is not None]
    whole = ["; ".join(several)] if isinstance(target, (list, tuple)) and several else []
    return several + whole


def _plain(text: str) -> str:
    """Small letters without accents; signs that mean the same are the same sign."""
    text = _SUPERSCRIPTS.sub(lambda power: f"^{power[0]}", text)
    text = "".join(f" {c}" if unicodedata.decomposition(c).startswith("<fraction>") else c for c in text)
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())).translate(_ALIKE)
    text = unicodedata.normalize("NFC", text)
    for pattern, written in _REWRITTEN:
        text = pattern.sub(written, text)
    if len(_PLACES.findall(text)) > 1:  # a list whose parts are numbered
        text = _PLACES.sub("", text)
    return text.strip()


def _same_but_for_form(answer: str, target: str) -> bool:
    wanted, right = _readings(target), _amount(target)
    for said in _said(answer):
        if _units_differ(said, target):
            continue
        if wanted & (_readings(said) | _with_decimal_comma(said)):
            return True
        if right is not None and (amount := _comparable(said, right)) is not None:
            values = {amount.value, amount.value / 100 if amount.unit == "%" else amount.value}
            if right.value in values or (right.unit == "%" and right.value / 100 == amount.value):
                return True
    return False


def _near(answer: str, target: str) -> bool:
    right = _amount(target)
    if right is None or not right.value:
        return False
    amounts = [_comparable(said, right) for said in _said(answer)]
    most = Decimal(str(NEAR)) * abs(right.value)
    return any(amount is not None and abs(amount.value - right.value) <= most for amount in amounts)


def _said(answer: str) -> Iterator[str]:
    """The answer, and the parts of it that may be what it says in the end."""
    if not answer:
        return
    yield answer
    for match in list(_ANSWER.finditer(answer))[-1:]:
        yield match[1]
        yield _SENTENCE.split(match[1].strip())[0]
    *before, last = [line for line in answer.splitlines() if line.strip()]
    if before and _leads_on(before[-1].strip()):
        yield last
    sentence = _SENTENCE.split(last.strip())[-1]
    copulas = list(_COPULA.finditer(sentence))
    colons = list(_COLON.finditer(answer))[-1:]
    for text, match in [(answer, m) for m in colons] + [(sentence, m) for m in copulas if len(copulas) == 1]:
        if not _UNSURE.search(_SENTENCE.split(text[: match.start()])[-1]):
            yield text[match.end() :]


def _leads_on(line: str) -> bool:
    """Whether a line is no part of a list, so that the next one may say what it comes to."""
    return "answer" in line or (line[-1] in ".:!?" and line.count(" ") > 1)


def _readings(text: str) -> set[tuple[Token, ...]]:
    """What a text consists of, in the ways in which it can be read: its words and numbers, in order."""
    found: set[tuple[Token, ...]] = set()
    for pattern in _READINGS:
        items = _items(pattern, text)
        found.add(tuple(token for item in items for token in item))
        found.add(tuple(token for item in items for token in _joined(item)))
    return found - {()}


def _items(pattern: re.Pattern[str], text: str) -> list[list[Token]]:
    """The parts of a list, or the one part of what is none."""
    items: list[list[Token]] = [[]]
    for match in pattern.finditer(text):
        if match.lastgroup == "next" or match[0] == "and":
            items.append([])
        else:
            items[-1].append(_value(match[0]) if match.lastgroup == "number" else match[0].strip())
    return [_without_articles(item) for item in items if item]


def _without_articles(item: list[Token]) -> list[Token]:
    """Articles are no part of an answer, unless it is nothing else ("A") or ends there ("vitamin A")."""
    if len(item) == 1:
        return [Decimal(_IN_WORDS.index(item[0])) if item[0] in _IN_WORDS else item[0]]
    first = item[1:] if item[0] == "a" and len(str(item[1])) > 1 else item
    return [token for token in first if token not in ("the", "an")] or item


def _joined(item: list[Token]) -> Iterator[Token]:
    """Neighbouring words as one, also with a number at their end: nobody sees blanks and hyphens."""
    word = ""
    for token in item:
        if isinstance(token, str) and token[0].isalnum():
            word += token
            continue
        if word and isinstance(token, Decimal):
            word, token = "", f"{word}{token:f}"
        elif word:
            yield word
            word = ""
        yield token
    if word:
        yield word


def _with_decimal_comma(text: str) -> set[tuple[Token, ...]]:
    number = text.strip(" .*_`\"'$€£¥%")
    if not _DECIMAL_COMMA.fullmatch(number):
        return set()
    return {(Decimal(number.replace(".", "").replace(",", ".")),)}


def _value(number: str) -> Decimal:
    return Decimal(re.sub("[,' ]", "", number))


def _amount(target: str) -> _Amount | None:
    """The number that a right answer consists of, perhaps with a unit."""
    found = _amount_in(target)
    if found is None or len(re.sub(r"\W", "", found.before)) > 3:
        return None
    left = re.sub(r"\W", "", found.after)
    return found if found.unit in _UNITS or (len(left) <= LONGEST_UNIT and not found.before.strip()) else None


def _amount_in(text: str) -> _Amount | None:
    """The one number that a text is about; None where there are several, or something else is said of it."""
    numbers = list(_NUMBER.finditer(text))
    if len({_value(match[0]) for match in numbers}) != 1 or _UNSURE.search(text) or _RELATED.search(text):
        return None
    value, before = _value(numbers[0][0]), text[: numbers[0].start()]
    after = text[numbers[-1].end() :].rstrip()
    words = re.findall(r"[^\W\d_]+", after)
    if words and words[0] in _SCALES and (words[0] != "k" or after.startswith("k")):
        value = value.scaleb(_SCALES[words[0]])
        after = after.partition(words.pop(0))[2]
    if _LED_BY_LETTER.search(before) or len(words) > MOST_AFTER or (words and _WHEN.search(before)):
        return None
    sign = _SIGNS_OF_UNITS.search(before[-2:] + " " + after[:2])
    last = re.findall(r"[^\W\d_]+", before)[-1:]
    unit = sign[0] if sign else _UNIT_OF.get(last[0]) if last and last[0] in _UNIT_OF else ""
    unit = unit or (_UNIT_OF.get(words[0], words[0]) if words else "")
    return _Amount(value, unit, before, after)


def _comparable(said: str, right: _Amount) -> _Amount | None:
    """The amount in an answer, where it is one of the same kind as the right one."""
    found = _amount_in(said)
    if found is None or (right.unit and found.unit and right.unit != found.unit):
        return None
    return found


def _units_differ(one: str, other: str) -> bool:
    """Whether both have signs of money or per cent, and not the same."""
    signs = [set(_SIGNS_OF_UNITS.findall(text)) for text in (one, other)]
    return all(signs) and signs[0] != signs[1]
