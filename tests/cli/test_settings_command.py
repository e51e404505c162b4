from collections.abc import Callable
from typing import Any

import pytest

from posthorn.settings import SETTINGS


def test_every_setting_is_shown_with_its_origin_and_no_secret(
    posthorn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTHORN_API_KEY", "My API Key")
    monkeypatch.setenv("POSTHORN_PRT", "1")

    ended = posthorn("settings", "--port", "9000")

    for setting in SETTINGS:
        assert setting.variable in ended.out
    assert "option --port" in ended.out
    assert "My API Key" not in ended.out
    assert "warning: POSTHORN_PRT is not a setting of Posthorn; did you mean POSTHORN_PORT?" in ended.err
