"""What a program in the sandbox sees of the file system: an interpreter, its libraries, chosen packages."""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from agentkit.errors import SandboxUnavailableError, ToolInputError

__all__ = ["MODELLING", "PACKAGES", "Mount", "View", "modelling_packages", "package_mounts", "python_view"]

MODELLING = ("highspy", "numpy", "ply", "pyomo", "scipy")
"""The distributions that programs with optimisation models import, and what these need."""

PACKAGES = "/packages"
"""Where packages lie in the sandbox."""

_PYTHON = "/python"
_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")
_OTHERS = ("/etc/ld.so.cache", "/usr/share/zoneinfo", "/nix/store")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


@dataclass(frozen=True, slots=True)
class Mount:
    """One file or folder of the host that is shown, read-only."""

    source: str
    """Its path on the host, without links."""
    target: str
    """Its path in the sandbox."""


@dataclass(frozen=True, slots=True)
class View:
    """All that there is in the sandbox's file system. Besides, it gets a fresh /proc and an empty /tmp."""

    python: str
    """The interpreter's path in the sandbox."""
    host_python: str
    """Its path on the host."""
    mounts: tuple[Mount, ...]
    devices: tuple[str, ...]
    links: tuple[Mount, ...]
    """Symbolic links: `source` is what the link says."""
    environment: dict[str, str]
    """All environment variables."""
    scratch_bytes: int
    """The size of /tmp."""
    scratch_files: int
    uid: int | None
    """The user to become where agentkit runs as root: the kernel lets root's processes do too much even
    without rights, such as writing to /proc/sys. None where agentkit runs as anybody else."""


def python_view(
    *,
    packages: tuple[str, ...],
    files: Mapping[str, Path],
    read: Sequence[Path],
    scratch_bytes: int,
    scratch_files: int,
    threads: int,
) -> View:
    """The view for this interpreter.

    `packages` are names of distributions, `files` files by the path they are to have, `read` further paths,
    shown where they are. Raises `ToolInputError` for what does not exist, `SandboxUnavailableError` where
    agentkit is root and can become nobody else.
    """
    prefix = Path(sys.base_prefix).resolve()
    host_python = Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()
    # Elsewhere than under /usr its path says something about the host, and may lie in somebody's home.
    inner = prefix if prefix.is_relative_to("/usr") else Path(_PYTHON)
    mounts = [Mount(str(host_python), f"{inner}/bin/{host_python.name}")]
    mounts += [Mount(f"{prefix}/{lib}", f"{inner}/{lib}") for lib in ("lib", "lib64") if _is_own(prefix, lib)]
    links = [Mount("/tmp", "/dev/shm")]
    for path in (*_LIBRARIES, *_OTHERS):
        if os.path.islink(path):
            links.append(Mount(os.readlink(path), path))
        elif os.path.exists(path):
            mounts.append(Mount(path, path))
    mounts += [Mount(str(_existing(path)), os.path.abspath(path)) for path in read]
    mounts += [Mount(str(_existing(path)), target) for target, path in files.items()]
    return View(
        python=mounts[0].target,
        host_python=str(host_python),
        mounts=(*_outermost(mounts), *package_mounts(packages)),
        devices=tuple(path for path in _DEVICES if os.path.exists(path)),
        links=tuple(links),
        environment=_environment(inner, threads),
        scratch_bytes=scratch_bytes,
        scratch_files=scratch_files,
        uid=_spare_user() if os.geteuid() == 0 else None,
    )


def _is_own(prefix: Path, lib: str) -> bool:
    return (prefix / lib).is_dir() and not (prefix / lib).is_symlink()


def _outermost(mounts: list[Mount]) -> list[Mount]:
    """Without those that are to be seen anyway, because a folder above them is shown at its own place."""
    same = [mount.target for mount in mounts if mount.source == mount.target]
    return [
        mount
        for place, mount in enumerate(mounts)
        if mount not in mounts[:place]
        and not (mount.source == mount.target and any(mount.target.startswith(f"{top}/") for top in same))
    ]


def _existing(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except OSError as error:
        raise ToolInputError(
            "cannot be shown in the sandbox", where=str(path), mend="check the path"
        ) from error


def _environment(inner: Path, threads: int) -> dict[str, str]:
    # Interpreters that were built to lie elsewhere would look for their own library there.
    library = {"LD_LIBRARY_PATH": f"{inner}/lib"} if str(inner) == _PYTHON else {}
    return {
        **library,
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "PATH": f"{inner}/bin",
        # An arena of memory for each thread would use up address space for nothing.
        "MALLOC_ARENA_MAX": "2",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads)),
    }


def _spare_user() -> int:
    """A user number that nobody else has: by chance, from the largest range that this process can map.

    Raises `SandboxUnavailableError` where it cannot map any but its own.
    """
    lines = [line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()]
    start, _, length = max(([int(part) for part in line] for line in lines), key=lambda line: line[2])
    if length < 2:
        raise SandboxUnavailableError(
            "agentkit runs as root, and there is no other user that a program could be run as",
            mend="run it as an ordinary user",
        )
    last = min(start + length, 2**31) - 1
    # In the first user namespace: above the ranges that container managers take for themselves.
    first = 1_900_000_000 if last > 2_000_000_000 else start + length // 2
    return random.randint(first, last)


@cache
def package_mounts(names: tuple[str, ...]) -> tuple[Mount, ...]:
    """Where these distributions' files lie, and where they are to be seen.

    Raises `ToolInputError` for one that is not installed.
    """
    found = {}
    for name in names:
        try:
            held = distribution(name)
        except PackageNotFoundError as error:
            raise ToolInputError(
                f"the package {name!r} is not installed", where="sandbox", mend="install it, or leave it out"
            ) from error
        folder = Path(str(held.locate_file(""))).resolve()
        for entry in _entries(held):
            if (folder / entry).exists():
                found[entry] = Mount(str((folder / entry).resolve()), f"{PACKAGES}/{entry}")
    return tuple(found[entry] for entry in sorted(found))


def _entries(held: Distribution) -> Iterator[str]:
    """The names in site-packages that belong to a distribution."""
    record = held.read_text("RECORD")
    if record is None:
        yield from (held.read_text("top_level.txt") or held.metadata["Name"]).split()
        return
    tops = {re.split(r"[/,]", line, maxsplit=1)[0].strip('"') for line in record.splitlines()}
    yield from (top for top in tops if top not in ("", "..", "__pycache__") and not top.endswith(".pth"))


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def modelling_packages() -> tuple[str, ...]:
    """Those of `MODELLING` that are installed: some are needed by one program and not by another."""
    return tuple(filter(_is_installed, MODELLING))
