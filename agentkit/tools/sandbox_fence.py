"""Puts a command into namespaces of its own, with a file system made of a few read-only mounts.

What bubblewrap does, for machines that do not have it. A program for the command line, run by
`agentkit.tools.sandbox_backends.Namespaces`; it stands alone: the standard library and nothing of
agentkit. `fence.py JSON COMMAND…`, where the JSON has `mounts` (source and target), `devices`, `links`
(target and path), `scratch_bytes`, `scratch_files`, `uid` and `environment`. The ways of the kernel are in
namespaces(7), user_namespaces(7), pivot_root(2) and mount(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
from typing import Any

__all__ = ["main"]

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MS_RELATIME, _ST_RELATIME = 1 << 21, 4096
_KEPT = 2 | 4 | 8 | 1024 | 2048  # nosuid, nodev, noexec, noatime, nodiratime: may be locked
_MNT_DETACH = 2
_CLONE_NEW = 0x7E02_0000  # mount, cgroup, UTS, IPC, user, PID and network namespaces
_OLD = "/.old"
_WRITABLE = ("/tmp", "/proc")


def main() -> None:
    """Fence the command in, run it as process 1, and exit as it does."""
    view, command = json.loads(sys.argv[1]), sys.argv[2:]
    _unshare(view["uid"])
    child = os.fork()
    if child == 0:
        _build(view)
        os.chdir("/tmp")
        os.execve(command[0], command, view["environment"])
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _unshare(spare: int | None) -> None:
    """Enter new namespaces: as oneself, or as root with a spare user to change to later."""
    reading, writing = os.pipe()
    uid, gid, target = os.geteuid(), os.getegid(), os.getpid()
    helper = os.fork()
    if helper == 0:
        # Only somebody outside has the right to map more than himself.
        os.close(writing)
        os.read(reading, 1)
        if spare is None:
            _write(f"/proc/{target}/setgroups", "deny")
        others = "" if spare is None else f"\n{spare} {spare} 1"
        _write(f"/proc/{target}/uid_map", f"{uid} {uid} 1{others}")
        _write(f"/proc/{target}/gid_map", f"{gid} {gid} 1{others}")
        os._exit(0)
    _check("unshare", _libc().unshare(_CLONE_NEW))
    os.write(writing, b"x")
    os.close(writing)
    os.close(reading)
    if os.waitpid(helper, 0)[1] != 0:
        sys.exit("the users of the new namespace could not be mapped")


def _build(view: dict[str, Any]) -> None:
    """Change the root to an empty file system in memory, and mount the few things shown into it."""
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    # Anywhere will do: nobody else sees it, and what it hides is still there under the old root.
    _mount("tmpfs", "/tmp", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=1m,nr_inodes=4096")
    os.mkdir(f"/tmp{_OLD}", 0o700)
    _check("pivot_root", _libc().pivot_root(b"/tmp", f"/tmp{_OLD}".encode()))
    os.chdir("/")
    for source, target in view["mounts"]:
        _show(source, target)
    for path in view["devices"]:
        _show(path, path)
    for target, path in view["links"]:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    os.makedirs("/proc", exist_ok=True)
    _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _check("umount", _libc().umount2(_OLD.encode(), _MNT_DETACH))
    os.rmdir(_OLD)
    os.makedirs("/tmp", exist_ok=True)
    _make_read_only(set(view["devices"]))
    room = f"mode=1777,size={view['scratch_bytes']},nr_inodes={view['scratch_files'] + 16}"
    _mount("tmpfs", "/tmp", "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, room)
    name = b"sandbox"
    _check("sethostname", _libc().sethostname(name, len(name)))


def _show(source: str, target: str) -> None:
    """Mount what the old root has at `source`."""
    if os.path.isdir(_OLD + source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(_OLD + source, target, None, _MS_BIND | _MS_REC)


def _make_read_only(devices: set[str]) -> None:
    """Every mount there is, those within other mounts too."""
    with open("/proc/self/mountinfo", "rb") as file:
        # Spaces and the like are written as octal numbers there.
        named = [re.sub(rb"\\([0-7]{3})", _sign, line.split()[4]) for line in file]
    places = [os.fsdecode(name) for name in named]
    for place in places:
        if place in _WRITABLE or place.startswith("/proc/"):
            continue
        found = os.statvfs(place).f_flag
        flags = found & _KEPT | (_MS_RELATIME if found & _ST_RELATIME else 0)
        flags |= _MS_NOSUID | (0 if place in devices else _MS_NODEV)
        _mount(None, place, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | flags)


def _sign(octal: re.Match[bytes]) -> bytes:
    return bytes([int(octal[1], 8)])


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    given = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    result = _libc().mount(given[0], given[1], given[2], ctypes.c_ulong(flags), given[3])
    _check(f"mount {kind or source or 'options'} on {target}", result)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(what: str, result: int) -> None:
    if result != 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
