"""`posthorn doctor`."""

from pathlib import Path

import anyio
from cyclopts import App

from posthorn.access.keys import list_keys
from posthorn.access.model import Key
from posthorn.cli import findings
from posthorn.cli.findings import Finding
from posthorn.cli.opening import opened, settings_with
from posthorn.cli.terminal import complain, say
from posthorn.clock import SystemClock
from posthorn.destinations.segment import destination as segment
from posthorn.destinations.settings import load_destination
from posthorn.errors import Invalid
from posthorn.messages.decide import MAILBOX
from posthorn.providers.installed import load_installed
from posthorn.secrets import Vault, load_or_create_key
from posthorn.settings import Settings
from posthorn.storage.database import Transaction
from posthorn.storage.probe import Probe, probe
from posthorn.storage.switches import DISPATCH_PAUSED, reason

command = App(name="doctor")


@command.default
def run(*, data: Path | None = None) -> int:
    """Check every hop between an event and a message, and say what to do; changes nothing.

    Each line is ok, warn or fail. The exit code is 1 if anything failed.

    Example: `posthorn doctor`

    Parameters
    ----------
    data:
        Folder of the SQLite file.
    """
    found = anyio.run(_examine, settings_with(data=data))
    width = max(len(each.hop) for each in found)
    for each in found:
        say(f"{each.state:4}  {each.hop:{width}}  {each.says}")
        if each.to_do:
            say(f"{'':4}  {'':{width}}  -> {each.to_do}")
    failed = [each.hop for each in found if each.state == "fail"]
    if failed:
        complain(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


async def _examine(settings: Settings) -> list[Finding]:
    is_there = not settings.is_sqlite or settings.database_path.exists()
    probed = await probe(opened(settings)) if is_there else Probe(trouble="not there")
    found = [
        findings.settings_finding(settings),
        findings.folder_finding(settings),
        findings.secret_key_finding(settings),
        findings.database_finding(settings, probed),
        findings.clock_finding(probed, SystemClock().now_ms()),
    ]
    if not probed.trouble and not probed.missing:
        found += await _in_database(settings)
    server = await anyio.to_thread.run_sync(findings.server_finding, settings)
    return [*found, server, findings.public_url_finding(settings)]


async def _in_database(settings: Settings) -> list[Finding]:
    async with opened(settings) as database, database.snapshot() as tx:
        return [
            _keys_finding(await list_keys(tx)),
            await _dispatch_finding(tx),
            await _mail_finding(tx, settings),
            await _segment_finding(tx, settings),
        ]


def _keys_finding(keys: list[Key]) -> Finding:
    live = [key for key in keys if key.revoked_at is None and key.environment == "production"]
    without = [kind for kind in ("api", "write") if not any(key.kind == kind for key in live)]
    if without:
        to_do = f"`posthorn keys create --kind {without[0]} --environment production`, or start the server once."
        return Finding("keys", "warn", f"production has no key of kind {' and '.join(without)}", to_do)
    return Finding("keys", "ok", f"{len(live)} in production")


async def _dispatch_finding(tx: Transaction) -> Finding:
    why = await reason(tx, DISPATCH_PAUSED)
    if why is not None:
        return Finding("dispatch", "warn", f"paused: {why}", "`posthorn dispatch resume` lets messages leave.")
    return Finding("dispatch", "ok", "not paused")


async def _mail_finding(tx: Transaction, settings: Settings) -> Finding:
    vault = _vault(settings)
    if vault is None:
        return Finding("e-mail", "warn", "nothing is set up yet", "See the secret key above.")
    try:
        installed = await load_installed(tx, vault)
    except Invalid as refusal:
        return Finding("e-mail", "fail", refusal.message, "Bring back the secret key that this database was used with.")
    names = [each.key for each in installed if (each.environment, each.channel) == ("production", "email")]
    if not names:
        to_do = "A provider for e-mail is set up that cannot be used: see GET /providers."
        return Finding("e-mail", "fail", "no provider can be used", to_do)
    if any((each.environment, each.provider_id) == ("production", MAILBOX) for each in installed):
        to_do = "POST /providers with an SMTP server, when mail is to leave."
        return Finding("e-mail", "ok", "goes to the built-in mailbox", to_do)
    return Finding("e-mail", "ok", f"by {', '.join(names)}")


async def _segment_finding(tx: Transaction, settings: Settings) -> Finding:
    vault = _vault(settings)
    if vault is None:
        return Finding("Segment", "warn", "nothing is set up yet", "See the secret key above.")
    try:
        installed = (await load_destination(tx, vault, segment)).get("production")
    except Invalid as refusal:
        return Finding("Segment", "fail", refusal.message, "Bring back the secret key that this database was used with.")
    if installed is None:
        to_do = "PUT /integrations/segment with the write key of a Segment source, if events are to go back."
        return Finding("Segment", "warn", "no write key for the way back", to_do)
    if not installed.takes_events:
        return Finding(
            "Segment",
            "fail",
            f"{installed.state}: {installed.state_reason}",
            "PUT /integrations/segment again, or POST /integrations/segment/resume.",
        )
    return Finding("Segment", "ok", "events go back")


def _vault(settings: Settings) -> Vault | None:
    if settings.secret_key:
        return Vault(settings.secret_key.encode())
    return Vault(load_or_create_key(settings.secret_key_path)) if settings.secret_key_path.exists() else None
