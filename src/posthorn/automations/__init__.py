"""Automations and journeys: what starts a run, and how a run walks through its steps.

Tables: automations, automation_versions, runs, run_steps.
Entry functions: `decide.decide` (one event for one user), `decide.on_message_status`, `load.load_library`,
`write.put_draft`, `write.publish`, `write.archive`, and the reads of `runs`.
Everything but `store`, `write`, `runs` and `load.load_library` is pure.
"""
