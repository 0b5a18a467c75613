"""An invented language with a grammar of its own, and a translator's bill by bands of similarity."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import prose, separated

__all__ = ["MadeLanguage", "TranslatorBill"]

_NOUNS = ("baker", "boat", "lantern", "goat", "sister", "bridge", "kettle", "teacher")
_ADJECTIVES = ("old", "small", "red", "quiet")
_VERBS = ("see", "find", "carry", "paint")
_ONSETS, _VOWELS, _CODAS = "bdgklmnprstv", "aeiou", "klmnrst"
_ENGLISH_NUMBERS = {8: "eight", 9: "nine", 11: "eleven", 14: "fourteen", 17: "seventeen", 20: "twenty"}


@dataclass(frozen=True, slots=True)
class _Phrase:
    noun: str
    adjective: str
    number: int
    """1 is told by the article; 0 means several without a number."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    subject: _Phrase
    verb: str
    object: _Phrase
    negated: bool


@dataclass(frozen=True, slots=True)
class _Grammar:
    """How the grammar is read; every field turned off is a mistake."""

    verb_first: bool = True
    object_second: bool = True
    singular_after_number: bool = True
    adjective_plural: bool = True
    sixes: bool = True
    ending_on_object: bool = True


@dataclass(frozen=True)
class MadeLanguage(Question):
    """A sentence to be put into a language that is described in a file."""

    negated: bool

    family: ClassVar[str] = "made-language"
    steps: ClassVar[str] = "Look the words up; count in sixes; add endings by the rules; put in order."
    tools: ClassVar[tuple[str, ...]] = ("text editor",)

    def make(self, dice: Dice) -> Draft:
        """Invent words and a sentence."""
        words = _words(dice)
        nouns, adjectives = dice.several(_NOUNS, 2), dice.several(_ADJECTIVES, 2)
        sentence = _Sentence(
            _Phrase(nouns[0], adjectives[0], 0 if self.negated else 1),
            dice.pick(_VERBS),
            _Phrase(nouns[1], adjectives[1], dice.pick(list(_ENGLISH_NUMBERS))),
            self.negated,
        )
        name = self.file("grammar.md")
        verb = f"did not {sentence.verb}" if self.negated else f"will {sentence.verb}"
        text = f"""For a role-playing game my friends made up a language, Tolvan. {name} holds all that is
            known of it. How does one say in Tolvan: "The {_english(sentence.subject)} {verb} the
            {_english(sentence.object)}."? Answer with the sentence only, in small letters and without a full
            stop."""
        mistakes = overlooked(_Grammar())
        return Draft(
            one_line(text),
            _tolvan(words, sentence, _Grammar()),
            tuple(_tolvan(words, sentence, mistake) for mistake in mistakes),
            {name: prose(_grammar_text(words))},
        )

    def prove(self, folder: Path) -> str:
        """Parse the English sentence with the file's word list, and build up the other one."""
        notes = read_text(folder / self.file("grammar.md"))
        words = dict(re.findall(r"^\| (\w+) \| (\w+) \|$", notes, flags=re.MULTILINE))
        found = re.search(r'Tolvan: "(.+)\."\?', self.asked(folder))
        assert found
        head, verb, tail = re.split(r" (did not \w+|will \w+) ", found[1])
        stem = words[verb.split()[-1]]
        action = [f"{stem}ti", "mo"] if verb.startswith("did not") else [f"o{stem}"]
        return " ".join([*action, *_noun_phrase(tail, words, "u"), *_noun_phrase(head, words, "")])


def _noun_phrase(english: str, words: Mapping[str, str], ending: str) -> list[str]:
    """What "the eleven old goats" is in Tolvan, with an ending on the noun."""
    *before, noun = english.lower().removeprefix("the ").split()
    digits = {name: number for number, name in _ENGLISH_NUMBERS.items()}
    number = [digits[word] for word in before if word in digits]
    plural = noun not in words
    stem = words[noun.removesuffix("s") if plural else noun]
    sixes, ones = divmod(number[0] if number else 0, 6)
    counted = [words["six"]] if sixes == 1 else [words[str(sixes)], words["six"]] if sixes else []
    if ones:
        counted.append(words[str(ones)])
    noun_form = f"{stem}en" if plural and not number else stem
    described = [words[word] + "en" * plural for word in before if word not in digits]
    return [*counted, noun_form + ending, *described]


def _words(dice: Dice) -> dict[str, str]:
    """A Tolvan word for every English one and for the numbers 1 to 5 and six."""
    words: dict[str, str] = {}
    for english in (*_NOUNS, *_ADJECTIVES, *_VERBS, "1", "2", "3", "4", "5", "six"):
        while english not in words:
            made = dice.pick(_ONSETS) + dice.pick(_VOWELS) + dice.pick(_CODAS)
            if english in _NOUNS or english in _VERBS:
                made = dice.pick(_ONSETS) + dice.pick(_VOWELS) + made
            if made not in words.values():
                words[english] = made
    return words


def _english(phrase: _Phrase) -> str:
    number = f"{_ENGLISH_NUMBERS[phrase.number]} " if phrase.number > 1 else ""
    return f"{number}{phrase.adjective} {phrase.noun}{'' if phrase.number == 1 else 's'}"


def _tolvan(words: Mapping[str, str], sentence: _Sentence, grammar: _Grammar) -> str:
    stem = words[sentence.verb]
    verb = f"{stem}ti mo" if sentence.negated else f"o{stem}"
    thing = _phrase(words, sentence.object, "u" if grammar.ending_on_object else "", grammar)
    person = _phrase(words, sentence.subject, "", grammar)
    if not grammar.verb_first:
        return f"{person} {verb} {thing}"
    return f"{verb} {thing} {person}" if grammar.object_second else f"{verb} {person} {thing}"


def _phrase(words: Mapping[str, str], phrase: _Phrase, ending: str, grammar: _Grammar) -> str:
    several = phrase.number != 1
    marked = several and not (phrase.number > 1 and grammar.singular_after_number)
    noun = words[phrase.noun] + ("en" if marked else "") + ending
    many = several if grammar.adjective_plural else marked
    adjective = words[phrase.adjective] + ("en" if many else "")
    return f"{_number(words, phrase.number, grammar)}{noun} {adjective}"


def _number(words: Mapping[str, str], number: int, grammar: _Grammar) -> str:
    """The number and a space; nothing where there is none. Read in tens, eleven would be "six one"."""
    if number < 2:
        return ""
    base = 6 if grammar.sixes else 10
    high, low = number // base, number % base
    told = [words[str(high)]] if high > 1 else []
    if high:
        told.append(words["six"])
    # Ones beyond five have no word; whoever counts in tens takes what is there.
    return " ".join([*told, *([words[str(min(low, 5))]] if low else [])]) + " "


def _grammar_text(words: Mapping[str, str]) -> str:
    listed = "\n        ".join(f"| {english} | {made} |" for english, made in sorted(words.items()))
    return f"""
        # What we know of Tolvan

        - There are no words for "the" and "a".
        - Verbs: the bare stem is the present. The past adds -ti to the stem, the future puts o- before it.
          The word mo directly after the verb makes a sentence negative.
        - Nouns add -en when there are several. After a number, though, the noun stays as it is for one.
        - Whatever is acted upon adds -u to its noun, after all other endings. Adjectives never take -u.
        - Adjectives stand directly after their noun, and add -en whenever several things are meant, with a
          number or without.
        - Numbers stand before the noun. Tolvan counts in sixes: seven is "six 1", twelve "2 six", fifteen
          "2 six 3" (always with the Tolvan words).
        - A sentence begins with its verb. What is acted upon comes next, and whoever acts comes last.

        | English | Tolvan |
        |---|---|
        {listed}
        """


@dataclass(frozen=True, slots=True)
class _Segment:
    document: str
    source: int
    """Which sentence it is; the same number is the same sentence."""
    words: int
    match: int
    locked: bool


@dataclass(frozen=True, slots=True)
class _Document:
    name: str
    language: str
    urgent: bool
    cancelled: bool


@dataclass(frozen=True, slots=True)
class _Terms:
    """How the terms are read; every field turned off is a mistake."""

    locked: bool = True
    repeats: bool = True
    urgent: bool = True
    cancelled: bool = True
    minimum: bool = True


_PRICES = {"Finnish": 19, "Dutch": 14, "Czech": 16}
_BANDS = ((100, 20), (95, 35), (85, 60), (75, 80), (0, 100))
_MINIMUM = 3500


@dataclass(frozen=True)
class TranslatorBill(Question):
    """What a translator may charge for some documents."""

    family: ClassVar[str] = "translator-bill"
    steps: ClassVar[str] = (
        "Find each segment's band, repeats and locked ones apart; sum by document; surcharge, half, "
        "minimum; round; add up."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet", "SQL")

    def make(self, dice: Dice) -> Draft:
        """Invent documents and their segments."""
        documents = [
            _Document(f"D{n}", dice.pick(list(_PRICES)), urgent=n in (2, 5), cancelled=n in (3, 5))
            for n in range(1, 8)
        ]
        segments = [s for d in documents for s in _segments(dice, d, 5 if d.name in ("D1", "D3") else 24)]
        names = [self.file(name) for name in ("segments.tsv", "documents.csv", "terms.md")]
        text = f"""I translate for a publisher of manuals. {names[0]} is last week's list of segments as my
            program counted them, in the order in which I worked, {names[1]} tells what became of the
            documents, and {names[2]} is what we agreed on. How much may I charge for the week, in euros with
            two decimals?"""
        mistakes = overlooked(_Terms())
        tables = (
            separated(
                ("nr", "document", "source_id", "words", "match_percent", "locked"),
                [
                    (n, s.document, s.source, s.words, s.match, "yes" if s.locked else "")
                    for n, s in enumerate(segments, start=1)
                ],
                "\t",
            ),
            separated(
                ("document", "language", "urgent", "cancelled"),
                [(d.name, d.language, _yes(d.urgent), _yes(d.cancelled)) for d in documents],
            ),
            prose(_terms_text()),
        )
        return Draft(
            one_line(text),
            _charge(documents, segments, _Terms()),
            tuple(_charge(documents, segments, mistake) for mistake in mistakes),
            dict(zip(names, tables, strict=True)),
        )

    def prove(self, folder: Path) -> str:
        """In SQL, in hundredths of cents."""
        bands = re.findall(
            r"^\| (\d+) (?:to \d+ )?\| (\d+) % \|$", read_text(folder / self.file("terms.md")), re.M
        )
        prices = re.findall(r"^\| (\w+) \| 0\.(\d+) \|$", read_text(folder / self.file("terms.md")), re.M)
        shares = " ".join(f"WHEN match_percent::INT >= {low} THEN {share}" for low, share in bands)
        words = " ".join(f"WHEN '{language}' THEN {cents}" for language, cents in prices)
        ((total,),) = query(
            f"""WITH numbered AS (
                SELECT *, row_number() OVER (PARTITION BY source_id ORDER BY nr::INT) AS nth FROM segments),
            priced AS (
                SELECT document, sum(words::INT * CASE WHEN locked = 'yes' THEN 0 WHEN nth > 1 THEN 10
                    ELSE CASE {shares} END END) AS amount FROM numbered GROUP BY document),
            charged AS (
                SELECT amount * CASE language {words} END * if(urgent = 'yes', 5, 4)
                    * if(cancelled = 'yes', 1, 2) AS eighths, cancelled
                FROM priced JOIN documents USING (document))
            SELECT sum(if(cancelled = 'yes', rounded, greatest(rounded, {_MINIMUM})))
            FROM (SELECT *, (eighths + 400)::BIGINT // 800 AS rounded FROM charged)""",
            segments=folder / self.file("segments.tsv"),
            documents=folder / self.file("documents.csv"),
        )
        return f"{int(total) / 100:.2f}"


def _segments(dice: Dice, document: _Document, number: int) -> Iterable[_Segment]:
    for _ in range(number):
        source = dice.whole(1, 120)
        # The same sentence has as many words wherever it stands.
        yield _Segment(document.name, source, 4 + source * 7 % 19, dice.pick(_MATCHES), dice.chance(0.1))


_MATCHES = (0, 0, 0, 52, 74, 75, 78, 84, 85, 91, 94, 95, 99, 100, 100)


def _charge(documents: Sequence[_Document], segments: Iterable[_Segment], terms: _Terms) -> str:
    by_document: dict[str, Fraction] = defaultdict(Fraction)
    seen: set[int] = set()
    for s in segments:
        share = next(share for low, share in _BANDS if s.match >= low)
        if s.source in seen and terms.repeats:
            share = 10
        seen.add(s.source)
        if not (s.locked and terms.locked):
            by_document[s.document] += Fraction(s.words * share, 100)
    total = 0
    for d in documents:
        amount = by_document[d.name] * _PRICES[d.language]
        if d.urgent and terms.urgent:
            amount *= Fraction(5, 4)
        if d.cancelled and terms.cancelled:
            amount /= 2
        cents = int(amount + Fraction(1, 2))
        total += max(cents, _MINIMUM) if terms.minimum and not d.cancelled else cents
    return f"{total // 100}.{total % 100:02}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _terms_text() -> str:
    ends = [100, *(low - 1 for low, _ in _BANDS)]
    bands = "\n        ".join(
        f"| {low} | {share} % |" if low == end else f"| {low} to {end} | {share} % |"
        for (low, share), end in zip(_BANDS, ends, strict=False)
    )
    prices = "\n        ".join(f"| {language} | 0.{cents} |" for language, cents in _PRICES.items())
    return f"""
        # Terms

        1. Prices for a word, in euros:

        | language | price |
        |---|---|
        {prices}

        2. Of that price, what is charged depends on how similar the memory found the segment (match_percent):

        | match | charged |
        |---|---|
        {bands}

        3. Locked segments are never charged. A segment whose source_id came up before in the list, in
           whatever document and even if it was locked there, is a repetition: whatever its match, 10 % are
           charged.
        4. Urgent documents cost a quarter more.
        5. For a cancelled document half of what it would have cost is charged, surcharge included.
        6. Each document's amount is rounded to a cent (halves up). A document costs at least
           {_MINIMUM // 100} euros, unless it was cancelled.
        """
