"""Settings: every knob of the server, read once at the start. Only this file looks at the environment.

A value is taken from the first that has one: command line option, environment variable, `posthorn.toml` in the working
directory, default. An empty environment variable counts as not set. All three are text to the same parsers, so that
`port = 8700` in the file, `POSTHORN_PORT=8700` and `--port 8700` mean the same and are refused alike.
"""

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from posthorn.errors import Invalid

FILE_NAME = "posthorn.toml"
DEDUP_DAYS = 30
MASK = "********"
_PREFIX = "POSTHORN_"
_FAILPOINT = "POSTHORN_FAILPOINT"
_EVERY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - never bound here: what a browser is told instead


class Settings(Struct, frozen=True, kw_only=True):
    """All settings, checked. What each one means is said in `SETTINGS`.

    database_url: "" for SQLite in the data folder. log_url: "" for the log in the database. api_key, write_key,
    admin_password, secret_key, metrics_token: "" if not set. public_url: without a slash at the end.
    origins: where each value came from, by field name. warnings: one sentence each, of names nobody knows.
    """

    data: Path
    database_url: str
    log_url: str
    host: str
    port: int
    public_url: str
    api_key: str
    write_key: str
    admin_password: str
    secret_key: str
    metrics_token: str
    rate_per_second: int
    burst: int
    allow_private_network: bool
    trusted_proxies: tuple[str, ...]
    unsubscribe_mailto: str
    raw_event_retention_days: int
    send_limit: str
    ai_url: str
    ai_key: str
    ai_model: str
    origins: dict[str, str]
    warnings: tuple[str, ...] = ()

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the file in the data folder."""
        return not self.database_url

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.data / "posthorn.db"

    @property
    def secret_key_path(self) -> Path:
        """The file that holds the secret key if none is set, mode 0600."""
        return self.data / "secret.key"

    @property
    def worker_lock_path(self) -> Path:
        """Locked by the one worker of the SQLite file."""
        return self.data / "posthorn.worker"

    @property
    def keys_path(self) -> Path:
        """The keys made at the first start, mode 0600."""
        return self.data / "keys.txt"

    @property
    def mailbox_path(self) -> Path:
        """The folder of the built-in mailbox."""
        return self.data / "mailbox"

    @property
    def local_url(self) -> str:
        """Where this machine reaches the server, whatever the world calls it; without a slash at the end."""
        return _url_of(self.host, self.port)


class Setting(Struct, frozen=True):
    """One setting: its name in file and options, how its text is read, its default as text, and what it means.

    `read` raises ValueError with half a sentence, such as "must be a whole number".
    """

    name: str
    read: Callable[[str], Any]
    default: str
    meaning: str
    is_secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable."""
        return _PREFIX + self.name.upper()

    @property
    def option(self) -> str:
        """The command line option."""
        return "--" + self.name.replace("_", "-")


def load_settings(
    options: Mapping[str, object], *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Settings:
    """The settings, from options (by field name; None: not given), environment and the file in `folder`.

    environment, folder: this process's own if not given. Raises Invalid with one line for the first wrong value.
    """
    variables = os.environ if environment is None else environment
    in_file = _read_file((Path() if folder is None else folder) / FILE_NAME)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in SETTINGS:
        text, origin = _find(setting, options, variables, in_file)
        values[setting.name] = _parse(setting, text, origin)
        origins[setting.name] = origin
    if not values["public_url"]:
        values["public_url"] = _url_of(values["host"], values["port"])
    return Settings(**values, origins=origins, warnings=(*_unknown_variables(variables), *_unknown_keys(in_file)))


def masked(settings: Settings, setting: Setting) -> str:
    """The value of one setting as text that may be shown: secrets and passwords in addresses are covered."""
    value = getattr(settings, setting.name)
    if setting.is_secret:
        return MASK if value else ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(value)
    return _without_password(str(value)) if setting.name.endswith("_url") else str(value)


def _find(
    setting: Setting, options: Mapping[str, object], variables: Mapping[str, str], in_file: Mapping[str, object]
) -> tuple[str, str]:
    if options.get(setting.name) is not None:
        return _text(options[setting.name]), f"option {setting.option}"
    if variables.get(setting.variable, "").strip():
        return variables[setting.variable], f"environment {setting.variable}"
    if setting.name in in_file:
        return _text(in_file[setting.name]), FILE_NAME
    return setting.default, "default"


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_text(part) for part in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _parse(setting: Setting, text: str, origin: str) -> object:
    try:
        return setting.read(text.strip())
    except ValueError as problem:
        shown = "" if setting.is_secret else f", not {_without_password(text)!r}"
        raise Invalid(f"{setting.name} (from {origin}) {problem}{shown}") from None


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Invalid(f"{FILE_NAME} is not valid TOML: {problem}") from None
    except OSError as problem:
        raise Invalid(f"{FILE_NAME} cannot be read: {problem.strerror}") from None


def _unknown_variables(variables: Mapping[str, str]) -> list[str]:
    known = [setting.variable for setting in SETTINGS]
    names = sorted(name for name in variables if name.startswith(_PREFIX) and name not in (*known, _FAILPOINT))
    return [f"{name} is not a setting of Posthorn{_suggestion(name, known)}" for name in names]


def _unknown_keys(in_file: Mapping[str, object]) -> list[str]:
    known = [setting.name for setting in SETTINGS]
    names = sorted(name for name in in_file if name not in known)
    return [f"{name} in {FILE_NAME} is not a setting of Posthorn{_suggestion(name, known)}" for name in names]


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _url_of(host: str, port: int) -> str:
    reachable = _EVERY_HOST.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _without_password(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    place, at, after = rest.rpartition("@")
    user, colon, _ = place.partition(":")
    return f"{scheme}{mark}{user}{colon}{MASK}{at}{after}" if mark and at and colon else url


def _folder(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError("must be the path of a folder")
    return Path(text)


def _host(text: str) -> str:
    host = text.removeprefix("[").removesuffix("]")
    if not host or any(mark in host for mark in "/@ \t\r\n"):
        raise ValueError("must be a host name or an address such as 127.0.0.1")
    return host


def _secret(text: str) -> str:
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("must not contain control characters")
    return text


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and lowest <= int(text) <= highest):
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(text)

    return read


def _switch(text: str) -> bool:
    word = text.lower()
    if word not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ValueError("must be on or off")
    return word in {"1", "true", "yes", "on"}


def _networks(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in parts:
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError:
            raise ValueError(f"must be addresses or networks such as 10.0.0.0/8, and {part!r} is none") from None
    return parts


def _mail_address(text: str) -> str:
    name, at, host = text.rpartition("@")
    if text and (not (name and at and host) or not text.isascii() or any(c.isspace() or c in '<>,?&%#"' for c in text)):
        raise ValueError("must be an address such as unsubscribe@example.com")
    return text


def _public_url(text: str) -> str:
    if not text:
        return ""
    if not _is_url(text, {"http", "https"}) or "?" in text or "#" in text or "@" in text:
        raise ValueError("must be an address such as https://posthorn.example.com")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    if text in {"", "sqlite"}:
        return ""
    schemes = {"postgresql", "postgres"}
    is_socket = urlsplit(text).scheme in schemes and "host=/" in text
    if not is_socket and not _is_url(text, schemes):
        raise ValueError("must be postgresql://USER@HOST/NAME, or empty for SQLite in the data folder")
    return text


def _log_url(text: str) -> str:
    if text and not _is_url(text, {"nats", "tls"}):
        raise ValueError("must be nats://HOST:4222, or empty for the log in the database")
    return text


def _is_url(text: str, schemes: set[str]) -> bool:
    parts = urlsplit(text)
    has_port = parts.port is None or parts.port >= 0
    return has_port and parts.scheme in schemes and bool(parts.hostname) and not any(c.isspace() for c in text)


SETTINGS: tuple[Setting, ...] = (
    Setting("data", _folder, "./data", "folder of the SQLite file, the secret key and the mailbox"),
    Setting("database_url", _database_url, "", "postgresql://… for PostgreSQL; empty for SQLite in the data folder"),
    Setting("log_url", _log_url, "", "nats://… for the log on JetStream; empty for the log in the database"),
    Setting("host", _host, "127.0.0.1", "address to listen on"),
    Setting("port", _whole(1, 65_535), "8700", "port to listen on"),
    Setting("public_url", _public_url, "", "what the world calls this server; empty for http://HOST:PORT"),
    Setting("api_key", _secret, "", "an API key that exists in production from the start", True),
    Setting("write_key", _secret, "", "a write key that exists in production from the start", True),
    Setting("admin_password", _secret, "", "password of Studio; empty: a one-time link is printed", True),
    Setting("secret_key", _secret, "", "encrypts credentials; empty: a file in the data folder", True),
    Setting("metrics_token", _secret, "", "bearer token of /metrics for callers that are not on this machine", True),
    Setting("rate_per_second", _whole(0, 1_000_000), "0", "events per second for each source; 0: no limit"),
    Setting("burst", _whole(0, 10_000_000), "0", "events above the rate taken at once; 0: twice the rate"),
    Setting("allow_private_network", _switch, "off", "lets requests go to private and loopback addresses"),
    Setting("trusted_proxies", _networks, "", "addresses or networks whose X-Forwarded-For is believed"),
    Setting("unsubscribe_mailto", _mail_address, "", "an address named in List-Unsubscribe beside the link; empty for none"),
    Setting("raw_event_retention_days", _whole(1, 3_650), "30", "days that events are kept as they came"),
    Setting("send_limit", str, "", "messages that one user gets at most, such as `20 per 1 day`; empty for no limit"),
    Setting("ai_url", _public_url, "", "a model's chat completion API up to its version, for the node ai; empty for none"),
    Setting("ai_key", _secret, "", "bearer token of that API", True),
    Setting("ai_model", str, "", "the model that is asked if a node names none"),
)


def armed_failpoint() -> str:
    """The failpoint that a fault test wants armed, `NAME` or `NAME:PASS`; "" in every other life."""
    return os.environ.get(_FAILPOINT, "")
