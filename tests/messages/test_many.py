from hypothesis import given
from hypothesis import strategies as st

from posthorn.messages.many import message_id_for, payloads
from posthorn.messages.model import REQUESTED, SEND_REQUESTED, MessageRequested, SendRequested
from posthorn.messages.recipients import recipients

REQUEST = "1-69a55640-2b8786a2672e01efbb0d96f3"


def _ids(to: object) -> list[str]:
    found = recipients(to)
    request = SendRequested(request_id=REQUEST, groups=found.groups, message={"template": "t"})
    return [one.message_id for _, _, one in payloads(request, found) if isinstance(one, MessageRequested)]


def test_a_request_to_one_recipient_is_his_message():
    assert _ids({"user_id": "u-1"}) == [REQUEST]


def test_several_that_are_named_get_one_each_even_twice():
    ids = _ids([{"user_id": "u-1"}, {"user_id": "u-1"}])

    assert len(set(ids)) == 2
    assert all(one.startswith("1-69a55640-") and len(one) == len(REQUEST) for one in ids)


def test_beside_a_group_a_user_gets_one_in_all():
    assert _ids([{"user_id": "u-1"}, {"list_id": "a"}, {"user_id": "u-1"}]) == [message_id_for(REQUEST, "u-1")]


def test_all_groups_together_are_one_event_of_the_request():
    found = recipients([{"list_id": "a"}, {"list_id": "b"}, {"user_id": "u-1"}])
    request = SendRequested(request_id=REQUEST, groups=found.groups, message={})

    assert [(type, key) for type, key, _ in payloads(request, found)] == [(REQUESTED, "u-1"), (SEND_REQUESTED, REQUEST)]


@given(st.lists(st.text(min_size=1), unique=True, max_size=20))
def test_two_users_never_share_an_id(users: list[str]):
    assert len({message_id_for(REQUEST, user) for user in users}) == len(users)
