"""The engine: the shell around the deciders. It reads and writes, they decide.

Entry: `processor.Processor` (one step of a partition is one transaction), `dispatcher.Dispatcher` (claims commands, makes the
calls, settles), `commands.Commands` (an API write: append, then wait until it is processed), `decide.decide` (pure).
Tables: parked, erasures, suppressions.
"""
