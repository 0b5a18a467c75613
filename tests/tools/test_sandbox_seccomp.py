"""The filter of system calls, carried out as the kernel would, for processors that this machine lacks too."""

from __future__ import annotations

import errno
import struct

import pytest

from agentkit.errors import SandboxUnavailableError
from agentkit.tools.sandbox_seccomp import filter_program

ALLOWED, KILLED = "allowed", "killed"
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    "read": (0, 63), "openat": (257, 56), "execve": (59, 221), "mmap": (9, 222), "futex": (202, 98),
    "kill": (62, 129), "getrandom": (318, 278), "sched_getaffinity": (204, 123), "rseq": (334, 293),
    "clone": (56, 220), "clone3": (435, 435), "ioctl": (16, 29), "prlimit64": (302, 261),
    "socketpair": (53, 199), "socket": (41, 198), "ptrace": (101, 117), "mount": (165, 40),
    "unshare": (272, 97), "bpf": (321, 280), "memfd_create": (319, 279), "io_uring_setup": (425, 425),
    "setrlimit": (160, 164), "mseal": (462, 462), "a call of the future": (463, 463),
    "x32 read": (1 << 30, 1 << 30),
}  # fmt: skip
"""Their numbers on both."""

either = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def verdict(machine: str, call: str, *arguments: int, architecture: int | None = None) -> str:
    """Runs the filter over what the kernel would show it (`struct seccomp_data`)."""
    number = CALLS[call][machine == "aarch64"]
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture or ARCHITECTURE[machine], 0, *words)
    steps = list(struct.iter_unpack("=HBBI", filter_program(machine)))
    place, held = 0, 0
    while True:
        code, yes, no, value = steps[place]
        place += 1
        if code == 0x06:
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(value) or errno.errorcode[value & 0xFFFF]
        if code == 0x20:
            held = struct.unpack_from("<I", data, value)[0]
        else:
            holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            place += yes if holds else no


@either
@pytest.mark.parametrize(
    "call",
    ["read", "openat", "execve", "mmap", "futex", "kill", "getrandom", "sched_getaffinity", "rseq", "mseal"],
)
def test_what_programs_need_is_allowed(machine: str, call: str) -> None:
    assert verdict(machine, call) == ALLOWED


@either
@pytest.mark.parametrize(
    "call",
    ["socket", "ptrace", "mount", "unshare", "bpf", "memfd_create", "io_uring_setup", "setrlimit"],
)
def test_what_leads_out_is_refused(machine: str, call: str) -> None:
    assert verdict(machine, call) == "EPERM"


@either
@pytest.mark.parametrize("call", ["clone3", "a call of the future", "x32 read"])
def test_what_cannot_be_judged_is_said_not_to_exist(machine: str, call: str) -> None:
    assert verdict(machine, call) == "ENOSYS"


@either
def test_another_processors_calls_end_the_program(machine: str) -> None:
    assert verdict(machine, "read", architecture=0x40000003) == KILLED


@either
@pytest.mark.parametrize(
    ("call", "arguments", "found"),
    [
        ("clone", (0x3D0F00,), ALLOWED),  # a thread
        ("clone", (17,), ALLOWED),  # a process
        ("clone", (0x10000000 | 17,), "EPERM"),
        ("clone", (0x00020000,), "EPERM"),
        ("ioctl", (0, 0x5401), ALLOWED),
        ("ioctl", (0, 0x5412), "EPERM"),
        ("ioctl", (0, 0x541C), "EPERM"),
        ("ioctl", (0, 0x7_0000_5412), "EPERM"),  # the kernel looks at the lower half alone
        ("prlimit64", (0, 7, 0, 0x7FFF0000), ALLOWED),
        ("prlimit64", (0, 7, 0x7FFF0000, 0), "EPERM"),
        ("prlimit64", (0, 7, 0x7FFF_0000_0000, 0), "EPERM"),
        ("socketpair", (1, 1, 0), ALLOWED),
        ("socketpair", (2, 1, 0), "EPERM"),
        ("socketpair", (40, 1, 0), "EPERM"),
    ],
)
def test_arguments_decide(machine: str, call: str, arguments: tuple[int, ...], found: str) -> None:
    assert verdict(machine, call, *arguments) == found


def test_a_processor_without_a_filter_is_refused() -> None:
    with pytest.raises(SandboxUnavailableError, match="no filter of system calls is written for mips"):
        filter_program("mips")
