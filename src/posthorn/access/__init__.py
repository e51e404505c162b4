"""Access: API keys, sources with their write keys, and the environments they belong to. Keys are kept as hashes only.

Tables: api_keys, sources, write_keys. Entry: `directory.Directory`, an in-memory answer to "whose key is this?".
"""
