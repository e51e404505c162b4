"""What one user chose of the topics (courier.md 8.3). Each change is an event of that user."""

from typing import Annotated, Literal

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.choices import read_choices
from posthorn.api.commands import command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.api.paging import Paging
from posthorn.errors import Invalid
from posthorn.preferences.effective import Effective
from posthorn.preferences.model import CHANGED, Change, Channel, Choice, PreferencesChanged, Status, Topic

MOST_TOPICS = 50


class WantedTopic(Struct, frozen=True, kw_only=True):
    """The choice for one topic."""

    topic_id: str
    status: Choice
    has_custom_routing: bool | None = None
    custom_routing: list[Channel] | None = None


class FullSet(Struct, frozen=True, kw_only=True):
    """All choices: topics that are not listed go back to the default."""

    topics: Annotated[list[WantedTopic], Meta(max_length=MOST_TOPICS)]


class SomeTopics(Struct, frozen=True, kw_only=True):
    """Some choices: other topics stay as they are."""

    topics: Annotated[list[WantedTopic], Meta(min_length=1, max_length=MOST_TOPICS)]


class OneChoice(Struct, frozen=True, kw_only=True):
    """The choice for the topic in the path. REQUIRED is no choice and refused."""

    status: Status
    has_custom_routing: bool | None = None
    custom_routing: list[Channel] | None = None


class OneBody(Struct, frozen=True, kw_only=True):
    """The choice for the topic in the path."""

    topic: OneChoice


class TopicPreference(Struct, frozen=True, kw_only=True):
    """What counts for the user, and what would if he had not chosen."""

    topic_id: str
    topic_name: str
    status: Status
    default_status: Status
    has_custom_routing: bool
    custom_routing: list[Channel]
    section_id: str
    section_name: str


class PreferencesAnswer(Struct, frozen=True, kw_only=True):
    """The topics the user chose for himself."""

    items: list[TopicPreference]
    paging: Paging


class PreferenceAnswer(Struct, frozen=True, kw_only=True):
    """One topic."""

    topic: TopicPreference


class Written(Struct, frozen=True, kw_only=True):
    """A choice that was written."""

    topic_id: str
    status: Choice
    has_custom_routing: bool
    custom_routing: list[Channel]


class Refused(Struct, frozen=True, kw_only=True):
    """A choice that was not, and why."""

    topic_id: str
    reason: str


class ReplacedAnswer(Struct, frozen=True, kw_only=True):
    """The full set, and which topics went back to the default."""

    items: list[Written]
    deleted: list[str]


class UpdatedAnswer(Struct, frozen=True, kw_only=True):
    """What was written and what was not."""

    items: list[Written]
    errors: list[Refused]


class Success(Struct, frozen=True, kw_only=True):
    """Done."""

    message: Literal["success"] = "success"


@get("/users/{user_id:str}/preferences")
async def list_preferences(
    user_id: FromPath[str], context: GivenContext, caller: GivenCaller, tenant_id: FromQuery[str | None] = None
) -> PreferencesAnswer:
    """The topics that the user chose for himself, in the context of a tenant if one is given."""
    choices = await read_choices(context, caller.environment, user_id, tenant_id or "")
    chosen = [choices.topics[one.topic_id] for one in choices.here() if one.topic_id in choices.topics]
    return PreferencesAnswer(items=[_answer(one, choices.of(one)) for one in chosen], paging=Paging(more=False))


@put("/users/{user_id:str}/preferences")
async def replace_preferences(
    user_id: FromPath[str],
    data: JSONBody[FullSet],
    context: GivenContext,
    caller: GivenCaller,
    tenant_id: FromQuery[str | None] = None,
) -> ReplacedAnswer:
    """Writes the full set, or with the first topic that cannot be written nothing at all."""
    choices = await read_choices(context, caller.environment, user_id, tenant_id or "")
    listed = _last_of_each(data.topics)
    for wanted in listed.values():
        refusal = choices.refusal(wanted.topic_id, wanted.status)
        if refusal:
            raise Invalid(f"topics: {wanted.topic_id}: {refusal}")
    deleted = [one.topic_id for one in choices.here() if one.topic_id in choices.topics and one.topic_id not in listed]
    changes = tuple(_change(wanted.topic_id, wanted.status, wanted) for wanted in listed.values())
    payload = PreferencesChanged(changes=changes, tenant_id=tenant_id or "", replaces=True)
    await _write(context, caller, choices.user_key, payload)
    return ReplacedAnswer(items=_written(changes), deleted=deleted)


@post("/users/{user_id:str}/preferences", status_code=200)
async def update_preferences(
    user_id: FromPath[str],
    data: JSONBody[SomeTopics],
    context: GivenContext,
    caller: GivenCaller,
    tenant_id: FromQuery[str | None] = None,
) -> UpdatedAnswer:
    """Writes those choices that can be written, and tells of the others why not."""
    choices = await read_choices(context, caller.environment, user_id, tenant_id or "")
    listed = _last_of_each(data.topics)
    refusals = {topic_id: choices.refusal(topic_id, wanted.status) for topic_id, wanted in listed.items()}
    changes = tuple(_change(one.topic_id, one.status, one) for one in listed.values() if not refusals[one.topic_id])
    if changes:
        await _write(context, caller, choices.user_key, PreferencesChanged(changes=changes, tenant_id=tenant_id or ""))
    errors = [Refused(topic_id=topic_id, reason=reason) for topic_id, reason in refusals.items() if reason]
    return UpdatedAnswer(items=_written(changes), errors=errors)


@get("/users/{user_id:str}/preferences/{topic_id:str}")
async def read_preference(
    user_id: FromPath[str],
    topic_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    tenant_id: FromQuery[str | None] = None,
) -> PreferenceAnswer:
    """What counts for the user: his choice, or the default."""
    choices = await read_choices(context, caller.environment, user_id, tenant_id or "")
    topic = choices.find(topic_id)
    return PreferenceAnswer(topic=_answer(topic, choices.of(topic)))


@put("/users/{user_id:str}/preferences/{topic_id:str}")
async def write_preference(
    user_id: FromPath[str],
    topic_id: FromPath[str],
    data: JSONBody[OneBody],
    context: GivenContext,
    caller: GivenCaller,
    tenant_id: FromQuery[str | None] = None,
) -> Success:
    """Writes the choice for one topic. A user nobody knows may choose, too."""
    wanted = data.topic
    if wanted.status == "REQUIRED":
        raise Invalid("topic.status: A user is OPTED_IN or OPTED_OUT.")
    choices = await read_choices(context, caller.environment, user_id, tenant_id or "")
    choices.find(topic_id)
    refusal = choices.refusal(topic_id, wanted.status)
    if refusal:
        raise Invalid(f"topic.status: {refusal}")
    change = _change(topic_id, wanted.status, wanted)
    await _write(context, caller, choices.user_key, PreferencesChanged(changes=(change,), tenant_id=tenant_id or ""))
    return Success()


@delete("/users/{user_id:str}/preferences/{topic_id:str}")
async def delete_preference(
    user_id: FromPath[str],
    topic_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    tenant_id: FromQuery[str | None] = None,
) -> None:
    """Forgets the choice for one topic; one that is not there is no error."""
    choices = await read_choices(context, caller.environment, user_id, tenant_id or "")
    if any(one.topic_id == topic_id for one in choices.here()):
        change = Change(topic_id=topic_id)
        await _write(context, caller, choices.user_key, PreferencesChanged(changes=(change,), tenant_id=tenant_id or ""))


async def _write(context: Context, caller: Caller, user_id: str, payload: PreferencesChanged) -> None:
    await context.commands.append_and_wait([command_entry(caller, CHANGED, user_id, payload, context)])


def _last_of_each(topics: list[WantedTopic]) -> dict[str, WantedTopic]:
    return {wanted.topic_id: wanted for wanted in topics}


def _change(topic_id: str, status: Choice, wanted: WantedTopic | OneChoice) -> Change:
    return Change(
        topic_id=topic_id,
        status=status,
        has_custom_routing=bool(wanted.has_custom_routing),
        custom_routing=tuple(wanted.custom_routing or ()),
    )


def _written(changes: tuple[Change, ...]) -> list[Written]:
    return [
        Written(
            topic_id=one.topic_id,
            status=one.status or "OPTED_IN",
            has_custom_routing=bool(one.has_custom_routing),
            custom_routing=list(one.custom_routing or ()),
        )
        for one in changes
    ]


def _answer(topic: Topic, found: Effective) -> TopicPreference:
    return TopicPreference(
        topic_id=topic.topic_id,
        topic_name=topic.name,
        status=found.status,
        default_status=found.default_status,
        has_custom_routing=found.has_custom_routing,
        custom_routing=list(found.custom_routing),
        section_id=topic.section_id,
        section_name=topic.section_name,
    )


handlers = [
    list_preferences,
    replace_preferences,
    update_preferences,
    read_preference,
    write_preference,
    delete_preference,
]
