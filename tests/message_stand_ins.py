"""Messages in tests of the API: requests, receipts, cancels and resends are decided at once."""

from msgspec import json

from api_stand_ins import NotedCommands
from posthorn.events.model import Entry, Event
from posthorn.events.read import read_event
from posthorn.messages import decide, store
from posthorn.messages.config import MessageConfig, MessageSettings
from posthorn.messages.model import (
    CANCEL_REQUESTED,
    RECEIPT_TYPES,
    REQUESTED,
    RESEND_REQUESTED,
    Known,
    MessageReference,
    MessageRequested,
    Outcome,
    Receipt,
)
from posthorn.messages.receipts import receive
from posthorn.providers.installed import built_in_mailbox
from posthorn.storage.database import Database, Transaction
from posthorn.templates.catalogue import TemplateCatalogue

CONFIG = MessageConfig(
    templates=TemplateCatalogue([]),
    installed=(built_in_mailbox("production"), built_in_mailbox("test")),
    settings=MessageSettings(public_url="http://127.0.0.1:8700"),
)
ADA = {"email": "ada@example.test"}


class MessageCommands(NotedCommands):
    """Applies what concerns messages; everybody's profile is Ada's."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    async def append(self, entries: list[Entry]) -> None:
        await super().append(entries)
        for entry in entries:
            async with self._database.transaction() as tx:
                await self._apply(tx, read_event(entry, "evt_0_1_0"))

    async def _apply(self, tx: Transaction, event: Event) -> None:
        now = event.received_at
        if event.type == REQUESTED:
            outcome = self._requested(event, json.decode(event.body, type=MessageRequested))
        elif event.type in RECEIPT_TYPES:
            receipt = json.decode(event.body, type=Receipt)
            (message,) = await store.load_messages(tx, 0, (receipt.message_id,))
            outcome = receive(event, message, receipt, now=now)
        else:
            outcome = await self._referred(tx, event, json.decode(event.body, type=MessageReference))
        await store.save_outcomes(tx, 0, [outcome])

    async def _referred(self, tx: Transaction, event: Event, reference: MessageReference) -> Outcome:
        (message,) = await store.load_messages(tx, 0, (reference.message_id,))
        if event.type == CANCEL_REQUESTED:
            return decide.cancel(event, message, now=event.received_at)
        assert event.type == RESEND_REQUESTED
        contents = await store.contents(tx, 0, reference.message_id)
        assert contents is not None
        return self._requested(event, decide.resend(message, contents, new_message_id=reference.new_message_id))

    def _requested(self, event: Event, requested: MessageRequested) -> Outcome:
        known = Known(profile=ADA)
        return decide.request(event, requested, known=known, config=CONFIG, now=event.received_at)
