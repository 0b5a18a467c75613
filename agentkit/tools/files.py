"""`list_files` and `read_file`: what files the task has, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentkit.errors import ToolInputError
from agentkit.tools.attachments import find_attachment
from agentkit.tools.digest import describe_view, surveyed
from agentkit.tools.text_lines import text_lines
from agentkit.tools.tool import ToolContext, tool

__all__ = ["list_files", "read_file"]

PAGE_CHARACTERS = 8_000
"""How much text a page holds."""

LINE_CHARACTERS = 1_000
"""A longer line goes on in the next one, with a mark at its beginning."""

FOUND_CHARACTERS = 300
"""How much of a matching line is shown."""

CONTINUED = "↪ "


@dataclass(frozen=True, slots=True)
class _Cut:
    pages: int
    """How many there are."""
    lines: list[str]
    """The wanted one's."""
    first: str
    """The very first line."""


def _has_files(context: ToolContext) -> bool:
    return bool(context.attachments)


@tool(when=_has_files)
def list_files(context: ToolContext) -> str:
    """List the task's files: kind and size, and for tables their SQL name, row count and columns."""
    views = surveyed(context.attachments, context.cache)
    return "\n".join(describe_view(view, with_size=True) for view in views) or "The task has no files."


@tool(when=_has_files)
def read_file(context: ToolContext, name: str, page: int = 1, find: str = "") -> str:
    """Read a file, page by page. What is given in full already need not be read.

    Args:
        find: Show only lines that contain this text, with their numbers; capitals do not matter.
    """
    attachment = find_attachment(context.attachments, name)
    views = surveyed(context.attachments, context.cache)
    view = next(view for view in views if view.attachment == attachment)
    wanted = find.strip()
    if not wanted:
        header = view.kind == "csv" and bool(view.sheets) and view.sheets[0].has_header
        return _page(attachment.name, text_lines(view), page, repeat_first=header)
    texts = enumerate(text_lines(view), start=1)
    found = [f"{number}: {_around(text, wanted)}" for number, text in texts if _holds(text, wanted)]
    if not found:
        return f"No line of {attachment.name} contains {wanted!r}."
    return _page(f"{attachment.name}: {len(found)} matching lines", found, page, repeat_first=False)


def _page(title: str, lines: Iterable[str], page: int, *, repeat_first: bool) -> str:
    """One page of the lines, headed by what it is part of. Raises `ToolInputError` for a page too far."""
    cut = _cut(lines, page)
    if not cut.pages:
        return f"{title} is empty."
    if not 1 <= page <= cut.pages:
        text = f"there is no page {page}"
        raise ToolInputError(text, where=title, mend=f"its pages are 1 to {cut.pages}")
    body = "\n".join(cut.lines)
    if cut.pages == 1:
        return body
    if repeat_first and page > 1:
        body = f"{cut.first}\n{body}"
    more = f"ask for page={page + 1} to read on" if page < cut.pages else "this is the last"
    return f"[{title}: page {page} of {cut.pages}; {more}]\n{body}"


def _cut(lines: Iterable[str], page: int) -> _Cut:
    """Cut lines into pages, and keep only the one that is wanted: a file may be larger than memory."""
    pages, room = 0, 0
    kept: list[str] = []
    first = ""
    for line in lines:
        for piece in _pieces(line):
            if len(piece) + 1 > room or not pages:
                pages, room = pages + 1, PAGE_CHARACTERS
                first = first if pages > 1 else piece
            room -= len(piece) + 1
            if pages == page:
                kept.append(piece)
    return _Cut(pages, kept, first)


def _pieces(text: str) -> Iterator[str]:
    yield text[:LINE_CHARACTERS]
    for start in range(LINE_CHARACTERS, len(text), LINE_CHARACTERS):
        yield CONTINUED + text[start : start + LINE_CHARACTERS]


def _holds(text: str, wanted: str) -> bool:
    return wanted.casefold() in text.casefold()


def _around(text: str, wanted: str) -> str:
    """The line, or the part of a long line round the text that was looked for."""
    if len(text) <= FOUND_CHARACTERS:
        return text
    middle = text.casefold().find(wanted.casefold())
    start = min(max(0, middle - FOUND_CHARACTERS // 2), len(text) - FOUND_CHARACTERS)
    end = start + FOUND_CHARACTERS
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
