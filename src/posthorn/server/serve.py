"""Runs the server until it is told to stop: API, worker, or both in one process."""

import gc
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import partial

import anyio
import structlog
import uvicorn
from anyio.abc import TaskGroup

from posthorn import failpoints
from posthorn.access.first_keys import StartKey, keys_at_start
from posthorn.access.sessions import ensure_password, studio_link
from posthorn.errors import Invalid
from posthorn.server.app import create_server_app, create_tracking
from posthorn.server.banner import banner
from posthorn.server.ingest_protocol import IngestProtocol
from posthorn.server.only_worker import only_worker, take_over_claims
from posthorn.server.wiring import Parts, opened
from posthorn.settings import Settings, armed_failpoint
from posthorn.telemetry import set_up_logging

_log = structlog.get_logger()


def run(settings: Settings, *, api: bool, worker: bool) -> None:
    """Blocks until SIGINT or SIGTERM, then stops cleanly: nothing is acknowledged after the last commit.

    Raises Invalid if the port is taken or the database cannot be used.
    """
    set_up_logging()
    failpoints.arm(armed_failpoint())
    anyio.run(_main, settings, api, worker, backend_options={"use_uvloop": True})


async def _main(settings: Settings, api: bool, worker: bool) -> None:
    listening = _listen(settings) if api else None
    lock = only_worker(settings.worker_lock_path) if worker and settings.is_sqlite else nullcontext(enter_result=False)
    with lock as is_only_worker:
        await _serve(settings, listening, worker=worker, takes_over=is_only_worker)


async def _serve(settings: Settings, listening: socket.socket | None, *, worker: bool, takes_over: bool) -> None:
    async with opened(settings) as parts:
        if takes_over:
            await take_over_claims(parts.database)
        keys = await _start_keys(parts)
        for warning in settings.warnings:
            _log.warning("settings", problem=warning)
        async with anyio.create_task_group() as tasks:
            _start(tasks, parts, worker=worker)
            _tune_interpreter()
            if listening is None:
                await _signalled()
            else:
                sys.stdout.write(banner(settings, keys, await _studio(parts)))
                sys.stdout.flush()
                await _serve_http(parts, listening)
            _stop(parts)


def _tune_interpreter() -> None:
    """What was loaded at the start stays; and a step makes thousands of values at once, none of them in a circle.

    Measured: a fifth of the processor time of a message. And a thread that comes back from the disk waits at most half a
    millisecond, not five, for its turn to say so: a tenth more events a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    sys.setswitchinterval(0.0005)


async def _start_keys(parts: Parts) -> list[StartKey]:
    settings = parts.settings
    async with parts.database.transaction() as tx:
        now = await tx.now_ms()
        keys = await keys_at_start(tx, {"api": settings.api_key, "write": settings.write_key}, settings.keys_path, now)
        await parts.config.current(tx)
    return keys


async def _studio(parts: Parts) -> str:
    """The address that opens Studio: to sign in with the password if the settings have one, else a link that signs in once."""
    password, url = parts.settings.admin_password, parts.settings.public_url
    async with parts.database.transaction() as tx:
        now = await tx.now_ms()
        if not password:
            return await studio_link(tx, url, now)
        await ensure_password(tx, password, now)
    return f"{url}/studio/"


def _start(tasks: TaskGroup, parts: Parts, *, worker: bool) -> None:
    """What goes on beside the HTTP server, and a little longer: until the last request is answered and the last call
    settled.
    """
    tasks.start_soon(parts.appender.run)
    tasks.start_soon(parts.settler.run)
    tasks.start_soon(parts.housekeeping.run)
    if worker:
        tasks.start_soon(parts.worker.run)
        tasks.start_soon(parts.backfill.run)
        tasks.start_soon(_dispatch, parts)
    else:
        parts.settler.close()


async def _dispatch(parts: Parts) -> None:
    await parts.dispatcher.run()
    parts.settler.close()


def _stop(parts: Parts) -> None:
    """In the order of the flow: no more appends, steps, claims; each finishes what it has begun, and the settler comes last."""
    parts.appender.close()
    parts.backfill.stop()
    parts.worker.stop()
    parts.dispatcher.stop()
    parts.housekeeping.stop()


async def _serve_http(parts: Parts, listening: socket.socket) -> None:
    tracking = create_tracking(parts)
    config = uvicorn.Config(
        create_server_app(parts, tracking),
        http=partial(IngestProtocol, tracking),  # pyright: ignore[reportArgumentType] - it is called, no more
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=75,
        backlog=4096,
    )
    server = _Server(config)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_when_signalled, server, parts)
        await server.serve([listening])
        tasks.cancel_scope.cancel()


class _Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn's own way ends the process as soon as HTTP has stopped, before the parts have."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Captures none."""
        yield


async def _stop_when_signalled(server: uvicorn.Server, parts: Parts) -> None:
    await _signalled()
    parts.progress.stop()  # whoever follows the events live would never be done
    server.should_exit = True


async def _signalled() -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            return


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise Invalid(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.") from error
    return listening
