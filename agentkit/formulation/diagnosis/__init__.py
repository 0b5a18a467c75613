"""Why a formulation has no solution or no end, and what in it looks wrong."""
