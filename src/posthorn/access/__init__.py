"""Access: API keys, sources with their write keys, and Studio's sign-in. Keys are kept as hashes only.

Tables: access_keys, sources, studio_password, studio_links.
Entry: `directory.load_directory` (an in-memory answer to "whose key is this?"), `keys` (create, list, revoke),
`first_keys.keys_at_start`, `sources` (create, update, list), `sessions` (Studio's cookie, one-time link and password).
"""
