"""Posthorn: a self-hosted notification server. Segment events in, messages out, what happened back to Segment."""

__version__ = "0.1.0"
