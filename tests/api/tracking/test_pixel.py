import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from posthorn.errors import Unavailable

pytestmark = pytest.mark.anyio

EVENT = {"writeKey": "wk_web_demo", "userId": "u-1", "event": "Seen", "properties": {"a": "ü?>~"}}


def packed(*, is_url_safe: bool) -> str:
    raw = json.dumps(EVENT, ensure_ascii=False).encode()
    return (base64.urlsafe_b64encode(raw) if is_url_safe else base64.b64encode(raw)).decode()


@pytest.mark.parametrize(
    "data",
    [
        quote(packed(is_url_safe=False)),
        packed(is_url_safe=False),
        packed(is_url_safe=True).rstrip("="),
        quote('"' + packed(is_url_safe=True) + '"\n'),
    ],
)
async def test_base64_in_any_spelling_is_an_event(tracking: Any, data: str) -> None:
    reply = await tracking.send("GET", f"/v1/pixel/track?data={data}", auth="none")

    assert (reply.status, reply.headers["content-type"], len(reply.body)) == (200, "image/gif", 42)
    assert reply.headers["cache-control"] == "no-store, private"
    (event,) = tracking.events()
    assert (event.name, event.properties) == ("Seen", {"a": "ü?>~"})
    assert event.context == {"ip": "192.0.2.10", "userAgent": "test/1"}


async def test_dotted_names_are_nested(tracking: Any) -> None:
    query = "writeKey=wk_web_demo&userId=u-1&name=Home&properties.a.b=Hi&properties.a=x&properties.c=%C3%BC"

    await tracking.send("GET", f"/v1/pixel/page/?{query}", auth="none")

    (event,) = tracking.events()
    assert (event.type, event.name, event.properties) == ("page", "Home", {"a": {"b": "Hi"}, "c": "ü"})


@pytest.mark.parametrize(
    "query",
    [
        *("", "data=", "data=%%%", "writeKey=wk_unknown&userId=u&event=e", "userId=u&event=e", "data=bnVsbA"),
        "writeKey=wk_web_demo&userId=u&event=e&properties.x=" + "x" * 8_192,
        "writeKey=wk_web_demo&userId=u&event=e" + "&a" + ".a" * 3_000 + "=1",
        "writeKey=wk_web_demo&userId=u&event=%FF%00",
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_image(tracking: Any, query: str) -> None:
    reply = await tracking.send("GET", f"/v1/pixel/track?{query}", auth="none")

    assert (reply.status, reply.headers["content-type"]) == (200, "image/gif")
    assert all("\x00" not in event.name for event in tracking.events())


async def test_a_log_that_is_down_loses_the_pixel_and_says_so(tracking: Any) -> None:
    tracking.failure = Unavailable("The database is down")

    reply = await tracking.send("GET", "/v1/pixel/track?writeKey=wk_web_demo&userId=u&event=e", auth="none")

    assert (reply.status, tracking.notices) == (200, ["not_stored"])
