"""Statements of messages, their contents and their history."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

from msgspec import Struct, json
from msgspec.structs import replace

from posthorn.messages.filters import MOST_VALUES, MessageFilter
from posthorn.messages.model import Contents, HistoryItem, Message, Outcome
from posthorn.storage.database import Transaction

_SEPARATOR = "\x1f"

_message_decoder = json.Decoder(Message)
_contents_decoder = json.Decoder(Contents)
_items_decoder = json.Decoder(tuple[HistoryItem, ...])


class _State(Struct, frozen=True, kw_only=True):
    state: bytes
    archived_at: int | None


class _ContentsRow(Struct, frozen=True, kw_only=True):
    contents: bytes


class _Items(Struct, frozen=True, kw_only=True):
    items: bytes


class _Id(Struct, frozen=True, kw_only=True):
    message_id: str


async def load_messages(tx: Transaction, partition: int, message_ids: tuple[str, ...]) -> list[Message]:
    """The messages of these ids that exist in the partition, in no order."""
    rows = await tx.all(
        _State,
        "SELECT state, archived_at FROM messages "
        f"WHERE partition = :partition AND {tx.sql.is_any('message_id', 'message_ids')}",
        partition=partition,
        message_ids=message_ids,
    )
    return [_message(row) for row in rows]


async def load_contents(tx: Transaction, partition: int, message_ids: tuple[str, ...]) -> list[Contents]:
    """The contents of these messages, as far as they have not been pruned, in no order."""
    rows = await tx.all(
        _ContentsRow,
        f"SELECT contents FROM message_contents WHERE partition = :partition AND {tx.sql.is_any('message_id', 'message_ids')}",
        partition=partition,
        message_ids=message_ids,
    )
    return [_contents_decoder.decode(row.contents) for row in rows]


async def save_outcomes(tx: Transaction, partition: int, outcomes: Sequence[Outcome]) -> None:
    """Everything a block did to messages, in the order in which it was decided: the last state of each, all the history."""
    changed = [outcome for outcome in outcomes if outcome.history]
    await save_messages(tx, partition, {outcome.message.message_id: outcome.message for outcome in changed}.values())
    contents = [outcome.contents for outcome in changed if outcome.contents is not None]
    await save_contents(tx, partition, {one.message_id: one for one in contents}.values())
    await save_history(tx, partition, [(outcome.message.message_id, outcome.history) for outcome in changed])


async def save_messages(tx: Transaction, partition: int, messages: Iterable[Message]) -> None:
    """Writes messages as they are now. Whether they are archived is left alone."""
    await tx.many(
        "INSERT INTO messages (partition, message_id, environment, recipient, status, template_id, event, tenant_id, "
        "list_id, request_id, trace_id, tags, providers, enqueued_at, state) VALUES (:partition, :message_id, :environment, "
        ":recipient, :status, :template_id, :event, :tenant_id, :list_id, :request_id, :trace_id, :tags, :providers, "
        ":enqueued_at, :state) ON CONFLICT (partition, message_id) DO UPDATE SET status = excluded.status, "
        "template_id = excluded.template_id, tenant_id = excluded.tenant_id, providers = excluded.providers, "
        "state = excluded.state",
        [_row(partition, message) for message in messages],
    )


async def save_contents(tx: Transaction, partition: int, contents: Iterable[Contents]) -> None:
    """Writes what messages are made from; a message whose delay is over gets the profile of that moment."""
    await tx.many(
        "INSERT INTO message_contents (partition, message_id, contents) VALUES (:partition, :message_id, :contents) "
        "ON CONFLICT (partition, message_id) DO UPDATE SET contents = excluded.contents",
        [{"partition": partition, "message_id": one.message_id, "contents": json.encode(one)} for one in contents],
    )


async def save_history(tx: Transaction, partition: int, rows: Sequence[tuple[str, Sequence[HistoryItem]]]) -> None:
    """Adds lines behind those that are there: (message id, items), one row each."""
    await tx.many(
        "INSERT INTO message_history (partition, message_id, position, items) "
        "SELECT :partition, :message_id, COALESCE(MAX(position), 0) + 1, :items FROM message_history "
        "WHERE partition = :partition AND message_id = :message_id",
        [{"partition": partition, "message_id": message_id, "items": json.encode(items)} for message_id, items in rows],
    )


async def find_message(tx: Transaction, environment: str, partition_count: int, message_id: str) -> tuple[int, Message] | None:
    """A message and its partition, wherever it lies; None if there is none in this environment."""
    for partition in range(partition_count):
        for message in await load_messages(tx, partition, (message_id,)):
            return (partition, message) if message.environment == environment else None
    return None


async def contents(tx: Transaction, partition: int, message_id: str) -> Contents | None:
    """What one message is made from; None if it was pruned."""
    found = await load_contents(tx, partition, (message_id,))
    return found[0] if found else None


async def history(tx: Transaction, partition: int, message_id: str) -> list[HistoryItem]:
    """The history of one message, oldest line first."""
    rows = await tx.all(
        _Items,
        "SELECT items FROM message_history WHERE partition = :partition AND message_id = :message_id ORDER BY position",
        partition=partition,
        message_id=message_id,
    )
    return [item for row in rows for item in _items_decoder.decode(row.items)]


async def messages(
    tx: Transaction, environment: str, wanted: MessageFilter, *, before: tuple[int, str] | None = None, limit: int
) -> list[Message]:
    """Messages newest first; with `before` only those behind that place, (enqueued_at, message_id)."""
    conditions, parameters = _conditions(tx, wanted)
    if before is not None:
        parameters["before_at"], parameters["before_id"] = before
        conditions += " AND (enqueued_at < :before_at OR (enqueued_at = :before_at AND message_id < :before_id))"
    rows = await tx.all(
        _State,
        "SELECT state, archived_at FROM messages WHERE environment = :environment"
        + conditions
        + " ORDER BY enqueued_at DESC, message_id DESC LIMIT :limit",
        environment=environment,
        limit=limit,
        **parameters,
    )
    return [_message(row) for row in rows]


async def archive_request(tx: Transaction, environment: str, request_id: str, *, at: int) -> int:
    """Archives every message of a request, those archived before keep their time; how many belong to it."""
    return await tx.run(
        "UPDATE messages SET archived_at = COALESCE(archived_at, :at) "
        "WHERE environment = :environment AND (message_id = :request_id OR request_id = :request_id)",
        environment=environment,
        request_id=request_id,
        at=at,
    )


async def waiting_messages(tx: Transaction, partition: int, environment: str, user_key: str) -> list[Message]:
    """The messages of one user that wait for their time or for an address, oldest first."""
    rows = await tx.all(
        _State,
        "SELECT state, archived_at FROM messages WHERE partition = :partition AND environment = :environment "
        "AND recipient = :user_key AND status IN ('DELAYED', 'ENQUEUED') ORDER BY enqueued_at, message_id",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
    return [_message(row) for row in rows]


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> int:
    """Removes every message to one user; how many there were."""
    rows = await tx.all(
        _Id,
        "SELECT message_id FROM messages WHERE partition = :partition AND environment = :environment AND recipient = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
    return await remove(tx, partition, tuple(row.message_id for row in rows))


async def prune(tx: Transaction, partition: int, environment: str, *, before: int, limit: int) -> int:
    """Removes at most `limit` messages enqueued before that moment, oldest first; how many. What still waits is kept."""
    rows = await tx.all(
        _Id,
        "SELECT message_id FROM messages WHERE partition = :partition AND environment = :environment "
        "AND enqueued_at < :before AND status <> 'DELAYED' ORDER BY enqueued_at LIMIT :limit",
        partition=partition,
        environment=environment,
        before=before,
        limit=limit,
    )
    return await remove(tx, partition, tuple(row.message_id for row in rows))


async def remove(tx: Transaction, partition: int, message_ids: tuple[str, ...]) -> int:
    """Removes these messages whole; how many there were."""
    if not message_ids:
        return 0
    is_any = tx.sql.is_any("message_id", "message_ids")
    of_these: LiteralString = " WHERE partition = :partition AND " + is_any
    await tx.run("DELETE FROM message_history" + of_these, partition=partition, message_ids=message_ids)
    await tx.run("DELETE FROM message_contents" + of_these, partition=partition, message_ids=message_ids)
    return await tx.run("DELETE FROM messages" + of_these, partition=partition, message_ids=message_ids)


def _conditions(tx: Transaction, wanted: MessageFilter) -> tuple[LiteralString, dict[str, Any]]:
    parameters: dict[str, Any] = {}
    text: LiteralString = " AND archived_at IS NOT NULL" if wanted.is_archived else " AND archived_at IS NULL"
    equal: tuple[tuple[LiteralString, str, str], ...] = (
        (" AND recipient = :recipient", "recipient", wanted.recipient),
        (" AND template_id = :template_id", "template_id", wanted.template_id),
        (" AND event = :event", "event", wanted.event),
        (" AND tenant_id = :tenant_id", "tenant_id", wanted.tenant_id),
        (" AND list_id = :list_id", "list_id", wanted.list_id),
        (" AND message_id = :message_id", "message_id", wanted.message_id),
        (
            " AND (trace_id = :trace_id OR request_id = :trace_id OR message_id = :trace_id)",
            "trace_id",
            wanted.trace_id,
        ),
    )
    for condition, name, value in equal:
        if value:
            text += condition
            parameters[name] = value
    if wanted.enqueued_after is not None:
        text += " AND enqueued_at > :enqueued_after"
        parameters["enqueued_after"] = wanted.enqueued_after
    if wanted.statuses:
        text += " AND " + tx.sql.is_any("status", "statuses")
        parameters["statuses"] = wanted.statuses
    if wanted.tags:
        text += _HAS_A_TAG
        parameters |= _needles("tag", wanted.tags)
    if wanted.providers:
        text += _HAS_A_PROVIDER
        parameters |= _needles("provider", wanted.providers)
    return text, parameters


# Replacing an empty text changes nothing in either database, so unused places ask for nothing.
_HAS_A_TAG: LiteralString = (
    " AND (REPLACE(tags, :tag0, '') <> tags OR REPLACE(tags, :tag1, '') <> tags OR REPLACE(tags, :tag2, '') <> tags"
    " OR REPLACE(tags, :tag3, '') <> tags OR REPLACE(tags, :tag4, '') <> tags OR REPLACE(tags, :tag5, '') <> tags"
    " OR REPLACE(tags, :tag6, '') <> tags OR REPLACE(tags, :tag7, '') <> tags OR REPLACE(tags, :tag8, '') <> tags"
    " OR REPLACE(tags, :tag9, '') <> tags)"
)
_HAS_A_PROVIDER: LiteralString = (
    " AND (REPLACE(providers, :provider0, '') <> providers OR REPLACE(providers, :provider1, '') <> providers"
    " OR REPLACE(providers, :provider2, '') <> providers OR REPLACE(providers, :provider3, '') <> providers"
    " OR REPLACE(providers, :provider4, '') <> providers OR REPLACE(providers, :provider5, '') <> providers"
    " OR REPLACE(providers, :provider6, '') <> providers OR REPLACE(providers, :provider7, '') <> providers"
    " OR REPLACE(providers, :provider8, '') <> providers OR REPLACE(providers, :provider9, '') <> providers)"
)


def _needles(name: str, values: tuple[str, ...]) -> dict[str, str]:
    places = [_joined((value,)) for value in values[:MOST_VALUES]] + [""] * (MOST_VALUES - len(values))
    return {f"{name}{index}": place for index, place in enumerate(places)}


def _row(partition: int, message: Message) -> dict[str, Any]:
    return {
        "partition": partition,
        "message_id": message.message_id,
        "environment": message.environment,
        "recipient": _column(message.recipient),
        "status": message.status,
        "template_id": _column(message.template_id),
        "event": _column(message.event),
        "tenant_id": _column(message.tenant_id),
        "list_id": _column(message.list_id),
        "request_id": message.request_id if message.request_id != message.message_id else None,
        "trace_id": _column(message.trace_id) or None,
        "tags": _joined(message.tags),
        "providers": _joined(tuple(dict.fromkeys(hop.provider for hop in message.hops if hop.started_at))),
        "enqueued_at": message.enqueued_at,
        "state": json.encode(message),
    }


def _message(row: _State) -> Message:
    found = _message_decoder.decode(row.state)
    return found if row.archived_at is None else replace(found, archived_at=row.archived_at)


def _joined(values: Sequence[str]) -> str:
    return _column(_SEPARATOR + _SEPARATOR.join(values) + _SEPARATOR) if values else ""


def _column(text: str) -> str:
    # PostgreSQL has no text with a NUL in it; the state keeps it as it came.
    return text.replace("\0", "")
