"""Changes of a formulation, and what they change in its solution."""
