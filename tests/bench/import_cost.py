"""What an import costs: `python import_cost.py WHO STATEMENT [PACKAGE...]`, in the environment that has it.

Each time is taken in a fresh interpreter: CPU milliseconds of the statement alone, and the peak
memory of the whole process, interpreter included.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import report

__all__: list[str] = []

REPEATS = 6

PROBE = """
import resource, sys, time
began = time.process_time()
{statement}
cpu = (time.process_time() - began) * 1000
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
try:
    with open("/proc/self/status") as status:  # ru_maxrss would count the parent's memory before exec
        peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
except OSError:
    pass
print("measured", cpu, peak)
"""


def probe(statement: str) -> tuple[float, float]:
    """CPU milliseconds and MiB of one import in a new process."""
    code = PROBE.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    words = done.stdout.split()
    return float(words[-2]), float(words[-1])


def main(who: str, statement: str, packages: tuple[str, ...]) -> None:
    """Measure and report; the first import only fills the caches."""
    probes = [probe(statement) for _ in range(REPEATS + 1)][1:]
    figures = {"import_cpu": min(cpu for cpu, _ in probes), "import_rss": max(rss for _, rss in probes)}
    report("import", who, figures, packages, note=statement)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(f"usage: {Path(sys.argv[0]).name} WHO STATEMENT [PACKAGE...]")
    main(sys.argv[1], sys.argv[2], tuple(sys.argv[3:]))
