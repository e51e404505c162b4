"""What lies in deploy/ speaks of this product: its settings, commands and metrics, all of which must exist."""

import configparser
import json
import re
import shlex
from typing import Any

import pytest
import yaml
from cyclopts import App

from house_tree import ROOT
from posthorn.registry import discover
from posthorn.settings import SETTINGS
from posthorn.telemetry import Metrics

DEPLOY = ROOT / "deploy"
TEXTS = {str(path.relative_to(DEPLOY)): path.read_text() for path in DEPLOY.rglob("*") if path.is_file()}
UNITS = [name for name in TEXTS if name.endswith(".service")]
COMPOSITIONS = [name for name in TEXTS if name.startswith("compose")]
METRIC = re.compile(r"\bposthorn_[a-z_]+")
KNOWN = {line.split()[2] for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE")}


COMMANDS = set(discover("posthorn.cli", "command", App, lambda found: found.name[0]))


def test_every_setting_named_there_exists() -> None:
    named = {(file, word) for file, text in TEXTS.items() for word in re.findall(r"\bPOSTHORN_[A-Z_]+", text)}
    known = {setting.variable for setting in SETTINGS}

    assert named
    assert [(file, word) for file, word in sorted(named) if word not in known] == []


@pytest.mark.parametrize("file", ["prometheus/alerts.yaml", "grafana/dashboard.json"])
def test_every_metric_named_there_exists(file: str) -> None:
    found = {re.sub(r"_(bucket|count|sum)$", "", name) for name in METRIC.findall(_expressions(file))}

    assert found
    assert sorted(found - KNOWN) == []


def test_every_panel_has_a_place_of_its_own() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in json.loads(TEXTS["grafana/dashboard.json"])["panels"]]

    assert len(set(places)) == len(places)


def test_every_alert_says_what_to_do() -> None:
    [group] = yaml.safe_load(TEXTS["prometheus/alerts.yaml"])["groups"]

    assert all(set(rule["annotations"]) == {"summary", "action"} for rule in group["rules"])


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_starts_a_command_that_exists_and_lets_it_end(unit: str) -> None:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - names of units have capitals
    parsed.read_string(TEXTS[unit])
    service = parsed["Service"]

    program, command, *_ = shlex.split(service["ExecStart"])
    assert program.endswith("/posthorn")
    assert command in COMMANDS
    assert int(service["TimeoutStopSec"]) > 10


@pytest.mark.parametrize("file", COMPOSITIONS)
def test_a_composition_starts_commands_that_exist_in_our_image(file: str) -> None:
    services: dict[str, Any] = yaml.safe_load(TEXTS[file])["services"]

    ours = [service for service in services.values() if "build" in service]
    assert ours
    for service in ours:
        assert service["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile"}
        assert service.get("command", ["serve"])[0] in COMMANDS


def test_the_image_holds_what_it_is_built_from() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", TEXTS["Dockerfile"], re.MULTILINE)

    missing = [name for line in copied for name in line.split() if not (ROOT / name).exists()]
    assert copied
    assert missing == []


def _expressions(file: str) -> str:
    if file.endswith(".json"):
        panels = json.loads(TEXTS[file])["panels"]
        return "\n".join(target["expr"] for panel in panels for target in panel["targets"])
    [group] = yaml.safe_load(TEXTS[file])["groups"]
    return "\n".join(rule["expr"] for rule in group["rules"])
