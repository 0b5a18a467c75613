"""Process 1 of the sandbox: starts the program with every right taken away, and keeps its limits.

It is sent into the sandbox as text, so it stands alone: the standard library and nothing of agentkit. As
process 1 of its PID namespace it cannot be killed from inside, and when it ends the kernel ends all the
others. It cannot be traced or read either (PR_SET_DUMPABLE), and its verdict goes out by a pipe that the
program does not have. When its standard input ends, agentkit has gone or lost interest, and so it goes.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import fcntl
import json
import os
import random
import resource
import select
import signal
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Any

__all__ = ["main"]

SCRATCH = "/tmp"
TICK_MS = 40

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_RESULT_FD, _TASK_FD = 3, 4  # as agentkit.tools.sandbox_guest has them


class _Filter(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


@dataclass
class _Usage:
    """What all processes of the sandbox but this one use."""

    processes: int = 0
    cpu: float = 0.0
    resident: dict[str, int] = field(default_factory=dict)
    """Bytes by process."""


def main() -> None:
    """Read the task, prepare, start the program, watch it, and report `{"end": …}` as JSON lines."""
    result_fd, verdict_fd = int(sys.argv[1]), int(sys.argv[2])
    task = _read_task()
    _prepare(task)
    _report(verdict_fd, {"end": "ready"})
    started = time.monotonic()
    guest, trouble = _start(task, result_fd)
    os.close(result_fd)
    if trouble:
        _report(verdict_fd, {"end": "broken", "text": trouble})
    else:
        _report(verdict_fd, _watch(guest, task["limits"], started))
    # This ends every process of the namespace.
    os._exit(0)


def _read_task() -> dict[str, Any]:
    size = int.from_bytes(_read_exactly(8), "big")
    task: dict[str, Any] = json.loads(_read_exactly(size))
    return task


def _read_exactly(size: int) -> bytes:
    parts = []
    while size:
        part = os.read(0, min(size, 2**20))
        if not part:
            os._exit(1)  # Nobody is there any more.
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _report(fd: int, verdict: dict[str, Any]) -> None:
    try:
        os.write(fd, json.dumps(verdict).encode() + b"\n")
    except BrokenPipeError:
        os._exit(1)


def _prepare(task: dict[str, Any]) -> None:
    """Become nobody, become unreachable, and lay out the inputs; end where something is not as it must."""
    if os.getpid() != 1:
        sys.exit("the guard is not process 1: there is no PID namespace")
    # From inside the namespace, process 1 only gets signals that it has a handler for.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(task["uid"], task["uid"], task["uid"])
        os.setresuid(task["uid"], task["uid"], task["uid"])
    # Becoming nobody has ended the rights that can be used, but not those that could be passed on.
    _check("capset", ctypes.CDLL(None, use_errno=True).capset(struct.pack("=Ii", 0x2008_0522, 0), bytes(24)))
    rights = [line for line in _text("/proc/self/status").splitlines() if line.startswith("CapEff")]
    if os.getuid() == 0 or int(rights[0].split()[1], 16):
        sys.exit("the sandbox's user still has rights")
    _prctl(_PR_SET_DUMPABLE, 0)
    for name, target in task["links"].items():
        os.symlink(target, f"{SCRATCH}/{name}")
    for name, content in task.pop("inputs").items():
        with open(f"{SCRATCH}/{name}", "wb") as file:
            file.write(base64.b64decode(content))


def _start(task: dict[str, Any], result_fd: int) -> tuple[int, str]:
    """Start the program: its process, and what went wrong before it could be."""
    told = {"code": task["code"], "args": task["args"], "path": task["path"]}
    task_fd = os.memfd_create("task")
    os.write(task_fd, json.dumps(told).encode())
    os.lseek(task_fd, 0, os.SEEK_SET)
    reading, writing = os.pipe()
    guest = os.fork()
    if guest == 0:
        writing = fcntl.fcntl(writing, fcntl.F_DUPFD_CLOEXEC, 100)
        try:
            _become_guest(task, result_fd, task_fd, writing)
        except BaseException as error:
            # In this process nobody else is left to tell.
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(1)
    os.close(writing)
    os.close(task_fd)
    with open(reading, encoding="utf-8") as file:
        return guest, file.read()


def _become_guest(task: dict[str, Any], result_fd: int, task_fd: int, trouble_fd: int) -> None:
    """In the new process: give everything up, and become the interpreter that runs the program."""
    os.setsid()
    result_fd = fcntl.fcntl(result_fd, fcntl.F_DUPFD, 100)
    task_fd = fcntl.fcntl(task_fd, fcntl.F_DUPFD, 100)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(result_fd, _RESULT_FD)
    os.dup2(task_fd, _TASK_FD)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > _TASK_FD and int(name) != trouble_fd:
            with contextlib.suppress(OSError):  # The list itself was read by one that is closed by now.
                os.close(int(name))
    limits = task["limits"]
    everywhere = sorted(os.sched_getaffinity(0))
    # Any of them, so that sandboxes side by side do not all run on the same ones.
    os.sched_setaffinity(0, random.sample(everywhere, min(limits["cores"], len(everywhere))))
    _prctl(_PR_SET_DUMPABLE, 1)  # Or the next file would be root's.
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # Where the host runs out of memory, this is to go first.
    _set_limits(limits)
    program = base64.b64decode(task["filter"])
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(_Filter(len(program) // 8, program)))
    os.execve(sys.executable, [sys.executable, "-I", "-S", "-B", "-c", task["guest"]], task["environment"])


def _set_limits(limits: dict[str, Any]) -> None:
    cpu = int(limits["cpu_seconds"]) + 1
    kernel = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    # Older kernels count the user's processes on the whole machine; there, only the watch keeps this one.
    # A few more, so that the watch sees it passed, and ends the program rather than leave it failing.
    processes = limits["processes"] + 4 if kernel >= (5, 14) else max(limits["processes"], 4096)
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, cpu),
        # 1 and not 0: at 0 the kernel would still hand a dump to a program of the host, where one is set.
        (resource.RLIMIT_CORE, 1),
        (resource.RLIMIT_FSIZE, limits["scratch_bytes"]),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_MEMLOCK, 2**16),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NICE, 0),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_STACK, 8 * 2**20),
    ):
        present = resource.getrlimit(kind)[1]
        bound = most if present == resource.RLIM_INFINITY else min(most, present)
        resource.setrlimit(kind, (bound, bound))


def _watch(guest: int, limits: dict[str, Any], started: float) -> dict[str, Any]:
    """Wait until the program ends or goes past a limit; the verdict."""
    poll = select.poll()
    poll.register(0, select.POLLIN | select.POLLHUP)
    poll.register(os.pidfd_open(guest), select.POLLIN)
    most_memory = 0
    while True:
        if any(fd == 0 for fd, _ in poll.poll(TICK_MS)):
            os._exit(0)
        ended = _reap(guest)
        usage = _usage()
        memory = sum(usage.resident.values()) + _scratch_used()
        if memory > limits["memory_bytes"]:
            memory = sum(map(_private, usage.resident)) + _scratch_used()
        most_memory = max(most_memory, memory)
        seconds = time.monotonic() - started
        past = None if ended else _limit_passed(limits, usage, memory, seconds)
        if ended or past:
            largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
            return {
                **(ended or {"end": past}),
                "seconds": seconds,
                "cpu": usage.cpu,
                "memory": max(most_memory, largest),
            }


def _limit_passed(limits: dict[str, Any], usage: _Usage, memory: int, seconds: float) -> str | None:
    files = os.statvfs(SCRATCH)
    if memory > limits["memory_bytes"]:
        return "memory"
    if files.f_files - files.f_ffree > limits["scratch_files"] + 16:
        return "files"
    if usage.processes > limits["processes"]:
        return "processes"
    if usage.cpu > limits["cpu_seconds"]:
        return "cpu"
    return "timeout" if seconds > limits["wall_seconds"] else None


def _reap(guest: int) -> dict[str, Any] | None:
    """Collect what has died, orphans too; how the program ended, if it did."""
    ended: dict[str, Any] | None = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        if pid == guest and os.WIFSIGNALED(status):
            ended = {"end": "signal", "code": os.WTERMSIG(status)}
        elif pid == guest:
            ended = {"end": "exit", "code": os.WEXITSTATUS(status)}


def _usage() -> _Usage:
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = _Usage(cpu=own.ru_utime + own.ru_stime)
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for name in os.listdir("/proc"):
        if name == "1" or not name.isdigit():
            continue
        try:
            # A process's name may hold any sign, brackets too. Fields are counted as in proc(5).
            fields = ["", "", "", *_text(f"/proc/{name}/stat").rpartition(")")[2].split()]
        except OSError:
            continue  # It has just gone.
        found.cpu += sum(map(int, fields[14:18])) / ticks
        found.processes += int(fields[20])
        found.resident[name] = int(fields[24]) * page
    return found


def _private(name: str) -> int:
    """A process's share of the memory that it uses, where pages shared after a fork count once."""
    try:
        for line in _text(f"/proc/{name}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except ProcessLookupError:
        return 0  # It has just gone.
    except OSError:
        pass  # It does not let itself be looked at.
    return _resident(name)


def _resident(name: str) -> int:
    try:
        return int(_text(f"/proc/{name}/statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _scratch_used() -> int:
    found = os.statvfs(SCRATCH)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _prctl(option: int, value: int, more: Any = 0) -> None:
    call = ctypes.CDLL(None, use_errno=True).prctl
    zero = ctypes.c_ulong(0)
    _check(f"prctl {option}", call(ctypes.c_int(option), ctypes.c_ulong(value), more, zero, zero))


def _check(what: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
