from audiences.audience_parts import audience, leaf
from posthorn.audiences.index import AudienceIndex, index_by_environment
from posthorn.audiences.model import Audience

BOUGHT = {"operator": "DID", "event": "Order Completed", "at_least": 3}
BOUGHT_ONCE = {"operator": "DID", "event": "Order Completed"}
ALL = [
    audience("city", leaf("EQ", "address.city", "Rome")),
    audience("plan", leaf("EQ", "plan", "pro"), leaf("EQ", "address.city", "Rome")),
    audience("acme", leaf("MEMBER_OF", "account_id", "acme")),
    audience("buyers", BOUGHT, leaf("EQ", "plan", "pro")),
    audience("once", BOUGHT_ONCE),
    audience("nobody"),
]
INDEX = AudienceIndex(ALL)


def _ids(*keys: str, tenants: bool = False, event: str = "") -> list[str]:
    return sorted(one.audience.audience_id for one in INDEX.reading(keys, tenants=tenants, event=event))


def test_only_those_that_read_what_changed_are_found_and_each_once() -> None:
    assert _ids("plan") == ["buyers", "plan"]
    assert _ids("plan", "address") == ["buyers", "city", "plan"]
    assert _ids("email") == []
    assert _ids(tenants=True) == ["acme"]
    assert _ids(event="Order Completed") == ["buyers", "once"]
    assert _ids(event="App Opened") == []


def test_of_an_event_as_many_moments_are_kept_as_somebody_needs() -> None:
    assert INDEX.events == {"Order Completed": 3}


def test_rules_of_an_earlier_index_are_taken_over_if_the_version_is_the_same() -> None:
    changed = [audience("city", leaf("EQ", "plan", "other"), evaluated_version=0), audience("plan", version=2)]
    later = AudienceIndex(changed, INDEX)

    assert later.by_id["city"].rule is INDEX.by_id["city"].rule
    assert later.by_id["city"].audience.is_settling
    assert later.by_id["plan"].rule is None


def test_an_audience_that_this_release_cannot_read_holds_for_nobody() -> None:
    odd = Audience(
        environment="production", audience_id="odd", version=1, filter={"operator": "XOR"}, created_at=1, updated_at=1
    )

    assert AudienceIndex([odd]).by_id["odd"].rule is None


def test_each_environment_has_its_own() -> None:
    found = index_by_environment(ALL, {})

    assert list(found) == ["production"]
    assert not AudienceIndex()
