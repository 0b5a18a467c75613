"""Programs that try to get out of the sandbox by the network, by other processes, and by the kernel."""

from __future__ import annotations

from tests.tools.sandbox_attempts import prepared

__all__ = ["NETWORK", "PROCESSES"]

NETWORK = (
    prepared(
        "TCP to the host",
        """
import socket
attempt(socket.create_connection, ("127.0.0.1", HOST["tcp"]), 2)
attempt(socket.create_connection, ("0.0.0.0", HOST["tcp"]), 2)
""",
        works_outside=True,
    ),
    prepared(
        "TCP over IPv6 to the host",
        'import socket\nattempt(socket.create_connection, ("::1", HOST["tcp6"]), 2)',
    ),
    prepared(
        "UDP to the host",
        """
import socket
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", HOST["udp"])))
""",
        works_outside=True,
    ),
    prepared(
        "asking for a name and calling the world",
        """
import socket
for name in ("example.com", "localhost.localdomain"):
    try:
        print("ESCAPED", socket.getaddrinfo(name, 80))
    except OSError as error:
        print(error)
for address in ("8.8.8.8", "1.1.1.1", "169.254.169.254", "10.0.0.1", "192.168.0.1", "172.17.0.1"):
    try:
        print("ESCAPED", socket.create_connection((address, 53), 0.3))
    except OSError as error:
        print(error)
""",
    ),
    prepared(
        "a Unix socket in the file system",
        """
import socket
attempt(lambda: socket.socket(socket.AF_UNIX).connect(HOST["unix"]))
for path in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "/dev/log"):
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("ESCAPED", path)
    except OSError as error:
        print(error)
""",
        works_outside=True,
    ),
    prepared(
        "an abstract Unix socket",
        'import socket\nattempt(lambda: socket.socket(socket.AF_UNIX).connect(HOST["abstract"]))',
        works_outside=True,
    ),
    prepared(
        "raw sockets, packets, netlink and the virtual machine's own",
        """
import socket
wanted = ((2, 3, 1), (2, 3, 255), (17, 3, 768), (16, 3, 0), (40, 1, 0), (38, 5, 0), (31, 3, 1), (29, 3, 1))
for family, kind, protocol in wanted:
    try:
        socket.socket(family, kind, protocol)
        print("ESCAPED", family)
    except OSError as error:
        print(error)
for family in (2, 10, 16, 40):
    try:
        socket.socketpair(family)
        print("ESCAPED", family)
    except OSError as error:
        print(error)
""",
    ),
    prepared(
        "sockets past the C library, by io_uring and by the calls of 32 bits",
        """
import mmap, platform
ring = libc.syscall(425, 8, ctypes.create_string_buffer(120))
if ring >= 0:
    print("ESCAPED: io_uring")
number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
if libc.syscall(number, 2, 1, 0) >= 0 or libc.syscall(0x40000000 + number, 2, 1, 0) >= 0:
    print("ESCAPED: a socket")
if platform.machine() == "x86_64":
    page = mmap.mmap(-1, 4096, prot=7)
    # mov eax, 359 (socket); mov ebx, 2; mov ecx, 1; xor edx, edx; int 0x80; ret
    page.write(bytes.fromhex("53b867010000bb02000000b90100000031d2cd805bc3"))
    made = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    print("ESCAPED: a socket" if made >= 0 else made)
""",
    ),
)

PROCESSES = (
    prepared(
        "signals to the parent and to the host's processes",
        """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for number in set(range(1, 65)) - {32, 33}:
    for pid in (1, os.getppid()):
        attempt(os.kill, pid, number)
for pid in (HOST["victim"], HOST["pid"]):
    if pid > 3:
        attempt(os.kill, pid, 9)
        attempt(os.killpg, pid, 9)
print("still here")
""",
    ),
    prepared("a signal to everybody", "attempt(os.kill, -1, 9)"),
    prepared("a signal to the other process", 'attempt(os.kill, HOST["victim"], 9)', works_outside=True),
    prepared(
        "tracing the guard and the host's processes",
        """
for pid in (1, os.getppid(), HOST["victim"], HOST["pid"]):
    for request in (16, 0x4206):
        if libc.ptrace(request, pid, None, None) == 0:
            print("ESCAPED: traces", pid)
libc.ptrace(0, 0, None, None)
""",
    ),
    prepared(
        "reading and writing the guard's memory",
        """
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(16)
for pid in (1, HOST["victim"]):
    for name in ("mem", "maps", "environ", "auxv", "syscall", "stack", "pagemap"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                print("ESCAPED", pid, name, file.read(1))
        except OSError as error:
            print(error)
    local, remote = Piece(ctypes.addressof(buffer), 16), Piece(0x400000, 16)
    for name in ("process_vm_readv", "process_vm_writev"):
        if getattr(libc, name)(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) >= 0:
            print("ESCAPED", pid, name)
    try:
        fd = os.pidfd_open(pid)
        if libc.syscall(438, fd, 0, 0) >= 0:
            print("ESCAPED", pid, "takes a file")
    except OSError as error:
        print(error)
""",
    ),
    prepared(
        "becoming the administrator",
        """
for name, *args in (("setuid", 0), ("setgid", 0), ("setresuid", 0, 0, 0), ("setreuid", 0, 0)):
    call(name, *args)
call("setgroups", 1, (ctypes.c_uint * 1)(0))
header = (ctypes.c_uint * 2)(0x20080522, 0)
call("capset", header, (ctypes.c_uint * 6)(*[0xFFFFFFFF] * 6))
if os.geteuid() == 0 or "CapEff:\\t0000000000000000" not in read("/proc/self/status"):
    print("ESCAPED")
""",
    ),
    prepared(
        "programs that run as the administrator",
        """
import stat
for top in ("/usr", "/lib", "/lib64", "/python", "/packages", "/bin", "/sbin"):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            found = os.lstat(path)
            if stat.S_ISREG(found.st_mode) and found.st_mode & 0o6000 and found.st_mode & 0o111:
                if not os.statvfs(path).f_flag & os.ST_NOSUID:
                    print("ESCAPED", path)
for path in ("/usr/bin/su", "/bin/sh", "/usr/bin/sudo", "/usr/bin/mount"):
    if os.path.exists(path):
        print("ESCAPED", path)
""",
    ),
    prepared(
        "a library from /tmp",
        """
import re, shutil
maps = open("/proc/self/maps").read()
shutil.copy(re.search(r"/\\S*/libc[.-]\\S*so\\S*", maps)[0], "/tmp/mine.so")
try:
    mine = ctypes.CDLL("/tmp/mine.so")
except OSError as error:
    print(error)
else:
    mounted = mine.mount(b"proc", b"/tmp", b"proc", ctypes.c_ulong(0), None)
    if mine.socket(2, 1, 0) >= 0 or mounted == 0 or mine.setuid(0) == 0:
        print("ESCAPED")
""",
    ),
    prepared(
        "keys, bpf, events and faults of the kernel",
        """
import platform
arm = platform.machine() == "aarch64"
calls = {"add_key": (248, 217), "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
         "userfaultfd": (323, 282), "kexec_load": (246, 104), "init_module": (175, 105),
         "memfd_create": (319, 279), "fanotify_init": (300, 262), "quotactl": (179, 60),
         "acct": (163, 89), "swapon": (167, 224)}
for name, numbers in calls.items():
    buffer = ctypes.create_string_buffer(b"user", 128)
    result = libc.syscall(numbers[arm], buffer, buffer, buffer, 8, ctypes.c_long(-1), 0)
    if result >= 0 or ctypes.get_errno() not in (1, 38):
        print("ESCAPED", name, result, os.strerror(ctypes.get_errno()))
""",
    ),
    prepared(
        "raising the limits",
        """
import resource
for name in [name for name in dir(resource) if name.startswith("RLIMIT_")]:
    kind = getattr(resource, name)
    for limit in ((-1, -1), (resource.getrlimit(kind)[1] + 1,) * 2, (0, resource.getrlimit(kind)[1])):
        try:
            resource.setrlimit(kind, limit)
            print("ESCAPED", name)
        except (OSError, ValueError):
            pass
try:
    os.sched_setaffinity(0, range(64))
    print("ESCAPED: processors")
except OSError:
    pass
try:
    bytearray(600 * 2 ** 20)
    print("ESCAPED: memory")
except MemoryError:
    pass
""",
    ),
    prepared(
        "typing into the terminal",
        """
import fcntl
try:
    print("ESCAPED", os.open("/dev/tty", os.O_RDWR))
except OSError as error:
    print(error)
for fd in range(16):
    for request in (0x5412, 0x541C):
        try:
            fcntl.ioctl(fd, request, b"x")
            print("ESCAPED", fd)
        except OSError:
            pass
""",
    ),
)
