"""What providers report later: deliveries, bounces, complaints. Public, known only by the signed token in the address."""

import msgspec
from litestar import post
from litestar.params import FromPath
from msgspec import Struct

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import PUBLIC
from posthorn.api.context import Context, GivenContext
from posthorn.api.signed_ids import read_signed_id, sign_id
from posthorn.errors import Invalid, NotFound
from posthorn.events.model import Entry
from posthorn.ids import digest
from posthorn.messages.model import Message, Receipt
from posthorn.messages.store import load_messages
from posthorn.providers import installed
from posthorn.providers.catalogue import providers
from posthorn.providers.model import ProviderReceipt
from posthorn.providers.seam import Provider
from posthorn.secrets import Vault

_PURPOSE = "callback"
_MOST = 1_000
_LONGEST_REASON = 1_000


class Reported(Struct, frozen=True, kw_only=True):
    """What became of a report. unknown: receipts for a message that is not there, or that this provider did not carry."""

    accepted: int
    unknown: int


class _Reporter(Struct, frozen=True, kw_only=True):
    environment: str
    provider_id: str
    declared: Provider


def callback_url(public_url: str, vault: Vault, environment: str, provider_id: str, key: str) -> str:
    """The address that an installed provider may report to; "" if its kind reports nothing."""
    declared = providers().get(key)
    if declared is None or declared.callbacks is None:
        return ""
    return f"{public_url}/callbacks/{provider_id}/{sign_id(vault, _PURPOSE, environment, provider_id)}"


@post("/callbacks/{provider_id:str}/{token:str}", status_code=200, opt=PUBLIC)
async def report(provider_id: FromPath[str], token: FromPath[str], request: ApiRequest, context: GivenContext) -> Reported:
    """Takes what a provider reports about messages; the same report again changes nothing.

    The address is the `callback_url` of the provider. A message nobody knows (any more) is counted and no error, so that
    the provider does not repeat it for ever. For `smtp`, `webhook` and `mock` the body is
    `{"receipts": [{"kind", "message_id", "channel"?, "at"?, "reason"?, "url"?}]}`, kind being sent, delivered, opened,
    clicked, bounced or failed, and `at` milliseconds since 1970.
    """
    reporter = await _reporter(provider_id, token, context)
    if reporter.declared.callbacks is None:
        raise NotFound("Not Found")
    headers = {name.lower(): value for name, value in request.headers.items()}
    receipts = reporter.declared.callbacks(await request.body(), headers)
    if len(receipts) > _MOST:
        raise Invalid(f"At most {_MOST} receipts at a time.")
    messages = await _messages(reporter, receipts, context)
    now = context.clock.now_ms()
    entries = [_entry(reporter, messages[one.message_id], one, now) for one in receipts if one.message_id in messages]
    await context.commands.append(entries)
    return Reported(accepted=len(entries), unknown=len(receipts) - len(entries))


async def _reporter(provider_id: str, token: str, context: Context) -> _Reporter:
    environment, known_id = read_signed_id(context.vault, _PURPOSE, token)
    if not environment or known_id != provider_id:
        raise NotFound("Not Found")
    async with context.database.snapshot() as tx:
        view = await installed.get(tx, context.vault, environment, provider_id)
    declared = providers().get(view.provider)
    if declared is None:
        raise NotFound("Not Found")
    return _Reporter(environment=environment, provider_id=provider_id, declared=declared)


async def _messages(reporter: _Reporter, receipts: list[ProviderReceipt], context: Context) -> dict[str, Message]:
    """Those of the reported messages that this provider was given, by id."""
    ids = tuple({one.message_id for one in receipts if one.message_id})
    found: list[Message] = []
    async with context.database.snapshot() as tx:
        for partition in range(context.database.partition_count if ids else 0):
            found += await load_messages(tx, partition, ids)
    return {one.message_id: one for one in found if _was_given(one, reporter)}


def _was_given(message: Message, reporter: _Reporter) -> bool:
    is_its = any(hop.provider_id == reporter.provider_id and hop.started_at for hop in message.hops)
    return is_its and message.environment == reporter.environment


def _entry(reporter: _Reporter, message: Message, reported: ProviderReceipt, now: int) -> Entry:
    kind = f"message.{reported.kind}"
    body = msgspec.json.encode(_receipt(reporter, reported, now))
    parts = (reporter.provider_id, message.message_id, reported.channel, reported.url, str(reported.at), reported.reason)
    return Entry(
        environment=reporter.environment,
        source_id="",
        origin="provider",
        type=kind,
        user_key=message.user_key,
        message_id=f"{kind}-{digest(kind, *parts).hex()}",
        received_at=now,
        body=body,
    )


def _receipt(reporter: _Reporter, reported: ProviderReceipt, now: int) -> Receipt:
    return Receipt(
        message_id=reported.message_id,
        channel=reported.channel,
        provider_id=reporter.provider_id,
        provider=reporter.declared.key,
        at=now if reported.at is None else min(max(reported.at, 0), now),
        reference=reported.reference,
        error=reported.reason[:_LONGEST_REASON],
        is_recipient_fault=reported.kind == "bounced",
        link=reported.url,
    )


handlers = [report]
