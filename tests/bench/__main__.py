"""`python -m tests.bench` from the repository's root; `python tests/bench` from anywhere."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # The files here know each other by their bare names: peers run some of them in other environments.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from run import main

    raise SystemExit(main())
