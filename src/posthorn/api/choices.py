"""The choices of one user as a handler reads and checks them: for the API and for the hosted page."""

from collections.abc import Mapping

from msgspec import Struct

from posthorn.api.context import Context
from posthorn.engine.tenant_views import defaults_line, load_tenants
from posthorn.errors import NotFound
from posthorn.identities.store import current_id
from posthorn.log.model import partition_of
from posthorn.preferences.effective import Effective, Line, effective
from posthorn.preferences.model import Preference, Status, Topic
from posthorn.preferences.store import load_preferences
from posthorn.preferences.topics import topics_of


class Choices(Struct, frozen=True, kw_only=True):
    """What one user chose, in the context of a tenant ("" for none). topics: those that can be chosen, by id.

    user_key: whose they are; another id than was asked for if that was merged into him.
    """

    user_key: str
    tenant_id: str
    topics: Mapping[str, Topic]
    preferences: tuple[Preference, ...]
    line: Line = ()

    def here(self) -> list[Preference]:
        """The choices made in this context."""
        return [one for one in self.preferences if one.tenant_id == self.tenant_id]

    def of(self, topic: Topic) -> Effective:
        """What counts for a topic."""
        return effective(topic, self.preferences, self.tenant_id, self.line)

    def find(self, topic_id: str) -> Topic:
        """A topic. Raises NotFound."""
        found = self.topics.get(topic_id)
        if found is None:
            raise NotFound("Topic not found")
        return found

    def refusal(self, topic_id: str, status: Status) -> str:
        """Why a choice cannot be written, one sentence; "" if it can."""
        topic = self.topics.get(topic_id)
        if topic is None:
            return "Topic not found"
        if status == "OPTED_OUT" and self.of(topic).default_status == "REQUIRED":
            return f"{topic.name} is required, nobody can opt out of it"
        return ""


async def read_choices(context: Context, environment: str, user_key: str, tenant_id: str) -> Choices:
    """What a user chose, with the topics as they are now."""
    count = context.database.partition_count
    async with context.database.snapshot() as tx:
        user_key = await current_id(tx, environment, user_key, count)
        partition = partition_of(environment, user_key, count)
        tenants = await load_tenants(tx, environment, {tenant_id}) if tenant_id else {}
        return Choices(
            user_key=user_key,
            tenant_id=tenant_id,
            topics=await topics_of(tx, environment),
            preferences=tuple(await load_preferences(tx, partition, environment, (user_key,))),
            line=defaults_line(tenant_id, tenants),
        )
