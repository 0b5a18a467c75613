"""The benchmark: GAIA's form and scorer over questions of our own."""

from __future__ import annotations

from pathlib import Path

from agentkit.envs.gaia import Gaia

__all__ = ["DATA", "GaiaStyle"]

DATA = Path(__file__).resolve().parents[1] / "data" / "gaia_style"
"""Where the questions and their attachments lie."""


class GaiaStyle(Gaia):
    """Questions in GAIA's manner that need no web: three levels, most with files, one short answer each.

    They come with the library, so nothing has to be requested or downloaded.

    >>> next(iter(GaiaStyle().samples())).tags["level"]
    '1'
    """

    name = "gaia-style"

    def _default_data(self) -> Path | None:
        return DATA
