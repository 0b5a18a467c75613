"""Programs that try to get out of the sandbox by way of files and mounts.

Each finds a `HOST` that tells where everything is (`tests.tools.sandboxed.Host.prelude`), gives back what it
gets hold of by printing it, and prints ESCAPED where only it can tell that it went too far.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOUNTING", "READING", "WRITING", "Attempt", "prepared"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way out."""

    name: str
    code: str
    works_outside: bool = False
    """Whether it is harmless enough to be shown to succeed without a sandbox."""


_TRY = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(what, *args):
    try:
        print(what(*args))
    except (OSError, ValueError, KeyError, ImportError) as error:
        print(type(error).__name__, error)
def call(name, *args):
    result = getattr(libc, name)(*args)
    print(name, result, os.strerror(ctypes.get_errno()))
    return result
def read(path):
    with open(path, errors="replace") as file:
        return file.read(10**6)
def write(path, text="planted"):
    with open(path, "w") as file:
        file.write(text)
    return "wrote " + path
"""


def prepared(name: str, code: str, *, works_outside: bool = False) -> Attempt:
    """An attempt that has some functions at hand."""
    return Attempt(name, _TRY + code, works_outside)


READING = (
    prepared("reading the users", "attempt(read, '/etc/passwd')", works_outside=True),
    prepared("reading a file of the host", "attempt(read, HOST['secret'])", works_outside=True),
    prepared(
        "reading the repository", "attempt(read, HOST['repository'] + '/pyproject.toml')", works_outside=True
    ),
    prepared(
        "reading the home folder and its keys",
        """
home = HOST["home"]
homes = [os.sep + "home", os.sep + "root"]
for path in (home, home + "/.ssh", *homes, homes[1] + "/.ssh", os.path.expanduser("~/.ssh")):
    try:
        print("ESCAPED", path, os.listdir(path))
    except OSError:
        pass
""",
        works_outside=True,
    ),
    prepared(
        "looking for a file by its name everywhere",
        """
for folder, _, names in os.walk("/"):
    if folder.startswith("/proc"):
        continue
    if "secret.txt" in names:
        print(folder, read(folder + "/secret.txt"))
""",
    ),
    prepared(
        "climbing out by ..", "attempt(read, '../' * 40 + HOST['secret'].lstrip('/'))", works_outside=True
    ),
    prepared(
        "reading through /proc/PID/root, cwd and fd",
        """
for pid in [name for name in os.listdir("/proc") if name.isdigit()] + ["self", str(HOST["pid"])]:
    for link in ("root", "cwd"):
        attempt(read, f"/proc/{pid}/{link}{HOST['secret']}")
    try:
        fds = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        continue
    for fd in fds:
        attempt(read, f"/proc/{pid}/fd/{fd}{HOST['secret']}")
""",
        works_outside=True,
    ),
    prepared(
        "reading the parent's environment", "print(dict(os.environ)); attempt(read, '/proc/self/environ')"
    ),
    prepared(
        "reading every process's environment and command",
        """
for pid in [name for name in os.listdir("/proc") if name.isdigit()] + [str(HOST["pid"]), str(HOST["victim"])]:
    attempt(read, f"/proc/{pid}/environ")
    if "sleep" in (read(f"/proc/{pid}/cmdline") if os.path.exists(f"/proc/{pid}/cmdline") else ""):
        print("ESCAPED: it sees the host's processes")
""",
        works_outside=True,
    ),
    prepared(
        "reading memory of the machine",
        """
for path in ("/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/dev/kmsg", "/proc/kmsg", "/dev/vda",
             "/dev/sda", "/dev/nvme0n1"):
    try:
        with open(path, "rb") as file:
            print("ESCAPED", path, file.read(16))
    except OSError:
        pass
print(libc.klogctl(3, ctypes.create_string_buffer(100), 100) > 0 and "ESCAPED: the kernel's log")
""",
    ),
    prepared(
        "making and reading the host's disk as a device",
        """
for path in ("/tmp/disk", "disk", "/dev/disk0"):
    attempt(os.mknod, path, 0o60600, HOST["root_device"])
    try:
        with open(path, "rb") as file:
            print("ESCAPED", file.read(4096)[:16])
    except OSError as error:
        print(error)
""",
    ),
    prepared(
        "opening a file by its handle",
        """
class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("kind", ctypes.c_int), ("data", ctypes.c_ubyte * 128)]
for place in ("/usr/lib", "/python", "/tmp", "/lib"):
    try:
        mount = os.open(place, os.O_RDONLY)
    except OSError:
        continue
    for inode in (2, 128, 256):
        handle = Handle(8, 1, (ctypes.c_ubyte * 128)(*inode.to_bytes(4, "little")))
        fd = libc.open_by_handle_at(mount, ctypes.byref(handle), os.O_RDONLY)
        print(place, inode, fd, os.strerror(ctypes.get_errno()))
        if fd >= 0:
            print("ESCAPED", os.listdir(fd))
""",
    ),
    prepared(
        "reaching what was mounted before",
        """
for path in ("/.old", "/oldroot", "/old_root", "/newroot", "/mnt", "/media", "/run", "/sys", "/boot", "/var"):
    if os.path.exists(path):
        print("ESCAPED", path)
fd = os.open("/", os.O_RDONLY)
attempt(os.fchdir, fd)
attempt(os.chdir, "..")
print(sorted(os.listdir(".")))
if "home" in os.listdir("."):
    print("ESCAPED")
""",
        works_outside=True,
    ),
)

WRITING = (
    prepared(
        "writing all over the file system",
        """
stdlib = os.path.dirname(os.__file__)
for place in ("/", "/usr", "/usr/lib", "/lib", "/etc", "/dev", "/var/tmp", "/home", "/root", "/packages",
              "/python", "/proc", "/sys", HOST["home"], HOST["repository"], stdlib):
    attempt(write, f"{place}/{HOST['name']}")
    attempt(os.mkdir, f"{place}/{HOST['name']}-folder")
""",
    ),
    prepared(
        "writing into the host's folder",
        "attempt(write, f\"{HOST['folder']}/{HOST['name']}\")",
        works_outside=True,
    ),
    prepared(
        "writing to /tmp and /dev/shm",
        """
for place in ("/tmp", "/dev/shm", "."):
    attempt(write, f"{place}/{HOST['name']}")
""",
        works_outside=True,
    ),
    prepared(
        "shared memory by name",
        """
from multiprocessing.shared_memory import SharedMemory
attempt(SharedMemory, HOST["name"], True, 4096)
print(libc.shm_open(f"/{HOST['name']}-too".encode(), os.O_CREAT | os.O_RDWR, 0o600))
key = libc.shmget(0x5EC2E7, 4096, 0o1600)
print("ESCAPED: System V memory" if key >= 0 else "no")
""",
    ),
    prepared(
        "overwriting the interpreter and the standard library",
        """
for path in (os.__file__, sys.executable, os.path.realpath(sys.executable), HOST["python"], "/lib/libc.so.6"):
    for flags in (os.O_WRONLY, os.O_RDWR | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
        try:
            os.open(path, flags)
            print("ESCAPED", path)
        except OSError as error:
            print(error)
    attempt(os.unlink, path)
    attempt(os.rename, path, path + ".old")
    attempt(os.chmod, path, 0o777)
    attempt(os.utime, path)
""",
    ),
    prepared(
        "links in the working folder that lead to the host",
        """
attempt(os.symlink, HOST["secret"], "input.txt.new")
attempt(os.replace, "input.txt.new", "input.txt")
attempt(write, "input.txt")
attempt(read, "input.txt")
attempt(os.symlink, HOST["folder"], "out")
attempt(write, "out/" + HOST["name"])
attempt(os.link, "/proc/self/exe", "hard")
result = {"path": HOST["secret"]}
""",
        works_outside=True,
    ),
    prepared(
        "changing the kernel's settings",
        """
for path in ("core_pattern", "hostname", "domainname", "modprobe", "panic", "yama/ptrace_scope"):
    try:
        os.close(os.open("/proc/sys/kernel/" + path, os.O_WRONLY))
        print("ESCAPED", path)
    except OSError as error:
        print(error)
attempt(write, "/proc/sys/kernel/ns_last_pid", "1000")
if read("/proc/sys/kernel/ns_last_pid").strip() == "1000":
    print("ESCAPED: numbers of processes")
for path in ("/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/proc/1/mem", "/sys/kernel/uevent_helper",
             "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/binfmt_misc/register"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        print("ESCAPED", path)
    except OSError as error:
        print(error)
""",
    ),
    prepared(
        "changing the host's name and clock",
        """
import time
print(libc.sethostname(b"taken", 5), libc.setdomainname(b"taken", 5))
attempt(time.clock_settime, time.CLOCK_REALTIME, time.time())
try:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    print("ESCAPED")
except OSError:
    pass
""",
    ),
)

MOUNTING = (
    prepared(
        "mounting the host's disks and proc",
        """
os.mkdir("/tmp/m")
for source, kind, flags in ((b"/dev/vda", b"ext4", 0), (b"proc", b"proc", 0), (b"sysfs", b"sysfs", 0),
                            (b"tmpfs", b"tmpfs", 0), (b"/", None, 4096), (b"cgroup2", b"cgroup2", 0)):
    if libc.mount(source, b"/tmp/m", kind, ctypes.c_ulong(flags), None) == 0:
        print("ESCAPED", source, os.listdir("/tmp/m"))
print(libc.fsopen(b"tmpfs", 0) if hasattr(libc, "fsopen") else libc.syscall(430, b"tmpfs", 0))
""",
    ),
    prepared(
        "making mounts writable again",
        """
for place in ("/", "/usr/lib", "/lib", "/python", "/python/lib", os.path.dirname(os.__file__)):
    for flags in (32, 32 | 4096):
        libc.mount(None, place.encode(), None, ctypes.c_ulong(flags), None)
    attempt(write, f"{place}/{HOST['name']}")
print(libc.umount2(b"/proc", 2), libc.umount2(b"/tmp", 2), libc.umount2(b"/usr/lib", 2))
if libc.umount2(b"/proc", 2) == 0:
    print("ESCAPED")
""",
    ),
    prepared(
        "out of a chroot by ..",
        """
os.makedirs("/tmp/jail", exist_ok=True)
attempt(os.chroot, "/tmp/jail")
for _ in range(64):
    os.chdir("..")
attempt(os.chroot, ".")
attempt(read, HOST["secret"])
attempt(read, HOST["secret"].lstrip("/"))
""",
    ),
    prepared(
        "changing the root",
        """
for name in ("new", "new/old"):
    os.makedirs("/tmp/" + name, exist_ok=True)
print(libc.pivot_root(b"/tmp/new", b"/tmp/new/old"), libc.pivot_root(b".", b"."))
if libc.pivot_root(b"/", b"/tmp") == 0:
    print("ESCAPED")
attempt(read, HOST["secret"])
""",
    ),
    prepared(
        "new namespaces to be the administrator in",
        """
flags = {"user": 0x10000000, "mount": 0x20000, "net": 0x40000000, "pid": 0x20000000, "ipc": 0x8000000}
for name, flag in flags.items():
    for also in (0, 0x10000000):
        if libc.unshare(flag | also) == 0:
            print("ESCAPED", name)
""",
    ),
    prepared(
        "new namespaces by clone and clone3",
        """
import platform
number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
for flag in (0x10000000, 0x20000, 0x10020000, 0x40000000):
    pid = libc.syscall(number, ctypes.c_ulong(flag | 17), None, None, None, None)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        print("ESCAPED by clone")
args = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
pid = libc.syscall(435, ctypes.byref(args), 88)
if pid == 0:
    os._exit(0)
if pid > 0:
    print("ESCAPED by clone3")
""",
    ),
    prepared(
        "joining the host's namespaces",
        """
for pid in ("1", "self", str(HOST["pid"]), str(os.getppid())):
    for name in ("mnt", "net", "pid", "user", "ipc", "uts"):
        try:
            fd = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
        except OSError as error:
            print(error)
            continue
        if libc.setns(fd, 0) == 0:
            print("ESCAPED", pid, name)
attempt(read, HOST["secret"])
""",
    ),
)
