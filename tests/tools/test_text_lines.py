"""Files as lines of text: JSON is broken only where a line would be too long, so that a record is a line."""

from __future__ import annotations

import json

from agentkit.tools.digest import WHOLE_FILE, WHOLE_IN_ALL, describe_files
from agentkit.tools.sheets import survey
from agentkit.tools.text_lines import JSON_LINE, text_lines
from tests.tools.conftest import Give


def lines_of(give: Give, name: str, content: str) -> list[str]:
    (view,) = survey(give({name: content}).attachments)
    return list(text_lines(view))


def test_nested_json_keeps_short_objects_whole(give: Give) -> None:
    singers = [{"name": f"singer number {n}", "voice": "tenor"} for n in range(3)]
    text = json.dumps({"choir": "Kantorei", "concerts": [{"date": "2024-10-12", "singers": singers}]})
    assert lines_of(give, "c.json", text) == [
        "{",
        ' "choir": "Kantorei",',
        ' "concerts": [',
        "  {",
        '   "date": "2024-10-12",',
        '   "singers": [',
        '    {"name": "singer number 0", "voice": "tenor"},',
        '    {"name": "singer number 1", "voice": "tenor"},',
        '    {"name": "singer number 2", "voice": "tenor"}',
        "   ]",
        "  }",
        " ]",
        "}",
    ]


def test_broken_json_is_still_the_same_json(give: Give) -> None:
    value = {"a": [[1, 2], {}, "x" * JSON_LINE, {"b": [True, None, "é", 1.5] * 20}], "c": {"d": {"e": []}}}
    assert json.loads("\n".join(lines_of(give, "v.json", json.dumps(value)))) == value


def test_small_files_are_given_whole_while_there_is_room(give: Give) -> None:
    half = "x" * (WHOLE_IN_ALL // 2 + 1)
    context = give({"a.txt": half, "b.txt": half, "c.txt": "short", "d.txt": "y" * (WHOLE_FILE + 1)})
    told = describe_files(context.attachments, examples=True)
    assert told.count(half) == 1
    assert "c.txt: text, 1 line; in full:\nshort" in told
    assert "b.txt: text, 1 line\n" in told and "d.txt: text, 1 line; in SQL table d, 1 row" in told


def test_a_small_workbook_is_given_whole_too(give: Give) -> None:
    import io

    from openpyxl import Workbook

    book, written = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["Number", "Article"])
    book.active.append([7, "pot"])
    book.save(written)
    assert describe_files(give({"w.xlsx": written.getvalue()}).attachments, examples=True).endswith(
        "in full:\nNumber,Article\n7,pot"
    )
