"""Outbox: commands for the outside world, claimed with a visibility timeout and settled with the attempt number as
fence.

Tables: outbox. Entry: `model.Command`, `store`.
"""
