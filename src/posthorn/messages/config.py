"""What the deciders of messages must know of the workspace: templates, providers, switches."""

from msgspec import Struct

from posthorn.providers.model import InstalledProvider
from posthorn.templates.catalogue import TemplateCatalogue


class MessageSettings(Struct, frozen=True, kw_only=True):
    """Switches of one installation.

    public_url: where tracked links lead. tracks_opens, tracks_clicks: of courier.md 6.12. simulates: nothing is given to a
    provider, whatever the key. unsubscribe_header_topics: topics whose mails carry List-Unsubscribe (courier.md 8.5).
    """

    public_url: str
    tracks_opens: bool = True
    tracks_clicks: bool = True
    simulates: bool = False
    unsubscribe_header_topics: frozenset[str] = frozenset()


class MessageConfig(Struct, frozen=True, kw_only=True):
    """The configuration as it lies in memory. installed: of all environments, in the order of preference."""

    templates: TemplateCatalogue
    installed: tuple[InstalledProvider, ...]
    settings: MessageSettings
