"""Those who carry out subtasks; found by name through `agentkit.registry`."""
