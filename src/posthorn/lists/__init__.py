"""Lists: hand-picked users, and those that an Engage audience sends.

Tables: list_subscriptions. Entry: `decide` (pure), `store`.
"""
