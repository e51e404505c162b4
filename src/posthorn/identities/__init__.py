"""Identities: which ids are one person, so that what an anonymous visitor did belongs to the user he turns out to be.

Tables: identities. Entry: `decide.decide` says what an event teaches about ids; the engine's merging moves the state.
"""
