"""Every automation and journey with every version, as one unchanging snapshot in memory."""

from collections.abc import Iterable

from msgspec import Struct, structs

from posthorn.automations.compile import Program, compile_program
from posthorn.automations.model import Automation
from posthorn.automations.triggers import TriggerIndex
from posthorn.errors import Invalid

_Key = tuple[str, str, int]


_DRAFT = 2**31
"""The number of a draft that is tried out."""

_NO_TRIGGERS = TriggerIndex(())


class _Compiled(Struct, frozen=True, kw_only=True):
    program: Program | None


class Library:
    """What is known of automations at one moment. `earlier`: a snapshot whose programs are taken over."""

    def __init__(self, versions: Iterable[Automation] = (), earlier: "Library | None" = None) -> None:
        self._versions = {(one.environment, one.automation_id, one.version): one for one in versions}
        self._live = {
            (one.environment, one.automation_id): one
            for one in self._versions.values()
            if one.version == one.published_version and one.version > 0
        }
        self._aliases = {(one.environment, one.alias): one for one in self._live.values() if one.alias}
        known = earlier._programs if earlier else {}
        self._programs: dict[_Key, _Compiled] = {
            key: known.get(key) or _compiled(one) for key, one in self._versions.items() if one.version > 0
        }
        self._remembering = frozenset(one.environment for one in self._versions.values() if one.rules.remembers)
        self._triggers: dict[str, TriggerIndex] = {
            environment: TriggerIndex(one for one in self._live.values() if one.environment == environment and fires(one))
            for environment in {one.environment for one in self._live.values()}
        }

    @property
    def remembering(self) -> frozenset[str]:
        """The environments with a rule that looks at what is remembered of everybody."""
        return self._remembering

    def find(self, environment: str, automation_id: str) -> Automation | None:
        """The live version by id or alias, archived and disabled ones included; None if it was never published."""
        return self._live.get((environment, automation_id)) or self._aliases.get((environment, automation_id))

    def live(self, environment: str) -> list[Automation]:
        """Every live version of an environment, by name."""
        found = (one for one in self._live.values() if one.environment == environment)
        return sorted(found, key=lambda one: (one.name.lower(), one.automation_id))

    def alone(self, automation: Automation) -> "Library":
        """A library in which this version is live and no event starts any other: those are only there to be invoked."""
        others = [
            structs.replace(one, triggers=())
            for one in self._versions.values()
            if (one.environment, one.automation_id) != (automation.environment, automation.automation_id)
        ]
        number = automation.version or _DRAFT
        live = structs.replace(automation, version=number, published_version=number, is_enabled=True, state="PUBLISHED")
        return Library([*others, live], earlier=self)

    def version(self, environment: str, automation_id: str, version: int) -> Automation | None:
        """One version, 0 for the draft; None if there is none."""
        return self._versions.get((environment, automation_id, version))

    def program(self, environment: str, automation_id: str, version: int) -> Program | None:
        """The program of a published version; None if there is none or it cannot run any more."""
        compiled = self._programs.get((environment, automation_id, version))
        return compiled.program if compiled else None

    def triggers(self, environment: str) -> TriggerIndex:
        """The triggers of the environment's live automations that are enabled and not archived."""
        return self._triggers.get(environment, _NO_TRIGGERS)


def fires(automation: Automation) -> bool:
    """Whether its triggers count: it is enabled and not archived."""
    return automation.is_enabled and automation.state != "ARCHIVED"


def _compiled(automation: Automation) -> _Compiled:
    try:
        return _Compiled(program=compile_program(automation.kind, automation.nodes, automation.rules))
    except Invalid:
        # It ran when it was published; what a later release no longer accepts ends its runs in ERROR.
        return _Compiled(program=None)
