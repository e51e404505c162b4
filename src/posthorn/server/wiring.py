"""Chooses the implementations and connects them, according to the settings."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from posthorn.api.noticed import Noticed
from posthorn.audiences.editing import EVALUATE, FORGET, SWEEP
from posthorn.bulk.model import KIND as BULK
from posthorn.clock import Clock, SystemClock
from posthorn.engine.ask_model import ModelSettings
from posthorn.engine.audience_pages import Evaluate, forget_page
from posthorn.engine.audience_sweep import Sweep
from posthorn.engine.backfill import Backfill, Kind
from posthorn.engine.bulk_pages import bulk_page
from posthorn.engine.call_webhook import CallWebhook
from posthorn.engine.carrier import Settlement
from posthorn.engine.commands import Commands
from posthorn.engine.config import ConfigCache
from posthorn.engine.deliver import Deliver
from posthorn.engine.digest_pages import KIND as DIGESTS
from posthorn.engine.digest_pages import digest_page
from posthorn.engine.dispatcher import Dispatcher
from posthorn.engine.fan_out import fan_out_page
from posthorn.engine.fetch import Fetch
from posthorn.engine.forward import Forward
from posthorn.engine.housekeeping import Housekeeping
from posthorn.engine.measuring import Waiting
from posthorn.engine.processor import Processor, Stepped
from posthorn.engine.progress import Progress
from posthorn.engine.retention import DAY_MS, Retention
from posthorn.engine.run_pages import KIND as RUNS
from posthorn.engine.run_pages import run_page
from posthorn.engine.settling import Settler
from posthorn.engine.worker import Looks, Worker
from posthorn.errors import Invalid
from posthorn.ids import random_bytes
from posthorn.log import store as log_store
from posthorn.log.append import Appender
from posthorn.log.model import Position
from posthorn.messages.config import MessageSettings
from posthorn.messages.limits import read_limit
from posthorn.messages.sending import KIND as SEND
from posthorn.outbound import Outbound
from posthorn.providers.catalogue import providers
from posthorn.providers.smtp_pool import SmtpPool
from posthorn.providers.wires import Wires
from posthorn.secrets import Vault, load_or_create_key
from posthorn.settings import Settings
from posthorn.storage.database import Database
from posthorn.storage.migrate import migrate, missing, unknown
from posthorn.storage.postgres import open_postgres
from posthorn.storage.sqlite import open_sqlite
from posthorn.telemetry import Metrics, logger

_log = logger("server")

SQLITE_POLL_S = 1.0
POSTGRES_POLL_S = 0.1


class Parts(Struct, frozen=True, kw_only=True):
    """Everything that runs, connected."""

    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    outbound: Outbound
    metrics: Metrics
    config: ConfigCache
    appender: Appender
    commands: Commands
    progress: Progress
    noticed: Noticed
    settler: Settler
    dispatcher: Dispatcher
    worker: Worker
    backfill: Backfill
    housekeeping: Housekeeping


async def open_database(settings: Settings, clock: Clock | None = None) -> Database:
    """The database that the settings name. It may need migrating.

    Without a clock it goes by its own: this machine's for SQLite, the server's for PostgreSQL, which all workers share.
    """
    if settings.is_sqlite:
        return open_sqlite(settings.database_path, clock or SystemClock())
    return await open_postgres(settings.database_url, clock)


def open_vault(settings: Settings) -> Vault:
    """The vault of the secret key in the settings, else of the one in the data folder, which the first start makes."""
    return Vault(settings.secret_key.encode() if settings.secret_key else load_or_create_key(settings.secret_key_path))


@asynccontextmanager
async def opened(settings: Settings, clock: Clock | None = None) -> AsyncGenerator[Parts]:
    """The parts, over an open and current database; closes what it has opened. Raises Invalid if the database is behind."""
    database = await open_database(settings, clock)
    clock = clock or SystemClock()
    try:
        await make_ready(settings, database)
        async with _wires(settings) as wires:
            parts = connect(settings, clock, database, wires)
            async with database.transaction() as tx:
                await parts.config.current(tx)
            yield parts
    finally:
        await database.close()


@asynccontextmanager
async def _wires(settings: Settings) -> AsyncGenerator[Wires]:
    async with Outbound(allow_private_network=settings.allow_private_network) as outbound:
        smtp = SmtpPool(outbound)
        try:
            yield Wires(outbound=outbound, smtp=smtp)
        finally:
            await smtp.close()


async def make_ready(settings: Settings, database: Database) -> None:
    """Brings a SQLite file to this version; of another database asks that somebody has. Raises Invalid."""
    if settings.is_sqlite:
        await migrate(database)
    async with database.transaction() as tx:
        behind = await missing(tx)
        if behind:
            raise Invalid(f"The database is behind this version ({', '.join(behind)}). Run `posthorn migrate` first.")
        newer = await unknown(tx)
        if newer:
            _log.warning("database_is_newer", migrations=newer, advice="It was used by a newer version; go on with that one.")
        for partition in range(database.partition_count):
            await log_store.ensure_partition(tx, partition)


def connect(settings: Settings, clock: Clock, database: Database, wires: Wires) -> Parts:
    """The parts over a database that is ready."""
    metrics = Metrics()
    vault = open_vault(settings)
    poll_s = SQLITE_POLL_S if settings.is_sqlite else POSTGRES_POLL_S
    config = ConfigCache(vault, _message_settings(settings))
    arrivals = _Arrivals()
    settler = Settler(database, arrivals.tell, _settled_counter(metrics))
    deliver = Deliver(config, providers(), wires, clock, vault, _jitter)
    forward = Forward(database, config, wires.outbound, clock, _jitter)
    webhook = CallWebhook(database, config, wires.outbound, clock, _jitter)
    model = ModelSettings(url=settings.ai_url, key=settings.ai_key, model=settings.ai_model)
    fetch = Fetch(wires.outbound, clock, model, allows_http=settings.allow_private_network)
    carriers = {"deliver": deliver, "forward": forward, "webhook": webhook, "fetch": fetch}
    dispatcher = Dispatcher(database, clock, settler, carriers)
    appender = Appender(database, clock, notify=arrivals.tell, on_commit=metrics.append_seconds.observe)
    progress = Progress(database, poll_s=poll_s)
    backfill = Backfill(database, job_kinds(config, database.partition_count), arrivals.tell, poll_s=poll_s)
    arrivals.worker = Worker(
        Processor(database, config),
        progress,
        clock,
        metrics,
        _listener(dispatcher, backfill),
        Looks(partition_count=database.partition_count, poll_s=poll_s, pressure=appender.pressure),
    )

    def on_backlog(count: int) -> None:
        appender.backlog = count
        metrics.backlog_events.set(count)

    retention = Retention(log_ms=settings.raw_event_retention_days * DAY_MS)
    return Parts(
        settings=settings,
        clock=clock,
        database=database,
        vault=vault,
        outbound=wires.outbound,
        metrics=metrics,
        config=config,
        appender=appender,
        commands=Commands(appender, progress),
        progress=progress,
        noticed=Noticed(clock),
        settler=settler,
        dispatcher=dispatcher,
        worker=arrivals.worker,
        backfill=backfill,
        housekeeping=Housekeeping(database, config, retention, on_backlog, _waiting_gauges(metrics)),
    )


def _message_settings(settings: Settings) -> MessageSettings:
    return MessageSettings(
        public_url=settings.public_url,
        unsubscribe_mailto=settings.unsubscribe_mailto,
        send_limit=read_limit(settings.send_limit),
    )


def job_kinds(config: ConfigCache, partition_count: int) -> dict[str, Kind]:
    """What touches many users, by the kind of its jobs."""
    evaluate, sweep = Evaluate(config, partition_count), Sweep(config, partition_count)
    return {
        SEND: fan_out_page,
        BULK: bulk_page,
        EVALUATE: evaluate.page,
        FORGET: forget_page,
        RUNS: run_page,
        DIGESTS: digest_page,
        SWEEP: sweep.page,
    }


def _listener(dispatcher: Dispatcher, backfill: Backfill) -> Callable[[Stepped], None]:
    def on_step(stepped: Stepped) -> None:
        if stepped.command_count:
            dispatcher.notify()
        if stepped.job_count:
            backfill.notify()

    return on_step


class _Arrivals:
    """Carries the news of appended blocks to the worker, which is made after those who append."""

    worker: Worker | None = None

    def tell(self, positions: list[Position]) -> None:
        """Wakes the worker's partitions."""
        if self.worker is not None:
            self.worker.notify(positions)


def _waiting_gauges(metrics: Metrics) -> Callable[[Waiting], None]:
    def show(waiting: Waiting) -> None:
        metrics.events_parked.set(waiting.parked_count)
        metrics.timers_pending.set(waiting.timer_count)
        metrics.outbox_pending.clear()
        for lane in waiting.lanes:
            metrics.outbox_pending.labels(_lane_label(lane.lane)).inc(lane.pending_count)

    return show


def _settled_counter(metrics: Metrics) -> Callable[[list[Settlement]], None]:
    def count(settlements: list[Settlement]) -> None:
        for (lane, result), number in Counter(map(_ending, settlements)).items():
            metrics.outbox_attempts.labels(lane, result).inc(number)

    return count


def _ending(settlement: Settlement) -> tuple[str, str]:
    """The label of a command's lane, and how its attempt ended."""
    result = "dead" if settlement.failure is not None else "done" if settlement.retry_at is None else "again"
    return _lane_label(settlement.claimed.lane), result


def _lane_label(lane: str) -> str:
    """Without the number behind it: a provider's lanes are many, and told together."""
    return lane.partition("/")[0]


def _jitter() -> float:
    """A number between -1 and 1."""
    return int.from_bytes(random_bytes(2), "big") / 32_767.5 - 1
