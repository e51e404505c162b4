"""The audiences of one environment, compiled, and found by what they read: a change wakes only those that look at it. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from posthorn.audiences.filters import read_filter
from posthorn.audiences.model import Audience
from posthorn.audiences.rule import Rule
from posthorn.errors import Invalid


class Compiled(Struct, frozen=True, kw_only=True):
    """An audience and its rule; None if it has none, which holds for nobody."""

    audience: Audience
    rule: Rule | None


class AudienceIndex:
    """Never changes. `earlier`: one whose rules are taken over, for versions never change."""

    def __init__(self, audiences: Iterable[Audience] = (), earlier: "AudienceIndex | None" = None) -> None:
        known = earlier.by_id if earlier else {}
        self.by_id: dict[str, Compiled] = {one.audience_id: _compiled(one, known.get(one.audience_id)) for one in audiences}
        self.events: dict[str, int] = {}
        self._by_key: dict[str, list[Compiled]] = {}
        self._by_event: dict[str, list[Compiled]] = {}
        self._by_tenant: list[Compiled] = []
        for one in self.by_id.values():
            if one.rule is not None:
                self._add(one, one.rule)

    def __bool__(self) -> bool:
        return bool(self.by_id)

    def _add(self, one: Compiled, rule: Rule) -> None:
        for key in rule.keys:
            self._by_key.setdefault(key, []).append(one)
        for event, count in rule.events.items():
            self._by_event.setdefault(event, []).append(one)
            self.events[event] = max(self.events.get(event, 0), count)
        if rule.reads_tenants:
            self._by_tenant.append(one)

    def all(self) -> list[Compiled]:
        """Every audience."""
        return list(self.by_id.values())

    def reading(self, keys: Iterable[str], *, tenants: bool = False, event: str = "") -> list[Compiled]:
        """The audiences that read one of these keys of a profile, or tenants, or watch that event; each once."""
        found: dict[str, Compiled] = {}
        for key in keys:
            for one in self._by_key.get(key, ()):
                found[one.audience.audience_id] = one
        for one in self._by_event.get(event, ()) if event else ():
            found[one.audience.audience_id] = one
        for one in self._by_tenant if tenants else ():
            found[one.audience.audience_id] = one
        return list(found.values())


NO_AUDIENCES = AudienceIndex()


def index_by_environment(audiences: Iterable[Audience], earlier: Mapping[str, AudienceIndex]) -> dict[str, AudienceIndex]:
    """An index for each environment that has audiences."""
    grouped: dict[str, list[Audience]] = {}
    for one in audiences:
        grouped.setdefault(one.environment, []).append(one)
    return {environment: AudienceIndex(some, earlier.get(environment)) for environment, some in grouped.items()}


def _compiled(audience: Audience, earlier: Compiled | None) -> Compiled:
    if earlier is not None and earlier.audience.version == audience.version:
        return earlier if earlier.audience == audience else Compiled(audience=audience, rule=earlier.rule)
    return Compiled(audience=audience, rule=compiled_rule(audience))


def compiled_rule(audience: Audience) -> Rule | None:
    """The rule of an audience; None if it has none, or one that this release no longer reads."""
    if audience.filter is None:
        return None
    try:
        return Rule(read_filter(audience.filter))
    except Invalid:
        return None
