"""How many tokens a request has at most, told without a tokenizer.

Tokenizers differ, and which one a model uses is often unknown, so the ledger reserves by a bound: a
count that is not below that of the tokenizers in use. It rests on how they cut text. Words fall apart
at most into syllable-like pieces (a vowel with a letter on either side) and single consonants, which
holds for random letters too; digits and punctuation count one each, since some tokenizers never join
them; a space melts into the word that follows it; other scripts take no more tokens than bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from agentkit.messages import ChatRequest, Message

__all__ = ["text_bound", "token_bound"]

_PER_REQUEST = 64
"""What templates add by themselves: markers of begin and end, a default system prompt, a date."""
_PER_MESSAGE = 8
"""The role and the markers round a message."""
_FOR_TOOLS = 400
"""The instructions that providers add as soon as there are tools."""


def _classes() -> bytes:
    """A table from bytes to kinds: v, c vowel and consonant, V, C the same in capitals, p one token."""
    table = bytearray(b"p" * 256)
    for letter in b"abcdefghijklmnopqrstuvwxyz":
        kind = "v" if letter in b"aeiouy" else "c"
        table[letter] = ord(kind)
        table[letter - 32] = ord(kind.upper())
    table[ord(" ")] = ord(" ")
    return bytes(table)


_CLASSES = _classes()

# Each step puts one sign in place of several, so that in the end every sign is a token at most. Whole
# passes over bytes run in C: a regular expression with a match per token takes four times as long.
_STEPS = (
    (b"cvc", b"t"),
    (b"Cvc", b"t"),
    (b"cv", b"t"),
    (b"vc", b"t"),
    (b"vv", b"t"),
    (b"Cv", b"t"),
    (b"CV", b"t"),
    (b"    ", b"p"),
    (b" t", b"t"),
    (b" c", b"c"),
    (b" C", b"C"),
    (b" v", b"v"),
    (b" V", b"V"),
)


def text_bound(text: str) -> int:
    """At most so many tokens does a text have.

    >>> text_bound("the answer is 42"), text_bound("")
    (9, 0)
    """
    signs = text.encode("utf-8", "surrogatepass").translate(_CLASSES)
    for many, one in _STEPS:
        signs = signs.replace(many, one)
    return len(signs)


def token_bound(request: ChatRequest) -> int:
    """At most so many prompt tokens does a request have, tools and output schema included."""
    count = _PER_REQUEST + sum(map(_message_bound, request.messages))
    if request.tools:
        count += _FOR_TOOLS + _json_bound(tool.model_dump() for tool in request.tools)
    if request.output is not None:
        count += _json_bound([request.output.json_schema])
    return count


def _message_bound(message: Message) -> int:
    count = _PER_MESSAGE + text_bound(message.content)
    if message.tool_calls:
        count += _json_bound(call.model_dump() for call in message.tool_calls)
    return count


def _json_bound(values: Iterable[Any]) -> int:
    return sum(text_bound(json.dumps(value, ensure_ascii=False, default=str)) for value in values)
