"""What the artifact store promises."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agentkit.engine.artifacts import ArtifactRef, ArtifactStore
from agentkit.errors import StoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def store(folder: Path) -> ArtifactStore:
    return ArtifactStore(folder)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_comes_back(store: ArtifactStore) -> None:
    ref = store.put(b"\x00\xff", "image/png")
    assert store.get(ref) == b"\x00\xff"
    assert (ref.size, ref.media_type) == (2, "image/png")


def test_text_is_kept_as_utf8_and_comes_back_as_text(store: ArtifactStore) -> None:
    ref = store.put("zwölf\n", "text/plain")
    assert store.text(ref) == "zwölf\n"
    assert store.get(ref) == "zwölf\n".encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_content_comes_back_whole(store: ArtifactStore, content: bytes) -> None:
    assert store.get(store.put(content, "application/octet-stream")) == content


def test_a_reference_survives_json_and_another_process(store: ArtifactStore, folder: Path) -> None:
    ref = store.put("page", "text/html")
    again = ArtifactRef.model_validate_json(ref.model_dump_json())
    assert ArtifactStore(folder).text(again) == "page"


def test_the_folder_is_made_by_the_first_put(store: ArtifactStore, folder: Path) -> None:
    assert not folder.exists()
    store.put("page", "text/html")
    assert folder.is_dir()


def test_the_same_content_is_kept_once_in_folders_two_levels_deep(store: ArtifactStore, folder: Path) -> None:
    first, second = store.put("page", "text/html"), store.put(b"page", "text/plain")
    assert first.sha256 == second.sha256
    digest = first.sha256
    assert files(folder) == [folder / digest[:2] / digest[2:4] / digest]


def test_nothing_is_written_when_it_is_there_already(store: ArtifactStore, folder: Path) -> None:
    store.put("page", "text/html")
    before = files(folder)[0].stat()
    store.put("page", "text/html")
    after = files(folder)[0].stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_missing_artifact_is_an_error_that_says_where_it_should_be(
    store: ArtifactStore, folder: Path
) -> None:
    ref = store.put("page", "text/html")
    files(folder)[0].unlink()
    with pytest.raises(StoreError, match="no such artifact") as caught:
        store.get(ref)
    assert ref.sha256 in caught.value.where


@pytest.mark.parametrize("damage", [b"", b"pag", b"pags", b"pages"])
def test_a_damaged_artifact_is_an_error_until_it_is_put_again(
    store: ArtifactStore, folder: Path, damage: bytes
) -> None:
    ref = store.put("page", "text/html")
    files(folder)[0].write_bytes(damage)
    with pytest.raises(StoreError, match="damaged"):
        store.get(ref)
    store.put("page", "text/html")
    assert store.text(ref) == "page"


def test_what_is_no_text_cannot_be_read_as_text(store: ArtifactStore) -> None:
    ref = store.put(b"\xff\xfe", "image/png")
    with pytest.raises(StoreError, match="not UTF-8 text"):
        store.text(ref)


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing_behind(
    store: ArtifactStore, folder: Path
) -> None:
    folder.write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        store.put("page", "text/html")


def test_a_place_that_is_taken_is_an_error_and_leaves_no_half_written_file(
    store: ArtifactStore, folder: Path
) -> None:
    ref = store.put("page", "text/html")
    place = files(folder)[0]
    place.unlink()
    place.mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        store.put("page", "text/html")
    with pytest.raises(StoreError, match="cannot be read"):
        store.get(ref)
    assert files(folder) == []


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_a_reference_without_a_proper_digest_is_refused(digest: str) -> None:
    with pytest.raises(ValidationError):
        ArtifactRef(sha256=digest, size=0, media_type="text/plain")
