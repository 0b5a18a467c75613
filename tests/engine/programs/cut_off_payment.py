"""A run that makes one payment, which must not be made twice and of which nobody can tell whether it was.

    python cut_off_payment.py FOLDER slow|swift [ANSWER]

begins the run, or goes on with it, with the answer to its open question where one is given. A slow
payment leaves time to kill the process before anything is paid.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from agentkit.engine.journal import Journal
from agentkit.engine.workforce import Workforce
from agentkit.messages import ChatRequest, Completion, ToolCall
from agentkit.planners.fixed import FixedPlanner
from agentkit.testing import FunctionModel
from agentkit.tools.tool import tool
from agentkit.workers.reasoning import ReasoningWorker


def speak(request: ChatRequest) -> Completion:
    last = request.messages[-1]
    if last.role == "tool":
        return Completion(text=f"the tool said: {last.content}")
    return Completion(tool_calls=(ToolCall(id="1", name="pay", arguments={"amount": 1200}),))


def main() -> None:
    folder, slow, answers = Path(sys.argv[1]), sys.argv[2] == "slow", sys.argv[3:]

    @tool(repeatable=False)
    async def pay(amount: int) -> str:
        """Pay somebody."""
        (folder / "about-to-pay").touch()
        if slow:
            await asyncio.sleep(60)
        with (folder / "payments.txt").open("a") as file:
            file.write(f"{amount}\n")
        return f"receipt {amount}"

    team = Workforce(
        [ReasoningWorker(tools=[pay])],
        planner=FixedPlanner(),
        model=FunctionModel(speak, native_tools=True),
        home=folder / "home",
    )
    path = folder / "home" / "journal.db"
    if path.exists():
        journal = Journal(path)
        run = journal.runs()[0].id
        asked = journal.open_questions(run)
        journal.close()
        given = {question.id: answer for question, answer in zip(asked, answers, strict=False)}
        result = asyncio.run(team.resume(run, given))
    else:
        result = asyncio.run(team.run("pay the rent"))
    questions = [question.model_dump() for question in result.questions]
    print(json.dumps({"status": result.status, "answer": result.answer, "questions": questions}))


if __name__ == "__main__":
    main()
