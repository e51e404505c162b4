"""Whether this server can take events."""

from typing import Literal

import anyio
from litestar import Response, get
from msgspec import Struct

from posthorn import __version__
from posthorn.api.caller import PUBLIC
from posthorn.api.context import Context, GivenContext
from posthorn.errors import PosthornError

_DATABASE_SECONDS = 2


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`reason` is one sentence, when the status is not ok."""

    status: Literal["ok", "unavailable"]
    version: str
    reason: str | None = None


@get("/health", opt=PUBLIC, security=[])
async def read_health(context: GivenContext) -> Response[Health]:
    """200 when events can be accepted, 503 with the reason otherwise."""
    reason = context.obstacle() or await _database_trouble(context)
    headers = {"cache-control": "no-store"}
    if reason:
        body = Health(status="unavailable", version=__version__, reason=reason)
        return Response(body, status_code=503, headers=headers | {"retry-after": "1"})
    return Response(Health(status="ok", version=__version__), headers=headers)


async def _database_trouble(context: Context) -> str:
    try:
        with anyio.fail_after(_DATABASE_SECONDS):
            async with context.database.snapshot() as tx:
                await tx.now_ms()
    except TimeoutError:
        return f"The database did not answer within {_DATABASE_SECONDS} seconds."
    except (PosthornError, OSError) as error:
        return f"The database does not answer: {error}"
    return ""


handlers = [read_health]
