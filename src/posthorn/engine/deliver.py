"""Carries out "deliver" commands: message and template become a request of the provider, its answer becomes receipts."""

from collections.abc import Callable, Mapping

from msgspec import Struct, json

from posthorn.clock import Clock
from posthorn.engine.carrier import Called, Job, Settlement
from posthorn.engine.config import Config, ConfigCache
from posthorn.engine.retrying import deliver_retry_at
from posthorn.errors import Invalid
from posthorn.events.model import Entry
from posthorn.ids import digest
from posthorn.messages import store as message_store
from posthorn.messages.config import MessageConfig
from posthorn.messages.dispatching import APART
from posthorn.messages.model import BOUNCED, DELIVERED, FAILED, SENT, Contents, DeliverCommand, Message, Receipt
from posthorn.messages.render import Attempt, Links, Sheet, outgoing
from posthorn.outbox.store import Claimed
from posthorn.providers.deliver import deliver
from posthorn.providers.model import Accepted, Deferred, InstalledProvider, Outgoing, Rejected, Result, Unknown
from posthorn.providers.seam import Provider
from posthorn.providers.wires import Wires
from posthorn.secrets import Signer
from posthorn.storage.database import Transaction
from posthorn.templates.model import Template
from posthorn.templates.store import version as template_version

CALL_TIMEOUT_MS = 60_000

_command = json.Decoder(DeliverCommand).decode


class _Delivery(Struct, frozen=True, kw_only=True):
    """One message to be given to one provider."""

    claimed: Claimed
    command: DeliverCommand
    message: Message
    contents: Contents
    template: Template | None
    installed: InstalledProvider
    is_repeatable: bool


class Deliver:
    """The carrier of messages. `jitter`: a fresh number between -1 and 1 for each retry."""

    commands_per_call = 1

    def __init__(
        self,
        config: ConfigCache,
        providers: Mapping[str, Provider],
        wires: Wires,
        clock: Clock,
        signer: Signer,
        jitter: Callable[[], float],
    ) -> None:
        self._config = config
        self._providers = providers
        self._wires = wires
        self._clock = clock
        self._signer = signer
        self._jitter = jitter

    def concurrency(self, lane: str) -> int:
        """64; where each recipient is called at an address of his own fewer, for there are many lanes of a provider."""
        return 8 if APART in lane else 64

    def is_open(self, lane: str) -> bool:
        """Always: a provider that fails is left alone by its breaker."""
        return True

    async def prepare(self, tx: Transaction, claimed: list[Claimed], now: int) -> list[Job]:
        """The messages of these commands. A message or provider that is gone is settled without a call."""
        await self._config.current(tx)
        commands = [_command(one.body) for one in claimed]
        ids = tuple({command.message_id for command in commands})
        by_partition = {one.partition for one in claimed}
        messages: dict[str, Message] = {}
        contents: dict[str, Contents] = {}
        for partition in by_partition:
            messages |= {one.message_id: one for one in await message_store.load_messages(tx, partition, ids)}
            contents |= {one.message_id: one for one in await message_store.load_contents(tx, partition, ids)}
        jobs: list[Job] = []
        for one, command in zip(claimed, commands, strict=True):
            message, content = messages.get(command.message_id), contents.get(command.message_id)
            template = await _template(tx, self._config.latest, message) if message is not None else None
            jobs.append(self._job(one, command, message, content, template))
        return jobs

    def _job(
        self,
        claimed: Claimed,
        command: DeliverCommand,
        message: Message | None,
        contents: Contents | None,
        template: Template | None,
    ) -> Job:
        if message is None or contents is None:
            return _Settled(Settlement(claimed=claimed, error="The message is gone."))
        installed = self._config.latest.provider(claimed.environment, command.provider_id)
        if installed is None:
            failed = Receipt(
                message_id=command.message_id,
                channel=command.channel,
                provider_id=command.provider_id,
                error="This provider is not installed any more.",
                code="provider_gone",
            )
            return _Settled(Settlement(claimed=claimed, entries=(_entry(claimed, FAILED, failed, self._clock.now_ms()),)))
        declared = self._providers[installed.key]
        delivery = _Delivery(
            claimed=claimed,
            command=command,
            message=message,
            contents=contents,
            template=template,
            installed=installed,
            is_repeatable=declared.idempotency != "none",
        )
        return _Call(self, delivery)

    async def carry_out(self, delivery: _Delivery) -> Called:
        """One attempt: nothing is sent again that nobody could tell from a second message."""
        claimed = delivery.claimed
        if claimed.was_open and not delivery.is_repeatable:
            return self._ended(delivery, FAILED, code="ambiguous")
        if self._clock.now_ms() >= claimed.expires_at:
            return self._ended(delivery, FAILED, code="expired")
        try:
            rendered = self._rendered(delivery)
        except Invalid as error:
            return self._ended(delivery, FAILED, code="render", error=error.message)
        result = await deliver(delivery.installed, rendered, self._wires, timeout_ms=CALL_TIMEOUT_MS)
        return self._answered(delivery, result, rendered.subject)

    def _rendered(self, delivery: _Delivery) -> Outgoing:
        message, config = delivery.message, self._config.latest
        sheet = Sheet(message=message, contents=delivery.contents, template=delivery.template)
        attempt = Attempt(installed=delivery.installed, number=delivery.claimed.attempt, now=self._clock.now_ms())
        links = _links(config.messages[message.environment], self._signer)
        return outgoing(sheet, message.hops[delivery.command.hop], attempt, links)

    def _answered(self, delivery: _Delivery, result: Result, subject: str) -> Called:
        if isinstance(result, Accepted):
            return self._accepted(delivery, result, subject)
        if isinstance(result, Rejected):
            kind = BOUNCED if result.is_recipient_fault else FAILED
            ended = self._ended(
                delivery, kind, code=result.code, error=result.reason, is_recipient_fault=result.is_recipient_fault
            )
            return Called(settlements=ended.settlements, is_well=True)
        if isinstance(result, Unknown) and not delivery.is_repeatable:
            return Called(settlements=self._ended(delivery, FAILED, code="ambiguous").settlements, is_well=False)
        return self._again(delivery, result)

    def _accepted(self, delivery: _Delivery, result: Accepted, subject: str) -> Called:
        now = self._clock.now_ms()
        reference = {**result.reference, "subject": subject} if subject else result.reference
        receipt = self._receipt(delivery, reference=reference, at=now)
        kinds = (SENT, DELIVERED) if result.is_delivered else (SENT,)
        entries = tuple(_entry(delivery.claimed, kind, receipt, now) for kind in kinds)
        return Called(settlements=(Settlement(claimed=delivery.claimed, entries=entries, kept=result.kept),), is_well=True)

    def _again(self, delivery: _Delivery, result: Deferred | Unknown) -> Called:
        now = self._clock.now_ms()
        asked = result.retry_after_ms if isinstance(result, Deferred) else None
        retry_at = deliver_retry_at(delivery.claimed.attempt, now=now, jitter=self._jitter(), retry_after_ms=asked)
        if retry_at >= delivery.claimed.expires_at:
            ended = self._ended(delivery, FAILED, code="expired", error=result.reason)
            return Called(settlements=ended.settlements, is_well=False)
        again = Settlement(claimed=delivery.claimed, retry_at=retry_at, error=result.reason)
        return Called(settlements=(again,), is_well=False)

    def _ended(self, delivery: _Delivery, kind: str, *, code: str, error: str = "", is_recipient_fault: bool = False) -> Called:
        now = self._clock.now_ms()
        receipt = self._receipt(delivery, at=now, code=code, error=error, is_recipient_fault=is_recipient_fault)
        return Called(
            settlements=(Settlement(claimed=delivery.claimed, entries=(_entry(delivery.claimed, kind, receipt, now),)),),
            is_well=True,
        )

    def _receipt(self, delivery: _Delivery, **known: object) -> Receipt:
        return Receipt(
            message_id=delivery.command.message_id,
            channel=delivery.command.channel,
            provider_id=delivery.installed.provider_id,
            provider=delivery.installed.key,
            attempt=delivery.claimed.attempt,
            **known,  # pyright: ignore[reportArgumentType] - the receipt's own fields, named by the callers above
        )


def _links(config: MessageConfig, signer: Signer) -> Links:
    return Links(settings=config.settings, signer=signer, topics=config.topics, brands=config.brands)


async def _template(tx: Transaction, config: Config, message: Message) -> Template | None:
    """The version that the message was routed with; None for inline content."""
    if not message.template_id:
        return None
    known = config.templates.find(message.environment, message.template_id, draft=message.is_draft)
    if known is not None and known.version == message.template_version:
        return known
    return await template_version(tx, message.environment, message.template_id, message.template_version)


class _Call(Struct, frozen=True):
    """A delivery to be made."""

    carrier: Deliver
    delivery: _Delivery

    async def call(self) -> Called:
        """Makes it."""
        return await self.carrier.carry_out(self.delivery)


class _Settled(Struct, frozen=True):
    """A command that needs no call."""

    settlement: Settlement

    async def call(self) -> Called:
        """Says how it ended."""
        return Called(settlements=(self.settlement,), is_well=True)


def _entry(claimed: Claimed, kind: str, receipt: Receipt, now: int) -> Entry:
    """The receipt as an event; the same attempt gives the same messageId."""
    return Entry(
        environment=claimed.environment,
        source_id="",
        origin="provider",
        type=kind,
        user_key=claimed.user_key,
        message_id=f"{kind}-{digest(claimed.command_id, kind, str(claimed.attempt)).hex()}",
        received_at=now,
        body=json.encode(receipt),
    )
