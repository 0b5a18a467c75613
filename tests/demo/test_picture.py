"""The README's picture is drawn out of a real run."""

from __future__ import annotations

import asyncio
import re

from agentkit.demo.picture import draw_picture


async def test_the_picture_shows_the_plan_at_work_and_the_answer() -> None:
    picture = await asyncio.to_thread(draw_picture)
    words = picture.replace("&#160;", " ").replace("&amp;", "&")

    assert "settlement" in words and re.search(r"after task\.\w+, task\.\w+, task\.\w+", words)
    assert re.search(r"\| \d+\.\d\d \| 2025-\d\d \|", words)
    assert "@font-face" not in picture
