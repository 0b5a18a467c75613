"""Asks people: at once where somebody is there to answer, durably where not."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from agentkit.engine.emitter import Emitter
from agentkit.engine.journal import Journal
from agentkit.events import QuestionAsked
from agentkit.protocols import AnswersQuestions
from agentkit.result import Question, QuestionKind

__all__ = ["People", "Suspended", "is_yes"]


class Suspended(BaseException):
    """Carries a step's questions out of it while nobody has answered.

    Not an `Exception`, as a worker's error handling must not swallow it.
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(", ".join(q.id for q in questions))
        self.questions = tuple(questions)


class People:
    """The people who can be asked in one session of a run."""

    def __init__(
        self, journal: Journal, run_id: str, emitter: Emitter, answerer: AnswersQuestions | None
    ) -> None:
        self._journal = journal
        self._run = run_id
        self._emitter = emitter
        self._answerer = answerer
        self._answers = journal.answers(run_id)
        self._places = journal.places(run_id)
        self._turn = asyncio.Lock()

    async def ask(
        self, place: str, kind: QuestionKind, prompt: str, detail: str = "", subtask: str = ""
    ) -> str:
        """The answer; raises `Suspended` where there is none yet.

        `place` tells this question from all others of the run, and is the same when the run goes on.
        """
        digest = hashlib.sha256(f"{self._run}/{place}/{kind}/{prompt}".encode()).hexdigest()
        question = Question(id=f"q-{digest[:8]}", kind=kind, prompt=prompt, detail=detail, subtask=subtask)
        if question.id in self._answers:
            return self._answers[question.id]
        await self._journal.record_question(self._run, question)
        self._emitter.emit(QuestionAsked, question=question)
        if self._answerer is not None:
            async with self._turn:  # a person is asked one thing at a time
                answer = await self._answerer(question)
            if answer is not None:
                self._accept(question.id, answer)
                return answer
        raise Suspended((question,))

    async def wait_at(self, place: str, questions: Sequence[Question]) -> None:
        """Remember which questions the graph's interrupt at `place` stands for.

        When a graph is resumed, another step may stand at that place: its order of steps is not fixed.
        """
        if place not in self._places:
            self._places[place] = tuple(q.id for q in questions)
            await self._journal.place_questions(self._run, place, self._places[place])

    def accept(self, place: str, value: Any) -> str:
        """Take what a graph was resumed with: a mapping by question id, or one answer to one question.

        Returns what is wrong with it, or nothing. It does not raise: LangGraph has kept the value, would
        give it again for ever, and the run could never go on.
        """
        asked = self._places.get(place, ())
        if not isinstance(value, dict):
            if len(asked) != 1:
                return f"one answer for several questions ({', '.join(asked)}): resume with {{id: answer, …}}"
            value = {asked[0]: value}
        known = {q.id for q in self._journal.open_questions(self._run)} | self._answers.keys()
        if unknown := [str(key) for key in value if key not in known]:
            return f"nothing called {', '.join(unknown)} was asked: resume with {{id: answer, …}}"
        self._places.pop(place, None)
        for key, answer in value.items():
            self._accept(key, str(answer))
        return ""

    def _accept(self, question_id: str, answer: str) -> None:
        self._journal.answer(self._run, question_id, answer)
        self._answers[question_id] = answer


def is_yes(answer: str) -> bool:
    """Whether an answer to an approval agrees.

    >>> is_yes("Yes"), is_yes("y"), is_yes("no, it is too dear")
    (True, True, False)
    """
    words = answer.strip().lower().split()
    return bool(words) and words[0].strip(".,;:!") in {
        "y",
        "yes",
        "ok",
        "okay",
        "approve",
        "approved",
        "true",
    }
