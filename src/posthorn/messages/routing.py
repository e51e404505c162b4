"""The choice of channels and providers for one message: a plan of attempts, or a stop that says why. Source: courier.md 6.5."""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from posthorn.errors import Invalid
from posthorn.ids import digest
from posthorn.messages.delays import duration_ms
from posthorn.messages.model import Branch, Hop

CHANNELS = ("email", "push", "sms", "inbox", "direct_message", "webhook", "banner")
"""Channel ids; the order is that of a message that asks for no routing."""

PROVIDER_TIMEOUT_MS = 300_000
_DEEPEST = 5
_SHORTEST_TIMEOUT_MS = 1_000

SkipKind = Literal["condition", "address", "no_provider", "not_installed", "unusable", "preference"]
Holds = Callable[[str], bool]


class Candidate(Struct, frozen=True, kw_only=True):
    """A provider that could carry the message. has_address: whether this recipient has one it can use.

    receiver: who answers at the address, "" where the provider itself does.
    is_built_in: nobody installed it; it is there so that a first message needs no account.
    """

    provider_id: str
    key: str
    channel: str
    alias: str = ""
    has_address: bool = True
    receiver: str = ""
    is_built_in: bool = False


class Wanted(Struct, frozen=True, kw_only=True):
    """What the message asks for: `routing` (None: the default), `channels`, `providers` and `timeout` of courier.md 6.2.

    chosen_channels: those its recipient chose, None if he did not choose; they beat conditions of channels (8.4).
    """

    routing: dict[str, Any] | None = None
    channels: dict[str, Any] = {}
    providers: dict[str, Any] = {}
    timeout: dict[str, Any] = {}
    chosen_channels: frozenset[str] | None = None


class Skip(Struct, frozen=True, kw_only=True):
    """A channel, or one provider of it, that was passed over, and the sentence that says why."""

    kind: SkipKind
    channel: str
    reason: str
    provider_id: str = ""
    provider: str = ""


class Route(Struct, frozen=True, kw_only=True):
    """Somewhere to go."""

    plan: Branch
    hops: tuple[Hop, ...]
    skipped: tuple[Skip, ...] = ()


class NoRoute(Struct, frozen=True, kw_only=True):
    """Nowhere to go: the status, reason and error of courier.md 6.5 and 6.7."""

    status: str
    reason: str
    error: str
    skipped: tuple[Skip, ...] = ()


class _Survey:
    """Walks the wanted routing and collects the hops and what was passed over."""

    def __init__(self, wanted: Wanted, candidates: tuple[Candidate, ...], holds: Holds) -> None:
        self.wanted = wanted
        self.candidates = candidates
        self.holds = holds
        self.hops: list[Hop] = []
        self.skipped: list[Skip] = []

    def branch(self, routing: dict[str, Any], depth: int = 0) -> Branch:
        nodes: list[int | Branch] = []
        for entry in _list(routing.get("channels")):
            node = self._entry(entry, depth)
            if node is not None:
                nodes.append(node)
        return Branch(method="all" if routing.get("method") == "all" else "single", nodes=tuple(nodes))

    def _entry(self, entry: Any, depth: int) -> int | Branch | None:
        if isinstance(entry, dict) and depth < _DEEPEST:
            branch = self.branch(entry, depth + 1)
            return branch if branch.nodes else None
        if isinstance(entry, str) and entry in CHANNELS:
            return self._channel(entry)
        if isinstance(entry, str):
            return self._named(entry)
        self.skipped.append(Skip(kind="unusable", channel="", reason="An entry of routing.channels cannot be read."))
        return None

    def _channel(self, channel: str) -> int | Branch | None:
        config = _dict(self.wanted.channels.get(channel))
        if not self._is_wanted(channel):
            return None
        installed = [candidate for candidate in self.candidates if candidate.channel == channel]
        names = [str(name) for name in _list(config.get("providers"))]
        chosen = [found for name in names for found in installed if _is_called(found, name)] if names else installed
        if not chosen:
            self.skipped.append(_nobody(channel, names, installed))
            return None
        return self._providers(chosen, "all" if config.get("routing_method") == "all" else "single")

    def _named(self, name: str) -> int | Branch | None:
        chosen = [candidate for candidate in self.candidates if _is_called(candidate, name)]
        if not chosen:
            self.skipped.append(_nobody(name, [name], list(self.candidates)))
            return None
        channel = chosen[0].channel
        if not self._is_wanted(channel):
            return None
        return self._providers(chosen, "single")

    def _providers(self, chosen: list[Candidate], method: Literal["single", "all"]) -> int | Branch | None:
        nodes: list[int | Branch] = [index for index in map(self._hop, chosen) if index is not None]
        if len(nodes) < 2:
            return nodes[0] if nodes else None
        return Branch(method=method, nodes=tuple(nodes))

    def _hop(self, candidate: Candidate) -> int | None:
        if any(hop.provider_id == candidate.provider_id and hop.channel == candidate.channel for hop in self.hops):
            return None
        config = _dict(self.wanted.providers.get(candidate.key))
        if not self._passes(config.get("if"), candidate.channel, candidate):
            return None
        if not candidate.has_address:
            reason = f"The recipient has no address that {candidate.key} can use."
            self.skipped.append(_skip("address", candidate.channel, reason, candidate))
            return None
        receiver = digest(candidate.receiver)[0] if candidate.receiver else -1
        hop = Hop(channel=candidate.channel, provider_id=candidate.provider_id, provider=candidate.key, receiver=receiver)
        timeout_ms = self._timeout_ms(candidate, config)
        self.hops.append(hop if timeout_ms == hop.timeout_ms else _with_timeout(hop, timeout_ms))
        return len(self.hops) - 1

    def _is_wanted(self, channel: str) -> bool:
        chosen = self.wanted.chosen_channels
        if chosen is None:
            return self._passes(_dict(self.wanted.channels.get(channel)).get("if"), channel, None)
        if channel not in chosen:
            self.skipped.append(Skip(kind="preference", channel=channel, reason="The recipient does not want this channel."))
        return channel in chosen

    def _passes(self, condition: Any, channel: str, candidate: Candidate | None) -> bool:
        if condition is None or condition == "":
            return True
        try:
            if condition is True or (isinstance(condition, str) and self.holds(condition)):
                return True
            reason = "Its condition is false."
        except Invalid as error:
            reason = f"Its condition cannot be used: {error.message}"
        self.skipped.append(_skip("condition", channel, reason, candidate))
        return False

    def _timeout_ms(self, candidate: Candidate, config: dict[str, Any]) -> int:
        of_channel = _dict(_dict(self.wanted.channels.get(candidate.channel)).get("timeouts"))
        of_message = self.wanted.timeout
        provider_ms = _first_ms(
            config.get("timeouts"), of_channel.get("provider"), _dict(of_message.get("provider")).get(candidate.key)
        )
        channel_ms = _first_ms(of_channel.get("channel"), _dict(of_message.get("channel")).get(candidate.channel))
        wanted_ms = PROVIDER_TIMEOUT_MS if provider_ms is None else provider_ms
        # No provider of a channel may take longer than the channel has.
        return max(wanted_ms if channel_ms is None else min(wanted_ms, channel_ms), _SHORTEST_TIMEOUT_MS)


def route(wanted: Wanted, candidates: tuple[Candidate, ...], holds: Holds) -> Route | NoRoute:
    """The attempts to make for what is wanted with what there is. `holds` says whether an `if` is true; it may raise Invalid.

    Candidates are in the order in which they are preferred. Each one passed over is in `skipped`, except repetitions.
    """
    survey = _Survey(wanted, candidates, holds)
    plan = survey.branch(wanted.routing or _default(candidates))
    skipped = tuple(survey.skipped)
    if survey.hops:
        return Route(plan=plan, hops=tuple(survey.hops), skipped=skipped)
    return _no_route(candidates, skipped)


def _default(candidates: tuple[Candidate, ...]) -> dict[str, Any]:
    present = {candidate.channel for candidate in candidates}
    return {"method": "single", "channels": [channel for channel in CHANNELS if channel in present]}


def _no_route(candidates: tuple[Candidate, ...], skipped: tuple[Skip, ...]) -> NoRoute:
    kinds = {skip.kind for skip in skipped}
    if kinds == {"preference"}:
        return NoRoute(status="UNDELIVERABLE", reason="UNSUBSCRIBED", error=_sentence(skipped), skipped=skipped)
    kinds.discard("preference")
    if kinds == {"condition"}:
        status, reason = "FILTERED", "FILTERED"
    elif kinds != {"address"} and all(candidate.is_built_in for candidate in candidates):
        return NoRoute(status="UNROUTABLE", reason="NO_PROVIDERS", error="No providers added", skipped=skipped)
    elif kinds == {"not_installed"}:
        status, reason = "UNROUTABLE", "PROVIDER_ERROR"
    elif kinds == {"no_provider"}:
        status, reason = "UNROUTABLE", "NO_PROVIDERS"
    else:
        status, reason = "UNROUTABLE", "NO_CHANNELS"
    return NoRoute(status=status, reason=reason, error=_sentence(skipped), skipped=skipped)


def _sentence(skipped: tuple[Skip, ...]) -> str:
    if len(skipped) == 1 and skipped[0].kind == "not_installed":
        return skipped[0].reason
    whys = [f"{skip.channel}: {skip.reason}" if skip.channel else skip.reason for skip in skipped]
    return " ".join(dict.fromkeys(whys)) or "No channel is left to try."


def _nobody(channel: str, names: list[str], installed: list[Candidate]) -> Skip:
    if not names:
        return Skip(kind="no_provider", channel=channel, reason="No provider is installed for this channel.")
    keys = ", ".join(dict.fromkeys(candidate.key for candidate in installed)) or "none"
    reason = f"No provider(s) {', '.join(names)} in the list of message channel provider(s): {keys}."
    return Skip(kind="not_installed", channel=channel, reason=reason)


def _skip(kind: SkipKind, channel: str, reason: str, candidate: Candidate | None) -> Skip:
    if candidate is None:
        return Skip(kind=kind, channel=channel, reason=reason)
    return Skip(kind=kind, channel=channel, reason=reason, provider_id=candidate.provider_id, provider=candidate.key)


def _with_timeout(hop: Hop, timeout_ms: int) -> Hop:
    return replace(hop, timeout_ms=timeout_ms)


def _is_called(candidate: Candidate, name: str) -> bool:
    return name in (candidate.key, candidate.provider_id) or (candidate.alias != "" and name == candidate.alias)


def _first_ms(*given: Any) -> int | None:
    return next((found for found in map(duration_ms, given) if found is not None), None)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
