"""What a message carries, rendered again from what is stored; it is the same each time."""

from posthorn.errors import Invalid, NotFound
from posthorn.messages import store
from posthorn.messages.config import MessageSettings
from posthorn.messages.model import Hop, Message
from posthorn.messages.plan import progress
from posthorn.messages.render import Links, Sheet, rendered_for
from posthorn.preferences.topics import load_topics
from posthorn.secrets import Signer
from posthorn.storage.database import Transaction
from posthorn.templates.brands import load_brands
from posthorn.templates.model import Template, version_name
from posthorn.templates.read import read_template
from posthorn.templates.render import Rendered


async def sheet_of(tx: Transaction, partition: int, message: Message) -> Sheet | None:
    """What a message is rendered from; None if its contents are no longer kept."""
    contents = await store.contents(tx, partition, message.message_id)
    if contents is None:
        return None
    return Sheet(message=message, contents=contents, template=await _template(tx, message))


def outputs(sheet: Sheet, links: Links) -> list[tuple[Hop, Rendered]]:
    """What each channel that was tried carries, or, before that, those that would be tried first."""
    return [(hop, _rendered(sheet, hop, links)) for hop in _hops_with_output(sheet.message)]


async def links_for(tx: Transaction, environment: str, settings: MessageSettings, signer: Signer) -> Links:
    """How links of an environment's messages are made, with its topics and brands."""
    topics, brands = await load_topics(tx), await load_brands(tx)
    return Links(settings=settings, signer=signer, topics=topics.get(environment, {}), brands=brands.get(environment, {}))


async def _template(tx: Transaction, message: Message) -> Template | None:
    if not message.template_id:
        return None
    try:
        return await read_template(tx, message.environment, message.template_id, version_name(message.template_version))
    except NotFound:
        return None


def _hops_with_output(message: Message) -> list[Hop]:
    tried = [hop for hop in message.hops if hop.started_at]
    if tried or message.plan is None:
        return tried
    return [message.hops[index] for index in progress(message.plan, message.hops).starts]


def _rendered(sheet: Sheet, hop: Hop, links: Links) -> Rendered:
    try:
        return rendered_for(sheet, hop, links)
    except Invalid:
        # It could not be rendered when it was sent either; the message's error says why.
        return Rendered()
