"""Broadcasts: one message to everybody on a list or in an audience, now or at a set time (courier.md 9.9).

Tables: broadcasts; its content is a template of its own, its progress a job. Entry: `editing`, `sending`, `store`.
"""
