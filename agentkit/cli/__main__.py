"""`python -m agentkit.cli` is the same as `agentkit`."""

from __future__ import annotations

from agentkit.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
