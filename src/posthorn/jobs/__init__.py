"""Jobs: what touches many users, done page by page with a cursor, so that a million of them never sit in memory.

Tables: jobs. Entry: `store`; the engine's backfill works them.
"""
