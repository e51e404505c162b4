"""Every module has a test file, or is named here with the tests that drive it instead."""

from pathlib import PurePosixPath

from house_tree import PRODUCT, files, python_files, refuse

PLAIN = {"__init__.py", "__main__.py", "model.py"}  # structs and docstrings

# folder: (the tests that drive these modules, the modules)
ELSEWHERE = {
    ".": ("tests/flows/", "errors failpoints"),
    "access": ("tests/access/test_directory.py", "sources store user_store"),
    "api": ("tests/api/test_app.py", "auditing people caller choices commands context discovery pages paths problems"),
    "api/courier": (
        "tests/api/courier/",
        "broadcasts bulk conversions invoking journey_runs message_answers message_output notification_shapes "
        "preference_shapes profile_patch rehearsing run_plans runs "
        "tenant_templates user_tenants workflows",
    ),
    "api/idempotency": ("tests/api/idempotency/test_replay.py", "store"),
    "api/insight": ("tests/api/insight/test_threads.py", "considered gates thread told traits why"),
    "api/integrations": ("tests/api/integrations/test_webhooks.py", "webhook_deliveries"),
    "api/reader": ("tests/api/reader/test_preference_page.py", "entries page"),
    "api/system": ("tests/api/system/test_description.py", "tracking_routes"),
    "api/tracking": ("tests/api/tracking/test_fixtures.py", "answers batch cors credentials request single"),
    "audiences": ("tests/flows/test_audiences.py", "definitions editing members store"),
    "automations": (
        "tests/automations/",
        "batches discover fields hearing invocation library load lookups marks outcomes runs scope write ",
    ),
    "automations/steps": (
        "tests/contracts/test_steps.py",
        "add_to_digest batch branch cancel delay exit if_ invoke send send_list send_node switch update_profile "
        "wait_for_event ",
    ),
    "broadcasts": ("tests/flows/test_broadcasts.py", "sending store"),
    "bulk": ("tests/flows/test_bulk.py", "collect store"),
    "cli": (
        "tests/cli/",
        "api api_client dispatch explain export_list findings opening rehearsing replay "
        "restore serve starting streams terminal tracking_client "
        "version worker",
    ),
    "destinations": ("tests/destinations/test_sender.py", "facts forward store"),
    "engine": (
        "tests/flows/",
        "bulk_pages carrier choosing commands config decide decision deliver dispatcher "
        "digest_pages explain history limiting rehearsal replay run_pages sampling simulate forward groups housekeeping "
        "own_events parking progress save settling state tenant_views way_back work worker call_webhook notices "
        "hand_over inheriting about_messages audience_history audience_pages audiences learning sending audience_sweep",
    ),
    "events": ("tests/events/test_clean.py", "faults head lenient reshape vocabulary"),
    "expressions": ("tests/expressions/test_evaluate.py", "nodes parse tokens windows zones"),
    "identities": ("tests/flows/test_merge.py", "store"),
    "jobs": ("tests/engine/test_backfill.py", "store"),
    "lists": ("tests/api/courier/test_lists.py", "decide editing store"),
    "log": ("tests/log/test_append.py", "store"),
    "messages": ("tests/messages/test_decide.py", "config delays dispatching filters history plan profiles record sending"),
    "preferences": ("tests/preferences/test_editing.py", "topic_store topics"),
    "profiles": ("tests/api/courier/test_profiles.py", "change_store decide store"),
    "providers": ("tests/contracts/test_providers.py", "answers catalogue form mailbox mock seam smtp_pool store wires"),
    "server": ("tests/flows/", "app banner wiring"),
    "storage": (
        "tests/contracts/test_storage.py",
        "backup database migrate postgres probe revision rows sqlite switches faults",
    ),
    "templates": ("tests/templates/test_render.py", "brand_store filling plain prepare read store of_tenants"),
    "webhooks": ("tests/flows/test_webhooks.py", "commands endpoints store telling"),
    "tenants": ("tests/api/courier/test_tenants.py", "decide hierarchy store"),
}


def test_every_module_has_a_test_file():
    refuse([name for name in _modules() if not _is_tested(name) and name not in _elsewhere()])


def test_what_is_said_to_test_a_module_exists():
    refuse([tests for tests, _ in ELSEWHERE.values() if not any(name.startswith(tests) for name in files())])


def test_no_exception_is_made_for_what_is_no_more():
    refuse([name for name in _elsewhere() if name not in _modules()])


def _elsewhere() -> list[str]:
    return [f"{folder}/{one}.py".removeprefix("./") for folder, (_, names) in ELSEWHERE.items() for one in names.split()]


def _modules() -> list[str]:
    names = [name.removeprefix(PRODUCT) for name in python_files(PRODUCT)]
    return [name for name in names if PurePosixPath(name).name not in PLAIN]


def _is_tested(name: str) -> bool:
    path = PurePosixPath(name)
    stem = path.stem.rstrip("_")
    folder = "tests" if str(path.parent) == "." else f"tests/{path.parent}"
    return any(f"{folder}/test_{one}.py" in files() for one in (stem, f"{stem}_command"))
