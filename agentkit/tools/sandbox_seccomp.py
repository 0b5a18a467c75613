"""Which system calls a program in the sandbox may not make, as a filter that the kernel runs.

A deny list on top of the namespaces, not instead of them: it takes away what reaches parts of the kernel
that namespaces do not divide (vsock, io_uring, bpf, keys), what would make new namespaces to gain rights
in, memory that no limit counts (memfd, System V), and meddling with one's limits. Calls newer than this
list are answered as if the kernel were older. Classic BPF, seccomp(2); numbers from the kernel's tables.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from agentkit.errors import SandboxUnavailableError

__all__ = ["filter_program"]

_FORBIDDEN = {
    # name: (x86_64, aarch64)
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "personality": (135, 92),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "vmsplice": (278, 75),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "setrlimit": (160, 164),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
}
_ONLY_X86_64 = {"iopl": 172, "ioperm": 173, "modify_ldt": 154, "uselib": 134}

_LAST_KNOWN = 462  # mseal, Linux 6.10
_CLONE3 = 435
_CLONE_NEW = 0x7E02_0000  # mount, cgroup, UTS, IPC, user, PID and network namespaces
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # type into a terminal
_AF_UNIX = 1

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data


@dataclass(frozen=True, slots=True)
class _Machine:
    """What differs between processors."""

    audit: int
    column: int
    clone: int
    ioctl: int
    prlimit64: int
    socketpair: int


_MACHINES = {
    "x86_64": _Machine(0xC000_003E, 0, clone=56, ioctl=16, prlimit64=302, socketpair=53),
    "aarch64": _Machine(0xC000_00B7, 1, clone=220, ioctl=29, prlimit64=261, socketpair=199),
}


def filter_program(machine: str) -> bytes:
    """The filter as `struct sock_filter[]`, for `platform.machine()`.

    Raises `SandboxUnavailableError` for a processor whose numbers of system calls are not known here.

    >>> len(filter_program("x86_64")) % 8
    0
    """
    if machine not in _MACHINES:
        raise SandboxUnavailableError(
            f"no filter of system calls is written for {machine or 'this'} processors",
            mend=f"run it on {' or '.join(_MACHINES)}",
        )
    known = _MACHINES[machine]
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, known.audit, yes=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _LAST_KNOWN + 1, no=1),
        _refuse(errno.ENOSYS),
        # Its flags lie in memory that a filter cannot see; without it, libraries fall back to clone.
        _step(_EQUAL, _CLONE3, no=1),
        _refuse(errno.ENOSYS),
        *_plain_refusals(known),
        *_judged_by_arguments(known),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def _plain_refusals(machine: _Machine) -> Iterator[bytes]:
    numbers = [columns[machine.column] for columns in _FORBIDDEN.values()]
    if machine.column == 0:
        numbers += _ONLY_X86_64.values()
    for number in sorted(numbers):
        yield _step(_EQUAL, number, no=1)
        yield _refuse(errno.EPERM)


def _judged_by_arguments(machine: _Machine) -> Iterator[bytes]:
    allow, refuse = _step(_RETURN, _ALLOW), _refuse(errno.EPERM)
    yield from _block(
        machine.clone, [_step(_LOAD, _argument(0)), _step(_ANY_BIT, _CLONE_NEW, no=1), refuse, allow]
    )
    yield from _block(
        machine.ioctl,
        [
            _step(_LOAD, _argument(1)),
            _step(_EQUAL, _TIOCSTI, yes=2),
            _step(_EQUAL, _TIOCLINUX, yes=1),
            allow,
            refuse,
        ],
    )
    # Reading limits is fine, and the C library does it; setting them (argument 2 not null) is not.
    yield from _block(
        machine.prlimit64,
        [
            _step(_LOAD, _argument(2)),
            _step(_EQUAL, 0, no=3),
            _step(_LOAD, _argument(2) + 4),
            _step(_EQUAL, 0, no=1),
            allow,
            refuse,
        ],
    )
    yield from _block(
        machine.socketpair, [_step(_LOAD, _argument(0)), _step(_EQUAL, _AF_UNIX, no=1), allow, refuse]
    )


def _block(number: int, steps: list[bytes]) -> list[bytes]:
    """Steps for one system call alone; each way through them ends in a return."""
    return [_step(_EQUAL, number, no=len(steps)), *steps]


def _argument(place: int) -> int:
    """Where the lower half of an argument lies (both processors are little-endian)."""
    return 16 + 8 * place


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One instruction; a jump skips `yes` or `no` of those after it."""
    return struct.pack("=HBBI", code, yes, no, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _ERRNO | number)
