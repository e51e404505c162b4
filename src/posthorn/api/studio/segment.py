"""Segment: how events get here, and how what happens to messages gets back."""

from litestar import Response, get

from posthorn.access.keys import list_keys
from posthorn.api.context import GivenContext
from posthorn.api.integrations.segment import integration_state
from posthorn.api.studio.page import page
from posthorn.api.studio.viewer import GivenViewer
from posthorn.destinations import segment
from posthorn.destinations.failures import failures_before

_FAILURES = 20


@get("/segment")
async def show_segment(context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """Both directions as they stand, and how to set them up with the address of this server."""
    async with context.database.snapshot() as tx:
        state = await integration_state(tx, context, viewer.environment)
        keys = [key for key in await list_keys(tx) if key.environment == viewer.environment]
        failures = await failures_before(tx, viewer.environment, segment.destination.key, None, _FAILURES)
    values = {
        "state": state,
        "keys": [key for key in keys if key.revoked_at is None],
        "failures": failures,
        "switches": list(state.source.events.items()),
        "url": context.settings.public_url,
    }
    return page(viewer, "segment", values)


pages = [show_segment]
