"""The second way: a formulation read value by value, as a Pyomo model, also for nonlinear solvers."""
