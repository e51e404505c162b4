"""Why something happened, or did not: the thread of one event, what set a trait, the gates before a run or a message.

Reads only. Entry: `thread.thread_of`, `trait_history`, `why_not`.
"""
