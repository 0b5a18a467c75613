"""LangGraph's graph on the random DAGs: a node a subtask, joins as edges, each step in SQLite."""

from __future__ import annotations

import asyncio
import operator
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, TypedDict

from dags import Node
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from measure import makespan_ratio, report

__all__ = ["State"]


class State(TypedDict):
    """What the nodes hand on."""

    done: Annotated[list[str], operator.add]


def step(node: Node) -> Any:
    """The work of a subtask: wait, then say so."""

    async def work(state: State) -> dict[str, list[str]]:
        await asyncio.sleep(node.seconds)
        return {"done": [node.id]}

    return work


def build(nodes: list[Node]) -> StateGraph[State, Any, Any, Any]:
    """The graph: who has several needs waits for all of them."""
    graph = StateGraph(State)
    needed = {need for node in nodes for need in node.needs}
    for node in nodes:
        graph.add_node(node.id, step(node))
    for node in nodes:
        if len(node.needs) > 1:
            graph.add_edge(list(node.needs), node.id)
        else:
            graph.add_edge(node.needs[0] if node.needs else START, node.id)
        if node.id not in needed:
            graph.add_edge(node.id, END)
    return graph


async def run(nodes: list[Node]) -> float:
    """Carry a graph out; building and opening the database are not counted."""
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncSqliteSaver.from_conn_string(str(Path(folder, "checkpoints.db"))) as saver:
            app = build(nodes).compile(checkpointer=saver)
            began = time.perf_counter()
            state = await app.ainvoke(
                {"done": []}, {"configurable": {"thread_id": "bench"}, "recursion_limit": 10_000}
            )
            seconds = time.perf_counter() - began
    if len(state["done"]) != len(nodes):
        raise SystemExit(f"{len(state['done'])} of {len(nodes)} subtasks were done")
    return seconds


async def main() -> None:
    """Measure and report."""
    figures = {f"makespan_{size}": await makespan_ratio(size, run) for size in (10, 100, 500)}
    note = "StateGraph, a node a subtask, AsyncSqliteSaver"
    report("makespan", "langgraph", figures, ("langgraph", "langgraph-checkpoint-sqlite"), note)


if __name__ == "__main__":
    asyncio.run(main())
