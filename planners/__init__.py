"""Those who split tasks; found by name through `agentkit.registry`."""
