"""Finds a task's attachment by name, says what kind of file it is, and opens its text in any encoding."""

from __future__ import annotations

import codecs
import difflib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Literal, TextIO

from agentkit.errors import ToolError, ToolInputError
from agentkit.task import Attachment

__all__ = [
    "FileKind",
    "file_kind",
    "find_attachment",
    "open_bytes",
    "open_text",
    "size_text",
    "text_encoding",
]

FileKind = Literal["csv", "json", "jsonl", "xlsx", "parquet", "text"]
"""How a file is read; anything that is not a table counts as text until its bytes say otherwise."""

_KINDS: dict[str, FileKind] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".tab": "csv",
    ".tsv": "csv",
    ".xlsm": "xlsx",
    ".xlsx": "xlsx",
}

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old (binary) office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
)

# The longer marks first: UTF-32's little-endian mark begins with UTF-16's.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def find_attachment(attachments: Sequence[Attachment], name: str) -> Attachment:
    """The attachment of this name; capitals and a leading folder do not matter.

    Raises `ToolInputError` listing the files there are.
    """
    wanted = os.path.basename(name.strip())
    for attachment in attachments:
        if attachment.name in (name, wanted):
            return attachment
    alike = [a for a in attachments if a.name.casefold() == wanted.casefold()]
    if len(alike) == 1:
        return alike[0]
    names = [a.name for a in attachments]
    if not names:
        raise ToolInputError("the task has no files", where=name, mend="work without files")
    close = difflib.get_close_matches(wanted, names, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    raise ToolInputError("there is no such file", where=name, mend=f"{guess}files: {', '.join(names)}")


def file_kind(attachment: Attachment) -> FileKind:
    """How to read it, judged by its name."""
    return _KINDS.get(os.path.splitext(attachment.name)[1].lower(), "text")


def size_text(size: int) -> str:
    """A number of bytes as people write it.

    >>> size_text(812), size_text(20480)
    ('812 B', '20.0 KB')
    """
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KB", "MB"):
        amount /= 1024
        if amount < 1024:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1024:.1f} GB"


@contextmanager
def open_bytes(attachment: Attachment) -> Iterator[IO[bytes]]:
    """The file as bytes. Raises `ToolError` where it cannot be read."""
    try:
        with attachment.path.open("rb") as file:
            yield file
    except OSError as error:
        raise _unreadable(attachment, error) from error


@contextmanager
def open_text(attachment: Attachment) -> Iterator[TextIO]:
    """The file as text, line ends untouched. Raises `ToolError` for a binary or unreadable file."""
    encoding = text_encoding(attachment)
    try:
        with attachment.path.open(encoding=encoding, newline="") as file:
            yield file
    except OSError as error:
        raise _unreadable(attachment, error) from error
    except UnicodeError as error:
        text = f"the text breaks off or is damaged ({encoding})"
        raise ToolError(text, where=attachment.name, mend="work without this file") from error


def text_encoding(attachment: Attachment) -> str:
    """The encoding of a text file: by its mark, else UTF-8, else UTF-16 without a mark, else Latin-1.

    Raises `ToolError` saying what kind of file it is where it is not text.
    """
    with open_bytes(attachment) as file:
        head = file.read(_SAMPLE)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return encoding
        if unmarked := _unmarked_utf16(head):
            return unmarked
        _refuse_binary(attachment, head)
        decoder = codecs.getincrementaldecoder("utf-8")()
        block = head
        try:
            while block:
                decoder.decode(block)
                block = file.read(_BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            return _western(file)
    return "utf-8"


def _western(file: IO[bytes]) -> str:
    """Windows' superset of Latin-1, unless there are bytes to which it gives no meaning."""
    while block := file.read(_BLOCK):
        if any(byte in block for byte in b"\x81\x8d\x8f\x90\x9d"):
            return "latin-1"
    return "cp1252"


def _unmarked_utf16(head: bytes) -> str | None:
    """The flavour of UTF-16 without a mark: in western text every other byte is zero."""
    even, odd = head[0::2], head[1::2]
    if len(odd) < 2:
        return None
    if odd.count(0) > 0.6 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.6 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def _refuse_binary(attachment: Attachment, head: bytes) -> None:
    kind = next((name for start, name in _SIGNATURES if head.startswith(start)), "")
    # A program's two letters may begin a text too; its zero bytes may not.
    named = kind if kind and (b"\0" in head or not head.isascii() or head.startswith(b"%PDF")) else ""
    odd = sum(byte in _CONTROL for byte in head)
    if named or b"\0" in head or odd > 0.02 * len(head):
        text = f"this is {named or 'a binary file'}, not text"
        raise ToolError(text, where=attachment.name, mend="no tool here reads it; use the other files")


def _unreadable(attachment: Attachment, error: OSError) -> ToolError:
    reason = error.strerror or type(error).__name__
    return ToolError(f"cannot be read: {reason}", where=attachment.name, mend="work without this file")
