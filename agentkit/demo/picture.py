"""Draws the README's picture out of a real run of the demonstration: `python -m agentkit.demo.picture`."""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
import time
from pathlib import Path

from agentkit.demo.job import demo_task
from agentkit.engine.emitter import Listener
from agentkit.events import Event, SubtaskFinished
from agentkit.result import RunResult

__all__ = ["PICTURE", "draw_picture"]

PICTURE = Path(__file__).resolve().parent / "demo.svg"
"""Where the picture lies."""

_CASSETTE = Path(__file__).resolve().parent / "cassette.jsonl"


def draw_picture() -> str:
    """An SVG with the live tree in the middle of the run, at its end, and the answer."""
    from rich.console import Console
    from rich.text import Text

    from agentkit.cli.tree import draw
    from agentkit.cli.view import RunView

    console = Console(
        record=True, width=112, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print("[bold green]$[/] make demo\n")
    view, drawn = RunView(), 0

    def listen(event: Event) -> None:
        nonlocal drawn
        view.apply(event)
        if isinstance(event, SubtaskFinished):
            drawn += 1
            if drawn == 2:  # two are done, one is under way, the last waits
                console.print(draw(view, event.at))
                console.print()

    result = asyncio.run(_run(listen))
    console.print(draw(view, time.time(), seconds=result.seconds))
    console.print(Text(f"\n{result.answer}", style="bold"))
    # Without rich's web fonts: whoever looks at the picture need not tell a font server.
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="agentkit"), flags=re.DOTALL)


async def _run(listen: Listener) -> RunResult:
    from agentkit.engine.workforce import Workforce
    from agentkit.models.replay import ReplayModel

    with tempfile.TemporaryDirectory() as home:
        force = Workforce(model=ReplayModel(_CASSETTE), home=home)
        return await force.run(demo_task(), on_event=listen)


if __name__ == "__main__":
    PICTURE.write_text(draw_picture(), encoding="utf-8")
    print(f"wrote {PICTURE.name}")
