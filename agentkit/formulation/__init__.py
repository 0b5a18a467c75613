"""Formulations: problems as typed data, compiled for solvers, checked, and explained in the task's words."""
