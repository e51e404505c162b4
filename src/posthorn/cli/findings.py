"""What `posthorn doctor` looks at on this machine; each function is one hop and says what to do."""

import http.client
import ipaddress
import shutil
import stat
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from posthorn.cli.tracking_client import connection
from posthorn.settings import Settings
from posthorn.storage.probe import Probe

_SMALL_DISK = 1_000_000_000
_CLOCK_APART_MS = 2_000
_OLDEST_CLOCK_MS = 1_767_225_600_000  # 2026-01-01: nobody runs this before it was written
_HEALTH_TIMEOUT_S = 5.0


class Finding(Struct, frozen=True):
    """One line of the doctor. to_do: "" where nothing is to be done."""

    hop: str
    state: Literal["ok", "warn", "fail"]
    says: str
    to_do: str = ""


def settings_finding(settings: Settings) -> Finding:
    """Whether every name that was set is a setting."""
    if settings.warnings:
        return Finding("settings", "warn", "; ".join(settings.warnings), "Correct the names; `posthorn settings` shows all.")
    return Finding("settings", "ok", "every name that is set is known")


def folder_finding(settings: Settings) -> Finding:
    """Whether the data folder is there with room in it."""
    folder = settings.data
    if not folder.is_dir():
        return Finding("data folder", "warn", f"{folder} is not there", "`posthorn serve` makes it; --data says where it is.")
    free = shutil.disk_usage(folder).free
    if free < _SMALL_DISK:
        return Finding("data folder", "fail", f"{free // 1_000_000} MB free for {folder}", "Make room: a full disk stops it.")
    return Finding("data folder", "ok", f"{folder}, {free // 1_000_000_000} GB free")


def secret_key_finding(settings: Settings) -> Finding:
    """Whether there is a secret key that only we can read."""
    if settings.secret_key:
        return Finding("secret key", "ok", "set by the settings")
    path = settings.secret_key_path
    if not path.exists():
        return Finding("secret key", "warn", f"{path} is not there", "The first start makes it; keep it beside your backups.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("secret key", "fail", f"{path} can be read by others (mode {mode:04o})", f"chmod 600 {path}")
    return Finding("secret key", "ok", f"{path}, mode {mode:04o}")


def database_finding(settings: Settings, probe: Probe) -> Finding:
    """Whether the database opens and is at this version."""
    if settings.is_sqlite and not settings.database_path.exists():
        return Finding("database", "fail", f"{settings.database_path} is not there", "`posthorn serve` makes it.")
    if probe.trouble:
        return Finding("database", "fail", probe.trouble, "Check POSTHORN_DATABASE_URL and who may read the file or connect.")
    if probe.missing:
        return Finding("database", "warn", f"{len(probe.missing)} migrations are missing", "Run `posthorn migrate`.")
    return Finding("database", "ok", "opens, and is at this version")


def clock_finding(probe: Probe, now_ms: int) -> Finding:
    """Whether this machine's clock may be right, and goes with the database's."""
    if now_ms < _OLDEST_CLOCK_MS:
        return Finding("clock", "fail", "the clock of this machine is years behind", "Set it; use NTP.")
    apart_ms = abs(probe.clock_ms - now_ms) if probe.clock_ms else 0
    if apart_ms > _CLOCK_APART_MS:
        return Finding("clock", "fail", f"{apart_ms} ms apart from the database's clock", "Use NTP on both machines.")
    return Finding("clock", "ok", "goes with the database's")


def server_finding(settings: Settings) -> Finding:
    """Whether a server answers here, and can take events."""
    url = f"{settings.local_url}/health"
    try:
        status, reason = _health(settings.local_url)
    except (OSError, http.client.HTTPException):
        return Finding("server", "warn", f"nobody answers at {url}", "Start it: `posthorn serve`.")
    if status != 200:
        return Finding("server", "fail", f"{url} answers {status}: {reason}", "See the server's log.")
    return Finding("server", "ok", f"{url} answers")


def public_url_finding(settings: Settings) -> Finding:
    """Whether links in messages lead here from elsewhere."""
    url = settings.public_url
    if _is_only_here(urlsplit(url).hostname or ""):
        says = f"{url} is for this machine or network only: tracked links do not work elsewhere"
        return Finding("public URL", "warn", says, "Set POSTHORN_PUBLIC_URL before you send to others.")
    if not url.startswith("https://"):
        return Finding("public URL", "warn", f"{url} is not encrypted", "Put a proxy with TLS before it and use https://.")
    return Finding("public URL", "ok", url)


def _health(url: str) -> tuple[int, str]:
    server = connection(url, _HEALTH_TIMEOUT_S)
    try:
        server.request("GET", "/health")
        response = server.getresponse()
        return response.status, _reason(response.read(10_000))
    finally:
        server.close()


def _reason(raw: bytes) -> str:
    try:
        return str(msgspec.json.decode(raw, type=dict[str, Any]).get("reason") or "no reason given")
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return "not an answer of Posthorn"


def _is_only_here(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host
