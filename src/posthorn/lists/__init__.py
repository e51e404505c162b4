"""Lists: hand-picked users, and those that an Engage audience sends.

Tables: lists, list_subscriptions, engage_audiences.
Entry: `decide`, `patterns`, `engage` (pure), `store`, `subscriptions`, `audiences`.
"""
