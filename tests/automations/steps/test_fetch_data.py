from typing import Any

import pytest

from posthorn.automations.compile import compile_program
from posthorn.errors import Invalid


@pytest.mark.parametrize(
    "webhook",
    [{"url": "ftp://shop.test"}, {"url": "nothing"}, {"url": "https://"}, {"url": "https://a.test", "method": "BREW"}, {}],
)
def test_a_request_that_cannot_be_made_is_refused(webhook: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        compile_program("automation", [{"action": "fetch-data", "webhook": webhook}])
