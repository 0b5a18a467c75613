"""Keeps GAIA's published answers from an agent that has the web for a tool.

The validation split's answers are on the Hugging Face hub, on mirrors of it, and in transcripts that people
put on GitHub. An agent that comes upon them shows nothing. So calls that ask for such places are refused,
and results that repeat the question are withheld. It helps against accidents and laziness, not against
an agent that hides what it asks for. Whatever else is called Gaia (the space mission, its catalogues and
benchmark stars, the hypothesis, the many programs) must get through.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from agentkit.messages import ToolCall
from agentkit.protocols import ToolOutcome
from agentkit.task import Attachment

__all__ = ["OWN_TOOLS", "WINDOW", "GaiaGuard"]

OWN_TOOLS = frozenset({"list_files", "query_tables", "read_file"})
"""Tools that reach nothing but the task's own files, so that nothing of theirs is withheld."""

WINDOW = 12
"""So many words of the question in a row give it away; a shorter question is looked for as a whole."""

_HOME = re.compile(r"(?<![a-z0-9])gaia-benchmark(?![a-z0-9])(?![-_ ]?stars?\b)", re.IGNORECASE)

_PLACES = (
    _HOME,
    re.compile(r"2023/(?:validation|test)/metadata\b", re.IGNORECASE),
    # Astronomers' data sets on the hub are called "gaia", copies of the benchmark "GAIA".
    re.compile(r"/GAIA/resolve\b"),
    re.compile(r"/datasets/[^/\s]+/GAIA(?![\w-])"),
    re.compile(r"(?<![a-z0-9])gaia-annotated(?![a-z0-9])", re.IGNORECASE),
    # The server that marks the exercises of a course, which are questions of the validation split.
    re.compile(r"agents-course-unit4-scoring", re.IGNORECASE),
)
"""Where questions and answers are, with copies under other names."""

_CODE_HOSTS = re.compile(
    r"(?:github(?:usercontent)?\.(?:com|io)|gitlab\.com|jsdelivr\.net/gh)[/:]\S+", re.IGNORECASE
)
_CODE_PATHS = (
    re.compile(r"(?<![a-z0-9])gaia[-_/]+(?:2023[-_/]+|data[-_/]+)*validation(?![a-z])"),
    re.compile(r"/aymeric-roucher/gaia(?![\w-])"),
    re.compile(r"/camel-ai/owl/\S{0,80}\bgaia69\b"),
)
"""Where the questions or transcripts lie in public repositories."""

_CODE_FILES = (
    re.compile(r"(?<![a-z0-9])gaia(?![a-z])"),
    re.compile(
        r"(?<![a-z])(?:metadata|transcripts?|trajector(?:y|ies)|traces?|submissions?|answers?)(?![a-z])"
    ),
    re.compile(r"\.(?:jsonl|parquet)\b"),
)
"""The same where it takes all of these to tell."""

_ASTRONOMY = re.compile(r"(?<![a-z])e?dr[1-5](?![0-9])|astro|stellar|(?<![a-z])(?:esa|stars?)(?![a-z])")

_BENCHMARK = re.compile(
    r"(?<![a-z])gaia[\W_]+(?:general[\W_]+ai[\W_]+assistants?[\W_]+)?"
    r"(?:benchmark(?![\W_]+stars?\b)|leaderboard)(?![a-z])",
    re.IGNORECASE,
)
_WANTED = re.compile(r"(?<![a-z])(?:answers?|ground[\W_]*truth|hugging[\W_]*face)(?![a-z])", re.IGNORECASE)

_ESCAPES = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[nrt])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile('("[^"]*"|\u201c[^\u201d]*\u201d|\u00ab[^\u00bb]*\u00bb)')


class GaiaGuard:
    """The screen before the tools of an agent that answers one question.

    `attachments` are the task's files: their names hold the question's id, and are no sign of a leak.
    """

    def __init__(self, task_id: str, question: str, attachments: Iterable[Attachment] = ()) -> None:
        files = tuple(attachments)
        self._paths = _longest_first(str(file.path) for file in files)
        self._names = _longest_first([*self._paths, *(file.name for file in files)])
        self._id = _id_pattern(task_id)
        self._windows = _windows(question)

    def refuse(self, call: ToolCall) -> str:
        """Why this call must not be made: it names a place with the answers, or asks for them."""
        asked = _plain(_without("\n".join(_texts(call.arguments)), self._paths))
        if any(place.search(asked) for place in _PLACES) or _asks_code_host(asked):
            return "the questions of this benchmark and their answers are published there; use other sources"
        if _BENCHMARK.search(asked) and _WANTED.search(asked):
            return "this asks for the answers of a benchmark instead of solving its question"
        return ""

    def withhold(self, outcome: ToolOutcome) -> str:
        """Why a worker must not see this result: it comes from a place where the question is published."""
        if outcome.call.name in OWN_TOOLS:
            return ""
        text = _plain(_without(outcome.text, self._names))
        if _HOME.search(text) or (self._id and self._id.search(text)):
            return "the result comes from a page about this benchmark; use other sources"
        words = _spaced(_words(outcome.text))
        if any(window in words for window in self._windows):
            return "the result repeats the question, as pages with published answers do; use other sources"
        return ""


def _texts(value: Any) -> Iterator[str]:
    """All texts in arguments, names of fields included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def _longest_first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=len, reverse=True))


def _without(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = text.replace(name, " ")
    return text


def _plain(text: str) -> str:
    """One spelling for what can be written in many ways in addresses and pages."""
    for _ in range(3):
        text, before = unquote(text), text
        if text == before:
            break
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", html.unescape(text)))
    return _DASHES.sub("-", text).replace("\\/", "/").replace("\\", "/")


def _asks_code_host(text: str) -> bool:
    paths = (address.lower() for address in _CODE_HOSTS.findall(text))
    return any(_tells(path) and not _ASTRONOMY.search(path) for path in paths)


def _tells(path: str) -> bool:
    alone = any(pattern.search(path) for pattern in _CODE_PATHS)
    return alone or all(pattern.search(path) for pattern in _CODE_FILES)


def _id_pattern(task_id: str) -> re.Pattern[str] | None:
    """GAIA's ids are unmistakable. What could be a plain word or number is not looked for."""
    if len(task_id) < 8 or not any(character.isdigit() for character in task_id):
        return None
    return re.compile(rf"(?<![^\W_]){re.escape(task_id)}(?![^\W_])", re.IGNORECASE)


def _words(text: str) -> list[str]:
    """Without case, punctuation, and the marks that JSON and web pages put between letters."""
    text = _ESCAPES.sub(_unescaped, html.unescape(text))
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _WORD.findall(text.casefold())


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[0][2:]
    return chr(int(code, 16)) if code else " "


def _spaced(words: list[str]) -> str:
    return f" {' '.join(words)} "


def _windows(question: str) -> tuple[str, ...]:
    """The runs of words that give the question away.

    A passage that it quotes may be in the very source that is to be found, so a run must have words of
    the question's own, as far as there are such runs.
    """
    words: list[str] = []
    own: list[bool] = []
    for part in _QUOTED.split(question):
        found = _words(part)
        words += found
        own += [not _QUOTED.fullmatch(part)] * len(found)
    starts = range(max(1, len(words) - WINDOW + 1)) if words else range(0)
    telling = [start for start in starts if any(own[start : start + WINDOW])]
    return tuple(_spaced(words[start : start + WINDOW]) for start in telling or starts)
