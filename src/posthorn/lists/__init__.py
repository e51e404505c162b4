"""Lists: hand-picked users, and those that an Engage audience sends.

Tables: lists, list_subscriptions. Entry: `decide` (pure), `patterns` (pure), `store`, `subscriptions`.
"""
