"""What a key opens: a source of events, or the HTTP API of one environment."""

from typing import Literal, Protocol

from msgspec import Struct

Environment = Literal["production", "test"]
KeyKind = Literal["api", "write"]
SourceKind = Literal["server", "web", "mobile", "segment_destination", "webhook"]


class Source(Struct, frozen=True, kw_only=True):
    """Where events come from (segment.md 9). Rates of 0 mean no limit by rate; `shared_secrets` sign Segment's
    webhook calls.

    require_signature_and_key: a destination call needs both. allow_profile_writes: "traits" or "contacts"
    (segment.md 10).
    """

    source_id: str
    environment: str
    name: str
    kind: SourceKind = "server"
    enabled: bool = True
    allowed_origins: tuple[str, ...] = ()
    always_200: bool = False
    rate_per_second: int = 0
    burst: int = 0
    max_trigger_age_ms: int = 24 * 3_600_000
    backfill_mode: bool = False
    run_on_test_events: bool = True
    suppress_engage_backfill: bool = True
    consent_categories: tuple[str, ...] = ()
    enforce_profile_consent: bool = False
    delete_mode: Literal["auto", "review"] = "auto"
    allow_profile_writes: Literal["traits", "contacts"] = "traits"
    allow_unsigned_batch_tail: bool = False
    require_signature_and_key: bool = False
    shared_secrets: tuple[str, ...] = ()


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key of the HTTP API. `renders_drafts`: messages sent with it use drafts of templates (courier.md 10.1)."""

    key_id: str
    environment: str
    name: str
    renders_drafts: bool = False


class Key(Struct, frozen=True, kw_only=True):
    """A key as it may be shown: never the key itself, only its last four characters (`hint`, "" for a short one).

    kind: "api" or "write". source_id: of a write key; "" for an API key. Times are UTC milliseconds.
    """

    key_id: str
    kind: str
    environment: str
    source_id: str = ""
    name: str
    hint: str
    renders_drafts: bool = False
    created_at: int
    revoked_at: int | None = None


Role = Literal["owner", "editor", "viewer"]


class StudioUser(Struct, frozen=True, kw_only=True):
    """Somebody who may use Studio. role: an owner may do everything, an editor all but let in others and make keys, a viewer
    may look. sessions_from: sessions that began before are over. Times are UTC milliseconds.
    """

    user_id: str
    email: str
    name: str
    role: Role
    sessions_from: int
    created_at: int


OWNER = StudioUser(user_id="", email="", name="Owner", role="owner", sessions_from=0, created_at=0)
"""Whoever signs in with the password of the settings, or a link of the command line."""


class Keys(Protocol):
    """Answers whose key something is, from memory."""

    def source_of_write_key(self, write_key: str) -> Source | None:
        """The source a write key belongs to, disabled ones included; None for a key nobody knows."""
        ...

    def source(self, source_id: str) -> Source | None:
        """The source of that id, or None."""
        ...

    def api_key(self, key: str) -> ApiKey | None:
        """What an API key opens; None for a key nobody knows or that was revoked."""
        ...
