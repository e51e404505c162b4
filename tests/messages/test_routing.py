from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.messages.model import Hop
from posthorn.messages.plan import has_alternative, progress
from posthorn.messages.routing import CHANNELS, Candidate, NoRoute, Route, Wanted, route


def candidate(key: str, channel: str, *, has_address: bool = True, alias: str = "") -> Candidate:
    return Candidate(provider_id="pv_" + key, key=key, channel=channel, has_address=has_address, alias=alias)


MAILBOX = Candidate(provider_id="mailbox", key="mailbox", channel="email", is_built_in=True)
SMTP = candidate("smtp", "email")
SES = candidate("ses", "email", alias="backup")
TWILIO = candidate("twilio", "sms")
FCM = candidate("fcm", "push")


def yes(condition: str) -> bool:
    return condition != "false"


def routed(wanted: Wanted, *candidates: Candidate) -> Route:
    found = route(wanted, candidates, yes)
    assert isinstance(found, Route), found
    return found


def stopped(wanted: Wanted, *candidates: Candidate) -> NoRoute:
    found = route(wanted, candidates, yes)
    assert isinstance(found, NoRoute), found
    return found


def order(found: Route) -> list[str]:
    """Provider keys in the order in which they are tried when each one fails."""
    hops, tried = list(found.hops), list[str]()
    while starts := progress(found.plan, tuple(hops)).starts:
        for index in starts:
            tried.append(hops[index].provider)
            hops[index] = failed(hops[index])
    return tried


def failed(hop: Hop) -> Hop:
    return Hop(channel=hop.channel, provider_id=hop.provider_id, provider=hop.provider, state="failed")


def single(*channels: Any) -> dict[str, Any]:
    return {"method": "single", "channels": list(channels)}


def every(*channels: Any) -> dict[str, Any]:
    return {"method": "all", "channels": list(channels)}


def test_a_message_that_asks_for_no_routing_tries_the_installed_channels_in_the_usual_order() -> None:
    assert order(routed(Wanted(), TWILIO, FCM, SMTP)) == ["smtp", "fcm", "twilio"]


def test_single_starts_one_channel_and_all_starts_each() -> None:
    one = routed(Wanted(routing=single("sms", "email")), SMTP, TWILIO)
    both = routed(Wanted(routing=every("sms", "email")), SMTP, TWILIO)

    assert [one.hops[index].provider for index in progress(one.plan, one.hops).starts] == ["twilio"]
    assert [both.hops[index].provider for index in progress(both.plan, both.hops).starts] == ["twilio", "smtp"]


def test_a_nested_strategy_counts_as_one_entry() -> None:
    found = routed(Wanted(routing=single("sms", every("email", "push"))), SMTP, TWILIO, FCM)

    assert progress(found.plan, found.hops).starts == (0,)
    assert progress(found.plan, (failed(found.hops[0]), *found.hops[1:])).starts == (1, 2)


def test_the_providers_of_a_channel_are_tried_in_their_order() -> None:
    wanted = Wanted(routing=single("email"), channels={"email": {"providers": ["ses", "smtp"]}})

    assert order(routed(wanted, SMTP, SES)) == ["ses", "smtp"]


def test_routing_method_all_uses_every_provider_of_a_channel() -> None:
    wanted = Wanted(routing=single("email"), channels={"email": {"routing_method": "all"}})
    found = routed(wanted, SMTP, SES)

    assert progress(found.plan, found.hops).starts == (0, 1)


@pytest.mark.parametrize("name", ["ses", "backup", "pv_ses"])
def test_a_provider_may_stand_in_place_of_a_channel(name: str) -> None:
    assert order(routed(Wanted(routing=single(name, "sms")), SMTP, SES, TWILIO)) == ["ses", "twilio"]


def test_a_channel_without_an_address_is_skipped_and_says_so() -> None:
    found = routed(Wanted(routing=single("sms", "email")), SMTP, candidate("twilio", "sms", has_address=False))

    assert order(found) == ["smtp"]
    assert [(skip.kind, skip.channel) for skip in found.skipped] == [("address", "sms")]


def test_false_conditions_of_channel_and_provider_skip_it() -> None:
    wanted = Wanted(routing=single("sms", "email"), channels={"sms": {"if": "false"}}, providers={"ses": {"if": "false"}})

    assert order(routed(wanted, SES, SMTP, TWILIO)) == ["smtp"]


def test_when_every_channel_has_a_false_condition_the_message_is_filtered() -> None:
    found = stopped(Wanted(routing=single("sms"), channels={"sms": {"if": "false"}}), TWILIO)

    assert (found.status, found.reason) == ("FILTERED", "FILTERED")


def test_a_condition_that_cannot_be_read_skips_the_channel_with_its_reason() -> None:
    def broken(condition: str) -> bool:
        raise Invalid("It is no expression.")

    found = route(Wanted(routing=single("sms"), channels={"sms": {"if": "("}}), (TWILIO,), broken)

    assert isinstance(found, NoRoute)
    assert "It is no expression." in found.error


UNREACHED = Candidate(provider_id="mailbox", key="mailbox", channel="email", has_address=False, is_built_in=True)


def test_a_recipient_without_an_address_is_not_told_to_look_for_a_provider() -> None:
    found = stopped(Wanted(), UNREACHED)

    assert (found.status, found.reason) == ("UNROUTABLE", "NO_CHANNELS")
    assert "address" in found.error


def test_no_provider_at_all_has_the_documented_text() -> None:
    found = stopped(Wanted(routing=single("sms")), UNREACHED)

    assert (found.status, found.reason, found.error) == ("UNROUTABLE", "NO_PROVIDERS", "No providers added")


def test_a_provider_that_is_not_installed_has_the_documented_text() -> None:
    wanted = Wanted(routing=single("email"), channels={"email": {"providers": ["resend"]}})
    found = stopped(wanted, candidate("postmark", "email"))

    assert (found.status, found.reason) == ("UNROUTABLE", "PROVIDER_ERROR")
    assert found.error == "No provider(s) resend in the list of message channel provider(s): postmark."


def test_nothing_left_to_try_names_each_channel_and_why() -> None:
    found = stopped(Wanted(routing=single("sms", "push")), SMTP, candidate("twilio", "sms", has_address=False))

    assert (found.status, found.reason) == ("UNROUTABLE", "NO_CHANNELS")
    assert "sms: The recipient has no address that twilio can use." in found.error
    assert "push: No provider is installed for this channel." in found.error


def test_the_mailbox_is_a_way_when_nothing_is_installed() -> None:
    assert order(routed(Wanted(), MAILBOX)) == ["mailbox"]


def test_timeouts_of_provider_channel_and_message_are_read_in_that_order() -> None:
    wanted = Wanted(
        routing=every("email", "sms", "push"),
        channels={"sms": {"timeouts": {"provider": 20_000}}, "email": {"timeouts": {"provider": 5_000}}},
        providers={"smtp": {"timeouts": 10_000}},
        timeout={"provider": {"fcm": 30_000}},
    )

    assert [hop.timeout_ms for hop in routed(wanted, SMTP, TWILIO, FCM).hops] == [10_000, 20_000, 30_000]


def test_a_provider_has_no_more_time_than_its_channel() -> None:
    wanted = Wanted(
        routing=every("email", "sms", "push"),
        channels={"sms": {"timeouts": {"channel": 20_000}}, "push": {"timeouts": {"provider": 5_000}}},
        timeout={"channel": {"email": 30_000, "push": 40_000}},
    )

    assert [hop.timeout_ms for hop in routed(wanted, SMTP, TWILIO, FCM).hops] == [30_000, 20_000, 5_000]


routings = st.recursive(
    st.sampled_from([*CHANNELS, "smtp", "nobody"]),
    lambda entry: st.fixed_dictionaries(
        {"method": st.sampled_from(["single", "all"]), "channels": st.lists(entry, max_size=4)}
    ),
    max_leaves=12,
)
candidates = st.lists(
    st.builds(
        candidate, st.sampled_from(["smtp", "ses", "twilio", "fcm"]), st.sampled_from(CHANNELS), has_address=st.booleans()
    ),
    max_size=6,
)


@given(candidates)
def test_all_starts_every_usable_channel(installed: list[Candidate]) -> None:
    found = route(Wanted(routing=every(*CHANNELS)), tuple(installed), yes)
    usable = {one.channel for one in installed if one.has_address}

    if isinstance(found, Route):
        assert {found.hops[index].channel for index in progress(found.plan, found.hops).starts} == usable
    else:
        assert not usable


@given(st.lists(routings, min_size=1, max_size=4), candidates)
def test_a_plan_tries_each_hop_once_and_then_has_failed(channels: list[Any], installed: list[Candidate]) -> None:
    found = route(Wanted(routing=single(*channels)), tuple(installed), yes)
    if isinstance(found, NoRoute):
        assert found.error
        return
    hops = list(found.hops)
    rounds = 0
    while starts := progress(found.plan, tuple(hops)).starts:
        rounds += 1
        assert rounds <= len(hops)
        for index in starts:
            hops[index] = failed(hops[index])

    assert all(hop.state == "failed" for hop in hops)
    assert progress(found.plan, tuple(hops)).standing == "failed"
    assert not any(has_alternative(found.plan, tuple(hops), index) for index in range(len(hops)))


@given(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=6, unique=True))
def test_single_tries_channels_in_the_order_they_were_given(channels: list[str]) -> None:
    installed = tuple(candidate("p-" + channel, channel) for channel in CHANNELS)

    assert order(routed(Wanted(routing=single(*channels)), *installed)) == ["p-" + channel for channel in channels]
