"""Worlds to act in and benchmarks to be measured on."""
