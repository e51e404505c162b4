"""What the deciders of messages must know of the workspace: templates, providers, switches."""

from collections.abc import Mapping

from msgspec import Struct

from posthorn.messages.limits import SendLimit
from posthorn.preferences.model import Topic
from posthorn.providers.model import InstalledProvider
from posthorn.templates.catalogue import TemplateCatalogue
from posthorn.templates.model import Brand


class MessageSettings(Struct, frozen=True, kw_only=True):
    """Switches of one installation.

    public_url: where tracked links lead. tracks_opens, tracks_clicks: of courier.md 6.12. simulates: nothing is given to a
    provider, whatever the key. unsubscribe_mailto: an address that takes what is to be unsubscribed, too; "" for none.
    send_limit: of messages to one user.
    """

    public_url: str
    tracks_opens: bool = True
    tracks_clicks: bool = True
    simulates: bool = False
    unsubscribe_mailto: str = ""
    send_limit: SendLimit | None = None


class MessageConfig(Struct, frozen=True, kw_only=True):
    """The configuration as it lies in memory. installed: of all environments, in the order of preference.

    topics, brands: those of one environment, by id.
    """

    templates: TemplateCatalogue
    installed: tuple[InstalledProvider, ...]
    settings: MessageSettings
    topics: Mapping[str, Topic] = {}
    brands: Mapping[str, Brand] = {}
