"""Studio's style sheet, script and icon."""

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from posthorn.api.studio.page import ASSETS, VERSION
from posthorn.errors import NotFound

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@get("/assets/{name:str}")
async def asset(name: FromPath[str], v: FromQuery[str] = "") -> Response[bytes]:
    """One file. Asked for by its version it may be kept for ever."""
    if name not in ASSETS:
        raise NotFound("There is no such file.")
    lasting = "public, max-age=31536000, immutable" if v == VERSION else "no-cache"
    media_type = _TYPES[name.rpartition(".")[2]]
    return Response(ASSETS[name], media_type=media_type, headers={"cache-control": lasting})


pages = [asset]
