"""The optimisation worker: formulate, solve, check, answer; errors go back to the model word for word."""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.files import write_formulation
from agentkit.messages import ChatRequest, Completion
from agentkit.task import Attachment
from agentkit.testing.checks import check_worker
from agentkit.testing.models import FunctionModel, ScriptedModel
from agentkit.tools.sandbox import Sandbox
from agentkit.workers.optimization import OptimizationWorker
from tests.workers.optimization.desk import PRINTERS, Desk, assignment

TASK = "A company makes color and plain printers. One machine handles at most 35 a day. Earn most."


def reply(formulation: Any = None, **others: Any) -> str:
    """What a model says."""
    return json.dumps({"formulation": formulation, **others} if formulation is not None else others)


def changed(**elements: Any) -> dict[str, Any]:
    """The printers with other elements."""
    return {**copy.deepcopy(PRINTERS), **elements}


def told(model: ScriptedModel) -> str:
    """The last thing that the model was told."""
    return model.requests[-1].messages[-1].content


async def test_it_answers_in_the_form_that_the_formulation_gives() -> None:
    model = ScriptedModel([reply(PRINTERS, implied=["whole printers"], assumed=["all are sold"])])

    result = await OptimizationWorker().run(assignment(TASK), Desk(model))

    assert result.answer == "20 color, 15 plain\nANSWER: 5050"
    assert result.ok and result.steps == 1
    found = {e.source: e.quote for e in result.evidence}
    assert "proven optimal, objective 5050" in found["solver"]
    assert found["implied"] == "whole printers" and found["assumed"] == "all are sold"


async def test_the_task_comes_in_numbered_sentences_with_hints_for_its_class() -> None:
    model = ScriptedModel([reply(PRINTERS)])

    await OptimizationWorker().run(assignment("Nurses work shifts. Rest 2 consecutive days."), Desk(model))

    system, user = (m.content for m in model.requests[0].messages)
    assert "1| Nurses work shifts." in user and "2| Rest 2 consecutive days." in user
    assert "wrap round" in system


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (
            {"objective": {"maximize": "sum(gain[k] * make[k] for k in kinds)"}},
            "there is nothing called gain",
        ),
        ({"objective": {"maximize": "make['red']"}}, "make has no member [red]"),
        ({"objective": {"maximise": "1"}}, "objective"),
        ({"answer": ["{make['color'}"]}, "answer, line 1"),
        ({"variables": {"make": {"over": "k in kinds", "type": "whole"}}}, "variable make: type"),
        (
            {
                "parameters": {
                    "profit": {"over": "kinds", "values": [1]},
                    "most": {"over": "kinds", "values": [1, 2]},
                }
            },
            "1 values for the 2 members",
        ),
    ],
)
async def test_what_is_wrong_goes_back_word_for_word_and_only_that_is_corrected(
    wrong: dict[str, Any], complaint: str
) -> None:
    right = {key: PRINTERS[key] for key in wrong}
    model = ScriptedModel([reply(changed(**wrong)), reply(right)])

    result = await OptimizationWorker().run(assignment(TASK), Desk(model))

    assert complaint in told(model)
    assert result.answer.endswith("ANSWER: 5050") and result.steps == 2


async def test_it_gives_up_after_so_many_corrections() -> None:
    wrong = reply(changed(objective={"maximize": "nothing_known"}))
    model = ScriptedModel([wrong] * 3)

    result = await OptimizationWorker(max_repairs=2).run(assignment(TASK), Desk(model))

    assert result.failure is not None and result.failure.kind == "bad_output"
    assert "nothing_known" in result.failure.message and model.left == 0


async def test_a_contradiction_is_explained_in_the_tasks_own_sentences() -> None:
    text = "At most 35 printers. At least 40 printers."
    impossible = changed(
        constraints=[
            {"name": "few", "rule": "sum(make[k] for k in kinds) <= 35", "source": 1},
            {"name": "many", "rule": "sum(make[k] for k in kinds) >= 40", "source": 2},
        ]
    )
    model = ScriptedModel([reply(impossible), reply(final="ANSWER: infeasible")])

    result = await OptimizationWorker().run(assignment(text), Desk(model))

    assert "infeasible" in told(model)
    assert "At most 35 printers." in told(model) and "At least 40 printers." in told(model)
    assert result.answer == "ANSWER: infeasible"


async def test_of_an_unbounded_problem_it_says_what_grows() -> None:
    free = changed(variables={"make": {"over": "k in kinds"}}, constraints=[])
    model = ScriptedModel(
        [reply(free), reply({"variables": PRINTERS["variables"], "constraints": PRINTERS["constraints"]})]
    )

    result = await OptimizationWorker().run(assignment(TASK), Desk(model))

    assert "unbounded" in told(model) and "make[" in told(model)
    assert result.answer.endswith("ANSWER: 5050")


async def test_what_looks_strange_is_asked_about_once() -> None:
    forgotten = changed(parameters={**PRINTERS["parameters"], "budget": 900})
    model = ScriptedModel([reply(forgotten), reply(keep=True)])

    result = await OptimizationWorker().run(assignment(TASK), Desk(model))

    assert "budget" in told(model)
    assert result.answer.endswith("ANSWER: 5050") and result.steps == 2


async def test_a_task_that_is_no_such_problem_is_left_to_others() -> None:
    model = ScriptedModel([reply(give_up="this asks for a poem")])

    result = await OptimizationWorker().run(assignment("Write a poem."), Desk(model))

    assert result.failure is not None
    assert (result.failure.kind, result.failure.message) == ("gave_up", "this asks for a poem")


async def test_data_of_files_are_not_copied_through_the_model(tmp_path: Path) -> None:
    (tmp_path / "kinds.csv").write_text("kind,profit,most\ncolor,200,20\nplain,70,30\n", encoding="utf-8")
    table = {"table": "kinds.csv", "keys": ["kind"]}
    by_file = changed(
        sets={"kinds": {"data": table}},
        parameters={name: {"over": "kinds", "data": {**table, "value": name}} for name in ("profit", "most")},
    )
    model = ScriptedModel([reply(by_file)])
    file = Attachment.from_path(tmp_path / "kinds.csv")

    result = await OptimizationWorker().run(assignment(TASK, file), Desk(model))

    assert result.answer.endswith("ANSWER: 5050")
    assert "kinds.csv" in model.requests[0].messages[1].content


async def test_without_a_form_the_model_writes_the_answer_from_the_solution() -> None:
    bare = {key: value for key, value in PRINTERS.items() if key != "answer"}
    model = ScriptedModel([reply(bare), "Make 20 color printers and 15 plain ones, for 5,050."])

    result = await OptimizationWorker().run(assignment(TASK), Desk(model))

    assert result.answer.startswith("Make 20 color printers")
    assert '"objective": 5050.0' in told(model)


async def test_a_what_if_question_changes_the_formulation_that_came_with_it(tmp_path: Path) -> None:
    write_formulation(
        Formulation.read({**PRINTERS, "constraints": {"trays": "sum(make[k] for k in kinds) <= 35"}}),
        tmp_path / "printers.yaml",
    )
    model = ScriptedModel([json.dumps({"edits": ["most['color'] += 5"]})])
    file = Attachment.from_path(tmp_path / "printers.yaml")

    result = await OptimizationWorker().run(
        assignment("What if 5 more color printers could be made?", file), Desk(model)
    )

    assert result.answer.endswith("ANSWER: 5700")
    changes = [e.quote for e in result.evidence if e.source == "change"]
    assert changes[0] == "objective: 5050 before, 5700 now (+650)"


async def test_several_samples_are_drawn_and_the_optimum_most_agree_on_is_kept() -> None:
    other = changed(constraints=[{"name": "trays", "rule": "sum(make[k] for k in kinds) <= 20"}])
    model = ScriptedModel([reply(other), reply(PRINTERS), reply(PRINTERS)])

    result = await OptimizationWorker(samples=3).run(assignment(TASK), Desk(model))

    assert result.answer.endswith("ANSWER: 5050")
    assert "2 of 3 formulations come to 5050" in [e.quote for e in result.evidence]


async def test_a_second_formulation_must_agree() -> None:
    optima = [35, 20, 10]
    each = [
        reply(changed(constraints=[{"name": "trays", "rule": f"sum(make[k] for k in kinds) <= {most}"}]))
        for most in optima
    ]
    model = ScriptedModel(each)

    result = await OptimizationWorker(second=True).run(assignment(TASK), Desk(model))

    assert result.failure is not None and result.failure.kind == "rejected"
    assert "5050" in result.failure.message and "4000" in result.failure.message and model.left == 0


async def test_code_is_not_run_unless_it_is_allowed() -> None:
    model = ScriptedModel([json.dumps({"code": "result = {}"}), reply(PRINTERS)])

    result = await OptimizationWorker().run(assignment(TASK), Desk(model))

    assert "code is not allowed" in told(model)
    assert result.answer.endswith("ANSWER: 5050")


async def test_allowed_code_runs_in_the_sandbox_and_its_errors_go_back() -> None:
    if (await Sandbox().probe()).backend is None:
        pytest.skip("nothing on this machine can fence programs in")
    code = "result = {'status': 'optimal', 'objective': 3, 'answer': 'three'}"
    model = ScriptedModel([json.dumps({"code": "1 / 0"}), json.dumps({"code": code})])

    result = await OptimizationWorker(allow_code=True).run(assignment(TASK), Desk(model))

    assert "ZeroDivisionError" in told(model)
    assert result.answer == "three"
    assert any("sandbox" in e.source for e in result.evidence)


HARD: dict[str, Any] = {
    "sets": {"items": "range(60)", "rows": "range(40)"},
    "variables": {"x": {"over": "items", "type": "binary"}},
    "constraints": [
        {
            "name": "room",
            "forall": "r in rows",
            "rule": "sum((1 + (37 * i * i + 11 * r * i + 7 * r) % 59) * x[i] for i in items) <= 600",
        }
    ],
    "objective": {"maximize": "sum((1 + (53 * i + 13) % 61) * x[i] for i in items)"},
    "answer": ["{proof}", {"text": "BOUND: {bound}", "when": "gap > 0"}],
}
"""Takes longer than a second to prove."""


async def test_at_the_budgets_end_it_tells_the_best_solution_and_its_gap() -> None:
    model = ScriptedModel([reply(HARD)])

    result = await OptimizationWorker().run(assignment(TASK), Desk(model, seconds_left=3.3))

    assert result.answer.startswith("feasible, at most") and "BOUND: " in result.answer


async def test_when_it_is_cancelled_the_solver_stops() -> None:
    model = ScriptedModel([reply({**HARD, "sets": {"items": "range(120)", "rows": "range(60)"}})])
    running = asyncio.create_task(OptimizationWorker().run(assignment(TASK), Desk(model)))
    await asyncio.sleep(1.0)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    async with asyncio.timeout(10):  # its own time limit is a minute
        await asyncio.get_running_loop().shutdown_default_executor()


async def test_it_keeps_the_contract_of_workers() -> None:
    def answer(request: ChatRequest) -> Completion:
        return Completion(text=reply(PRINTERS))

    await check_worker(OptimizationWorker(), model=FunctionModel(answer))


async def test_a_document_is_read_and_its_sentences_can_be_sources(tmp_path: Path) -> None:
    (tmp_path / "order.txt").write_text("At most 35 printers a day.\nA plain one earns 70.", encoding="utf-8")
    model = ScriptedModel([reply(PRINTERS)])
    file = Attachment.from_path(tmp_path / "order.txt")

    await OptimizationWorker().run(assignment("Plan the day as order.txt says.", file), Desk(model))

    asked = model.requests[0].messages[1].content
    assert "3| At most 35 printers a day.\n4| A plain one earns 70." in asked
