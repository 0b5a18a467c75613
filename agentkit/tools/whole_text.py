"""A file's whole content as text, for those who want everything in one prompt."""

from __future__ import annotations

import csv
import io
import re

from agentkit.errors import ToolError
from agentkit.task import Attachment
from agentkit.tools.attachments import open_text
from agentkit.tools.sheets import survey
from agentkit.tools.text_lines import text_lines

__all__ = ["whole_text"]


def whole_text(attachment: Attachment) -> str:
    """The file as text: as it stands where it is text, tables of other kinds as CSV.

    A file that is neither is described in a line instead.
    """
    (view,) = survey((attachment,))
    try:
        if view.parquet_table:
            return _parquet_text(attachment)
        if view.kind == "xlsx":
            return "\n".join(text_lines(view))
        with open_text(attachment) as file:
            return file.read()
    except ToolError as error:
        return f"({attachment.media_type}, {attachment.size:,} bytes: {error.what})"


def _parquet_text(attachment: Attachment) -> str:
    import duckdb

    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    # A pattern's signs in a name would make it stand for other files too.
    path = re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(attachment.path))
    with duckdb.connect() as connection:
        try:
            found = connection.read_parquet(path)
            writer.writerow(found.columns)
            writer.writerows(found.fetchall())
        except duckdb.Error as error:
            raise ToolError(str(error).partition("\n")[0], where=attachment.name) from error
    return written.getvalue()
