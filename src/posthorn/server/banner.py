"""What the first seconds look like: where Studio is, the keys, and a line to try."""

from posthorn.access.first_keys import StartKey
from posthorn.settings import Settings


def banner(settings: Settings, keys: list[StartKey], studio: str) -> str:
    """The text that a start prints. studio: the address that opens it.

    A key that only its hash is known of is shown by its last characters.
    """
    shown = {
        key.kind: key.key or (f"…{key.shown.hint} (made before; see `posthorn keys create`)" if key.shown else "none")
        for key in keys
    }
    write_key = next((key.key for key in keys if key.kind == "write" and key.key), "YOUR_WRITE_KEY")
    url = settings.local_url
    event = '{"userId":"u-1","event":"Signed Up","properties":{"plan":"team"}}'
    return (
        f"\n  Posthorn is listening on {url}\n\n"
        f"  Studio     {studio}\n"
        f"  API key    {shown.get('api', 'none')}\n"
        f"  Write key  {shown.get('write', 'none')}\n\n"
        f"  Try it:\n"
        f"  curl -u {write_key}: {url}/v1/track -H 'Content-Type: application/json' \\\n"
        f"       -d '{event}'\n\n"
        f"  Ctrl-C stops it.\n\n"
    )
