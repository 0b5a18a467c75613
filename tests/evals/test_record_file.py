"""The file of records: one line a record, on the disk when it counts, whatever happens in between."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.errors import StoreError
from agentkit.evals.record import Fault, Record
from agentkit.evals.record_file import RecordFile, read_records
from tests.evals.written import record, records


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.jsonl"


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How large files were whenever they went to the disk."""
    seen: list[int] = []
    truly: Callable[[int], None] = os.fsync

    def fsync(file: int) -> None:
        truly(file)
        seen.append(os.fstat(file).st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


async def write(path: Path, *found: Record) -> None:
    file = RecordFile(path)
    for one in found:
        await file.append(one)
    await file.close()


def names(path: Path) -> list[str]:
    return [one.sample for one in read_records(path)]


class TestWriting:
    async def test_what_is_written_is_read_again_in_order(self, path: Path) -> None:
        written = records("+-el?")
        await write(path, *written)
        assert list(read_records(path)) == written

    async def test_a_record_is_a_line_of_json(self, path: Path) -> None:
        answer = 'two\nlines, "ünï"\u2028 and a tab\t'
        await write(path, record(1, answer=answer))
        (line,) = path.read_bytes().splitlines()
        assert json.loads(line)["answer"] == answer
        assert [one.answer for one in read_records(path)] == [answer]

    async def test_everything_in_it_comes_back(self, path: Path) -> None:
        fault = Fault(kind="agent", type="ValueError", message="no", where="line 3")
        full = record(
            1, "error", 2, fault=fault, tags={"level": "1"}, printed="so far", drift=3, finished_at=9.5
        )
        await write(path, full)
        assert list(read_records(path)) == [full]

    async def test_half_a_character_does_not_stop_the_evaluation(self, path: Path) -> None:
        broken = record(1).model_copy(update={"answer": "pi\ud83d", "printed": "\udcff"})
        await write(path, broken, record(2))
        first, second = read_records(path)
        assert (first.answer, first.printed, first.usage) == ("pi?", "?", broken.usage)
        assert second == record(2)

    async def test_a_later_session_appends(self, path: Path) -> None:
        await write(path, record(1))
        await write(path, record(2))
        assert names(path) == ["s1", "s2"]

    async def test_it_is_on_the_disk_when_append_returns(self, path: Path, syncs: list[int]) -> None:
        file = RecordFile(path)
        for number in range(1, 4):
            await file.append(record(number))
            assert names(path)[-1] == f"s{number}"
            assert syncs[-1] == path.stat().st_size
        assert len(syncs) == 3
        await file.close()

    async def test_two_thousand_at_once_share_their_syncs_and_keep_their_order(
        self, path: Path, syncs: list[int]
    ) -> None:
        file = RecordFile(path)
        await asyncio.gather(*(file.append(record(number)) for number in range(2_000)))
        await file.close()
        assert names(path) == [f"s{number}" for number in range(2_000)]
        assert len(syncs) < 10
        assert syncs[-1] == path.stat().st_size

    async def test_closing_waits_for_what_was_handed_in(self, path: Path) -> None:
        file = RecordFile(path)
        writing = [asyncio.create_task(file.append(record(number))) for number in range(5)]
        await asyncio.sleep(0)
        await file.close()
        assert len(names(path)) == 5
        await asyncio.gather(*writing)
        await file.close()

    async def test_who_is_cancelled_meanwhile_has_written_all_the_same(self, path: Path) -> None:
        file = RecordFile(path)
        hasty = asyncio.create_task(file.append(record(1)))
        patient = asyncio.create_task(file.append(record(2)))
        await asyncio.sleep(0)
        hasty.cancel()
        await patient
        await file.close()
        assert hasty.cancelled()
        assert names(path) == ["s1", "s2"]


class TestCutOffLines:
    async def test_a_last_line_that_was_cut_off_is_not_read(self, path: Path) -> None:
        await write(path, record(1), record(2))
        whole = path.read_bytes()
        for cut in range(1, len(whole) - whole.index(b"\n")):
            path.write_bytes(whole[:-cut])
            assert names(path) == ["s1"]

    async def test_it_is_removed_when_the_file_is_opened_again(self, path: Path) -> None:
        await write(path, record(1), record(2))
        path.write_bytes(path.read_bytes()[:-20])
        await write(path, record(3))
        assert names(path) == ["s1", "s3"]

    async def test_a_file_with_nothing_else_begins_anew(self, path: Path) -> None:
        path.write_bytes(b'{"sample": "s1", "epo')
        await write(path, record(2))
        assert names(path) == ["s2"]

    async def test_however_long_it_is(self, path: Path) -> None:
        await write(path, record(1))
        kept = path.read_bytes()
        path.write_bytes(kept + b"x" * 300_000)
        await write(path)
        assert path.read_bytes() == kept

    async def test_whole_lines_are_never_touched(self, path: Path) -> None:
        await write(path, *records("+" * 400))
        before = path.read_bytes()
        await write(path)
        assert path.read_bytes() == before


class TestReading:
    def test_a_file_that_is_not_there_has_no_records(self, path: Path) -> None:
        assert list(read_records(path)) == []

    async def test_a_damaged_line_is_named_with_what_to_do(self, path: Path) -> None:
        await write(path, record(1), record(2), record(3))
        lines = path.read_bytes().splitlines(keepends=True)
        for damaged in (b"{}\n", b"nonsense\n", b"\n", b"\xff\xfe\n", lines[1][:-20] + b"\n"):
            path.write_bytes(lines[0] + damaged + lines[2])
            with pytest.raises(StoreError, match="line 2 is damaged") as caught:
                list(read_records(path))
            assert caught.value.where == str(path)
            assert caught.value.mend == "remove the line; its sample is asked again"

    async def test_records_are_read_one_by_one(self, path: Path) -> None:
        await write(path, record(1), record(2))
        with path.open("ab") as file:
            file.write(b"damaged\n")
        found = read_records(path)
        assert [next(found).sample, next(found).sample] == ["s1", "s2"]
        with pytest.raises(StoreError, match="line 3"):
            next(found)

    async def test_they_can_be_read_while_they_are_written(self, path: Path) -> None:
        file = RecordFile(path)
        await file.append(record(1))
        assert names(path) == ["s1"]
        await file.append(record(2))
        assert names(path) == ["s1", "s2"]
        await file.close()

    def test_what_is_no_file_is_an_error_of_ours(self, path: Path) -> None:
        path.mkdir()
        with pytest.raises(StoreError, match="the records cannot be read: Is a directory") as caught:
            list(read_records(path))
        assert caught.value.where == str(path)


class TestUnwritablePlaces:
    @pytest.mark.parametrize("place", ["missing/records.jsonl", "file/records.jsonl", "folder"])
    def test_they_are_found_out_at_once(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "file").write_text("")
        (tmp_path / "folder").mkdir()
        with pytest.raises(StoreError, match="the records cannot be written") as caught:
            RecordFile(tmp_path / place)
        assert caught.value.where == str(tmp_path / place)
        assert caught.value.mend == "choose another folder with --out"

    async def test_a_full_disk_is_told_to_everybody_who_wrote(self) -> None:
        full = Path("/dev/full")
        if not full.exists():
            pytest.skip("this system has no disk that is always full")
        file = RecordFile(full)
        told = await asyncio.gather(*(file.append(record(n)) for n in range(3)), return_exceptions=True)
        for error in told:
            assert isinstance(error, StoreError)
            assert str(error) == "/dev/full: a record cannot be written: No space left on device"
        await file.close()
