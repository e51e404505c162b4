"""The configuration that decisions need, as one unchanging snapshot, loaded again when its revision has moved."""

from collections.abc import Mapping

from msgspec import Struct

from posthorn.access.directory import Directory, load_directory
from posthorn.audiences.definitions import all_audiences
from posthorn.audiences.index import NO_AUDIENCES, AudienceIndex, index_by_environment
from posthorn.automations.library import Library
from posthorn.automations.load import load_library
from posthorn.destinations.segment import Settings as SegmentSettings
from posthorn.destinations.segment import destination as segment
from posthorn.destinations.settings import Installed, load_destination
from posthorn.engine.erasure import load_suppressed
from posthorn.lists.audiences import engage_audiences
from posthorn.messages.config import MessageConfig, MessageSettings
from posthorn.preferences.topics import Topics, load_topics
from posthorn.providers.installed import built_in_mailbox, load_installed
from posthorn.providers.model import InstalledProvider
from posthorn.secrets import Vault
from posthorn.storage.database import Database, Transaction
from posthorn.storage.revision import revision
from posthorn.templates.brands import load_brands
from posthorn.templates.catalogue import TemplateCatalogue, load_catalogue
from posthorn.webhooks.endpoints import Endpoints, load_endpoints

ENVIRONMENTS = ("production", "test")


class Config(Struct, frozen=True, kw_only=True):
    """What is configured at one revision. segment: the way back, by environment, where it is set up.

    webhooks: the endpoints that are told, see engine/way_back.py.
    engage_audiences: (environment, computation id) of an Engage audience → when its first event was seen, UTC milliseconds.
    topics: environment → topic id → topic.
    audiences: our own ones, by environment.
    """

    revision: int
    directory: Directory
    library: Library
    templates: TemplateCatalogue
    installed: tuple[InstalledProvider, ...]
    messages: Mapping[str, MessageConfig]
    segment: Mapping[str, Installed[SegmentSettings]]
    webhooks: Endpoints = Endpoints()
    suppressed: frozenset[tuple[str, str]]
    engage_audiences: Mapping[tuple[str, str], int]
    topics: Topics = {}
    audiences: Mapping[str, AudienceIndex] = {}

    def audience_index(self, environment: str) -> AudienceIndex:
        """The audiences of an environment."""
        return self.audiences.get(environment, NO_AUDIENCES)

    def provider(self, environment: str, provider_id: str) -> InstalledProvider | None:
        """A provider that is installed in the environment, or the built-in mailbox."""
        mailbox = built_in_mailbox(environment)
        found = (one for one in (*self.messages[environment].installed, mailbox) if one.provider_id == provider_id)
        return next(found, None)


class ConfigCache:
    """Holds the latest snapshot."""

    def __init__(self, vault: Vault, settings: MessageSettings) -> None:
        self._vault = vault
        self._settings = settings
        self._latest: Config | None = None

    async def current(self, tx: Transaction) -> Config:
        """The snapshot of the revision that this transaction sees."""
        now_at = await revision(tx)
        if self._latest is None or self._latest.revision != now_at:
            self._latest = await self._load(tx, now_at)
        return self._latest

    async def refresh(self, database: Database) -> None:
        """Loads what has changed since, for those who only look at `latest`."""
        async with database.snapshot() as tx:
            await self.current(tx)

    @property
    def automations(self) -> Library:
        """Every automation and journey with every version."""
        return self.latest.library

    @property
    def latest(self) -> Config:
        """The last snapshot that was loaded; there is one from the start of the server on."""
        assert self._latest is not None  # noqa: S101 - wiring loads it before anybody is served
        return self._latest

    async def _load(self, tx: Transaction, at: int) -> Config:
        templates = await load_catalogue(tx)
        installed = await load_installed(tx, self._vault)
        topics, brands = await load_topics(tx), await load_brands(tx)
        return Config(
            revision=at,
            directory=await load_directory(tx, self._vault),
            library=await load_library(tx, self._latest.library if self._latest else None),
            templates=templates,
            installed=installed,
            messages={
                environment: MessageConfig(
                    templates=templates,
                    installed=tuple(one for one in installed if one.environment == environment),
                    settings=self._settings,
                    topics=topics.get(environment, {}),
                    brands=brands.get(environment, {}),
                )
                for environment in ENVIRONMENTS
            },
            segment=await load_destination(tx, self._vault, segment),
            webhooks=await load_endpoints(tx, self._vault),
            suppressed=await load_suppressed(tx),
            engage_audiences=await engage_audiences(tx),
            audiences=index_by_environment(await all_audiences(tx), self._latest.audiences if self._latest else {}),
            topics=topics,
        )
