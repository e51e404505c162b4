"""The world outside of a flow: a mail server and a Segment, both real ends of a socket."""

from collections.abc import AsyncIterator

import pytest

from sinks import MailSink, SegmentSink, mail_sink, segment_sink


@pytest.fixture
async def letters() -> AsyncIterator[MailSink]:
    """A mail server."""
    async with mail_sink() as sink:
        yield sink


@pytest.fixture
async def segment() -> AsyncIterator[SegmentSink]:
    """A Segment."""
    async with segment_sink() as sink:
        yield sink
