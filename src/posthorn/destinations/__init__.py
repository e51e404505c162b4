"""Destinations: where events are forwarded to, above all Segment, so that it learns what became of a message.

Tables: destinations, forward_failures. Entry: `segment_events` builds the events, `forward.forward_command` the command
that carries one, `sender.send_batch` sends, `settings` and `failures` keep what is set up and what was refused.
"""
