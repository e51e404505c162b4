import pytest

from posthorn.destinations import segment
from posthorn.destinations.check_key import key_exists
from posthorn.destinations.segment import Settings
from posthorn.errors import Invalid, NotSent, Unavailable
from posthorn.outbound import Blocked, HttpRequest, HttpResponse

pytestmark = pytest.mark.anyio
SETTINGS = Settings(write_key="wk")


class _Answers:
    def __init__(self, answer: int | Exception) -> None:
        self.answer = answer

    async def request(self, request: HttpRequest) -> HttpResponse:
        if isinstance(self.answer, Exception):
            raise self.answer
        return HttpResponse(status=self.answer)


@pytest.mark.parametrize(("status", "exists"), [(200, True), (404, False), (403, False), (401, False)])
async def test_a_key_exists_if_its_settings_can_be_read(status, exists):
    assert await key_exists(segment.destination, SETTINGS, _Answers(status)) is exists


@pytest.mark.parametrize("answer", [429, 500, 302, NotSent("no such host")])
async def test_an_unclear_answer_says_nothing_about_the_key(answer):
    with pytest.raises(Unavailable):
        await key_exists(segment.destination, SETTINGS, _Answers(answer))


async def test_an_address_that_may_not_be_called_is_refused():
    with pytest.raises(Invalid):
        await key_exists(segment.destination, SETTINGS, _Answers(Blocked("private")))
