"""Reads Excel workbooks (.xlsx): their sheets, and each sheet's rows as text."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from agentkit.errors import ToolError
from agentkit.task import Attachment
from agentkit.tools.attachments import open_bytes, size_text

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

__all__ = ["workbook_sheets"]

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""Workbooks are ZIP archives: one that would unpack to more is refused."""


def workbook_sheets(attachment: Attachment) -> dict[str, Callable[[], Iterator[list[str]]]]:
    """For every sheet of a workbook, what gives its rows; formulas count with the value last saved.

    Raises `ToolError` where the file is damaged, locked by a password or far too large.
    """
    with _open(attachment) as workbook:
        return {sheet.title: partial(_rows, attachment, sheet.title) for sheet in workbook.worksheets}


def _rows(attachment: Attachment, title: str) -> Iterator[list[str]]:
    with _open(attachment) as workbook:
        for row in workbook[title].iter_rows(values_only=True):
            cells = [_cell(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield cells


@contextmanager
def _open(attachment: Attachment) -> Iterator[Workbook]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    damaged = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, EOFError)
    with open_bytes(attachment) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                text = f"it unpacks to {size_text(unpacked)}, which is too much"
                raise ToolError(text, where=attachment.name, mend="work without this file")
            with warnings.catch_warnings():
                # openpyxl warns of styles and checks that it drops; values are all that is wanted.
                warnings.filterwarnings("ignore", module="openpyxl")
                workbook = load_workbook(file, read_only=True, data_only=True)
            with closing(workbook):
                yield workbook
        except damaged as error:
            text = "not a readable Excel workbook (damaged, or locked by a password)"
            raise ToolError(text, where=attachment.name, mend="work without this file") from error


def _cell(value: Any) -> str:
    """A cell as text: dates in ISO form, numbers with the digits that Excel shows at most (15)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()
