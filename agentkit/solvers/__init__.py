"""Arrays in, values out: the solvers that agentkit uses, and what they can tell besides."""
