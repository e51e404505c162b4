"""Profiles: what is known of one user, merged from identify calls and the API, each trait with its time.

Tables: profiles. Entry: `decide` (pure), `store.profile` for readers.
"""
