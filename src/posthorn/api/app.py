"""The API as one ASGI application."""

from functools import lru_cache

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp, Receive, Scope, Send

from posthorn import __version__
from posthorn.api import problems
from posthorn.api.auditing import note_changes
from posthorn.api.bodies import MAX_BYTES, ApiRequest
from posthorn.api.caller import caller_of, require_key
from posthorn.api.context import Context, context_of, keep_context
from posthorn.api.discovery import found_handlers
from posthorn.api.idempotency.replay import replay_repeats
from posthorn.api.pages import SECURITY_HEADERS
from posthorn.api.paths import decode_parameters, route_encoded
from posthorn.api.system.description import docs_plugin, docs_router


def create_api(context: Context) -> ASGIApp:
    """Every route but the Tracking API's, for this context.

    A request passes, in this order: 1. the router; 2. its path parameters are decoded; 3. its key is checked;
    4. a POST that repeats an Idempotency-Key is answered; 5. what it changes is noted; 6. its handler, which may ask for
    `context` and `caller`.
    """
    routes = _routes()

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        keep_context(scope, context)
        await routes(scope, receive, send)

    return api


@lru_cache(maxsize=1)
def _routes() -> ASGIApp:
    """The routes know no context: building them takes a third of a second, and whoever has several needs them once."""
    return route_encoded(
        Litestar(
            route_handlers=found_handlers(),
            dependencies={
                "context": Provide(context_of, sync_to_thread=False),
                "caller": Provide(caller_of, sync_to_thread=False),
            },
            middleware=[decode_parameters, require_key, replay_repeats, note_changes],
            exception_handlers={Exception: problems.answer},
            request_class=ApiRequest,
            request_max_body_size=MAX_BYTES,
            response_headers=SECURITY_HEADERS,
            openapi_config=_description(),
            logging_config=None,
        )
    )


def _description() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Posthorn",
        version=__version__,
        use_handler_docstrings=True,
        openapi_router=docs_router(),
        render_plugins=[docs_plugin()],
        security=[{"key": []}],
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
    )
