"""Planning problems with actions and a goal: read, searched, simulated."""
