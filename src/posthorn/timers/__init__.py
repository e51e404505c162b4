"""Timers: what is due later, one row each; a delay of three months is a row, not a sleeping task.

Tables: timers. Entry: `model.Timer`, `store`.
"""
