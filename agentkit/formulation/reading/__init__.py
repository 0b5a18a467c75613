"""Formulations and data in files."""
