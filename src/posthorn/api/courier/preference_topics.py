"""Topics: what can be opted out of (courier.md 8.2)."""

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.courier.preference_shapes import (
    TopicAnswer,
    TopicBody,
    TopicsAnswer,
    edit_of,
    topic_answer,
    wanted_topic,
)
from posthorn.preferences import editing
from posthorn.preferences.topics import find_section, find_topic, topics_of


@post("/preferences/sections/{section_id:str}/topics", status_code=201)
async def create_topic(
    section_id: FromPath[str], data: JSONBody[TopicBody], context: GivenContext, caller: GivenCaller
) -> TopicAnswer:
    """Makes a topic. It counts for messages at once; the hosted page shows it when it is published again."""
    edit, wanted = edit_of(context, caller), wanted_topic(data)
    async with context.database.transaction() as tx:
        made = await editing.create_topic(tx, caller.environment, section_id, wanted, edit, context.seed())
    await context.config.refresh(context.database)
    return topic_answer(made)


@get("/preferences/sections/{section_id:str}/topics")
async def list_topics(section_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> TopicsAnswer:
    """The topics of a section, oldest first."""
    async with context.database.snapshot() as tx:
        await find_section(tx, caller.environment, section_id)
        topics = (await topics_of(tx, caller.environment)).values()
    return TopicsAnswer(results=[topic_answer(one) for one in topics if one.section_id == section_id])


@get("/preferences/sections/{section_id:str}/topics/{topic_id:str}")
async def read_topic(
    section_id: FromPath[str], topic_id: FromPath[str], context: GivenContext, caller: GivenCaller
) -> TopicAnswer:
    """One topic of a section."""
    async with context.database.snapshot() as tx:
        await find_section(tx, caller.environment, section_id)
        return topic_answer(await find_topic(tx, caller.environment, topic_id, section_id))


@put("/preferences/sections/{section_id:str}/topics/{topic_id:str}")
async def replace_topic(
    section_id: FromPath[str],
    topic_id: FromPath[str],
    data: JSONBody[TopicBody],
    context: GivenContext,
    caller: GivenCaller,
) -> TopicAnswer:
    """Replaces a topic; what users chose stays."""
    place, edit = (section_id, topic_id), edit_of(context, caller)
    async with context.database.transaction() as tx:
        topic = await editing.replace_topic(tx, caller.environment, place, wanted_topic(data), edit)
    await context.config.refresh(context.database)
    return topic_answer(topic)


@delete("/preferences/sections/{section_id:str}/topics/{topic_id:str}")
async def archive_topic(section_id: FromPath[str], topic_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Puts a topic away. Messages that still name it go on obeying what was chosen for it."""
    edit = edit_of(context, caller)
    async with context.database.transaction() as tx:
        await editing.archive_topic(tx, caller.environment, section_id, topic_id, edit)
    await context.config.refresh(context.database)


handlers = [create_topic, list_topics, read_topic, replace_topic, archive_topic]
