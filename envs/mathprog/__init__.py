"""Optimisation problems in words with a known optimum, published ones and our own."""

from __future__ import annotations

from agentkit.envs.mathprog.benchmark import Mathprog

__all__ = ["Mathprog"]
