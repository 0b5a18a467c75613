"""Language models behind one protocol (`agentkit.protocols.ChatModel`), and what wraps them.

Models: `litellm` (any provider or OpenAI-compatible server), `local` (a GGUF file served from inside
the process), `replay` (a recording). Wrappers: `retry`, `fallback`, `limits`, `metering`, `journaling`,
and `replay` for recording. `find` chooses a model, `structured` gets typed answers out of any of them.
"""
