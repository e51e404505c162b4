"""What an event teaches about ids."""

from typing import Any

import pytest

from posthorn.events.model import Event
from posthorn.identities.decide import MOST_IDS, decide, is_somebody
from posthorn.identities.model import Identity


def _event(user_id: str | None = "u-1", anonymous_id: str | None = None, **more: Any) -> Event:
    given: dict[str, Any] = {"type": "identify", "origin": "tracking", **more}
    return Event(
        id="evt_0_1_0",
        environment="production",
        source_id="s",
        user_key=user_id or anonymous_id or "",
        user_id=user_id,
        anonymous_id=anonymous_id,
        message_id="m",
        timestamp=1,
        received_at=1,
        **given,
    )


def test_both_ids_in_one_event_are_one_user() -> None:
    identity, others = decide(Identity(), _event("u-1", "a-1"))

    assert (identity.is_known, identity.merged_ids, others) == (True, ("a-1",), ("a-1",))


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group"])
def test_what_is_known_teaches_nothing_and_stays_the_same_object(kind: str) -> None:
    known = Identity(is_known=True, merged_ids=("a-1",))

    after, others = decide(known, _event("u-1", "a-1", type=kind))

    assert after is known
    assert others == ()


@pytest.mark.parametrize(
    "event", [_event(None, "a-1"), _event(None, "a-1", type="track"), _event("u-1", "u-1", type="message.sent")]
)
def test_an_event_without_a_user_teaches_nothing(event: Event) -> None:
    assert decide(Identity(), event) == (Identity(), ())


def test_an_alias_names_another_id_beside_the_anonymous_one() -> None:
    _, others = decide(Identity(), _event("u-2", "a-1", type="alias", previous_id="u-1"))

    assert others == ("u-1", "a-1")


@pytest.mark.parametrize("previous", ["u-1", None])
def test_a_user_is_never_merged_into_himself(previous: str | None) -> None:
    assert decide(Identity(), _event("u-1", "u-1", type="alias", previous_id=previous))[1] == ()


@pytest.mark.parametrize(
    "word", ["0", "00000000-0000-0000-0000-000000000000", "null", "Unknown", " anonymous ", "N/A", "-1", "undefined"]
)
def test_words_for_nobody_are_nobody(word: str) -> None:
    assert not is_somebody(word)
    assert decide(Identity(), _event("u-1", word))[1] == ()


@pytest.mark.parametrize("word", ["a-1", "0d0c6f3e-6a55-5d5b-9d2f-6c2f0d4f2a11", "nobody@example.test", "users", "10"])
def test_other_words_can_be_somebody(word: str) -> None:
    assert is_somebody(word)


def test_nobody_has_more_ids_than_a_person_can() -> None:
    identity = Identity()
    for number in range(MOST_IDS + 5):
        identity, others = decide(identity, _event("u-1", f"a-{number}"))

    assert len(identity.merged_ids) == MOST_IDS
    assert others == ()


@pytest.mark.parametrize(
    ("kind", "is_known"), [("profile.replaced", True), ("tenant.joined", True), ("list.subscribed", False)]
)
def test_the_api_knows_whose_profile_it_writes_but_lists_take_any_id(kind: str, is_known: bool) -> None:
    assert decide(Identity(), _event("u-1", type=kind, origin="api"))[0].is_known == is_known
