"""What the tests of the engine share."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.events import Event


class Heard(list[Event]):
    """A listener that keeps what it hears."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    def of(self, *kinds: str) -> list[Event]:
        """The events of these kinds, in order."""
        return [e for e in self if getattr(e, "kind", "") in kinds]

    def kinds(self) -> list[str]:
        """The kinds of all events, in order."""
        return [str(getattr(e, "kind", "")) for e in self]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for runs."""
    return tmp_path / "home"


@pytest.fixture
def heard() -> Heard:
    """A listener to be given as `on_event`."""
    return Heard()
