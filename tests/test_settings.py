import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.settings import MASK, SETTINGS, Setting, Settings, load_settings, masked

BY_NAME = {setting.name: setting for setting in SETTINGS}
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


def settings_of(folder: Path, options: dict[str, object] | None = None, **variables: str) -> Settings:
    return load_settings(options or {}, environment=variables, folder=folder)


def test_defaults_are_those_of_a_single_machine(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8700, "http://127.0.0.1:8700")
    assert settings.is_sqlite
    assert settings.database_path == Path("data/posthorn.db")
    assert (settings.rate_per_second, settings.allow_private_network) == (0, False)
    assert set(settings.origins.values()) == {"default"}


def test_an_option_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "posthorn.toml").write_text('port = 1001\nhost = "a.example"\nburst = 7\n')

    settings = settings_of(tmp_path, {"port": 3003, "data": None}, POSTHORN_PORT="2002", POSTHORN_HOST="b.example")

    assert (settings.port, settings.host, settings.burst) == (3003, "b.example", 7)
    assert settings.origins["port"] == "option --port"
    assert settings.origins["host"] == "environment POSTHORN_HOST"
    assert settings.origins["burst"] == "posthorn.toml"


def test_every_field_has_its_setting_and_every_setting_its_field() -> None:
    fields = set(Settings.__struct_fields__) - {"origins", "warnings"}

    assert fields == set(BY_NAME)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("0.0.0.0", "http://127.0.0.1:8700"), ("::1", "http://[::1]:8700"), ("[::]", "http://[::1]:8700")],
)
def test_the_public_url_is_one_that_a_browser_can_open(tmp_path: Path, host: str, expected: str) -> None:
    assert settings_of(tmp_path, POSTHORN_HOST=host).public_url == expected


def test_a_public_url_loses_its_last_slash(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, POSTHORN_PUBLIC_URL="https://mail.example.com/")

    assert settings.public_url == "https://mail.example.com"
    assert settings.local_url == "http://127.0.0.1:8700"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert settings_of(tmp_path, POSTHORN_PORT=" ").origins["port"] == "default"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("POSTHORN_PORT", "87oo", "port (from environment POSTHORN_PORT) must be a whole number from 1 to 65535"),
        ("POSTHORN_PORT", "65536", "65535, not '65536'"),
        ("POSTHORN_PORT", "٣", "must be a whole number"),
        ("POSTHORN_PUBLIC_URL", "mail.example.com", "https://posthorn.example.com, not 'mail.example.com'"),
        ("POSTHORN_PUBLIC_URL", "http://[::1", "public_url (from environment POSTHORN_PUBLIC_URL)"),
        ("POSTHORN_PUBLIC_URL", "http://a:99999", "public_url (from environment POSTHORN_PUBLIC_URL)"),
        ("POSTHORN_DATABASE_URL", "mysql://u:geheim@h/x", "postgresql://USER@HOST/NAME"),
        ("POSTHORN_LOG_URL", "kafka://h", "nats://HOST:4222"),
        ("POSTHORN_ALLOW_PRIVATE_NETWORK", "maybe", "must be on or off, not 'maybe'"),
        ("POSTHORN_TRUSTED_PROXIES", "10.0.0.0/8, proxy", "'proxy' is none"),
        ("POSTHORN_HOST", "http://x", "must be a host name"),
        ("POSTHORN_UNSUBSCRIBE_MAILTO", "leave", "must be an address such as unsubscribe@example.com, not 'leave'"),
        ("POSTHORN_UNSUBSCRIBE_MAILTO", "a@b.test>, <http://evil.test", "must be an address"),
        ("POSTHORN_UNSUBSCRIBE_MAILTO", "a@b.test?bcc=c@d.test", "must be an address"),
    ],
)
def test_a_wrong_value_is_refused_with_one_line(tmp_path: Path, variable: str, value: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        settings_of(tmp_path, **{variable: value})

    assert said in refusal.value.message
    assert "\n" not in refusal.value.message
    assert "geheim" not in refusal.value.message


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        settings_of(tmp_path, POSTHORN_API_KEY="hush\x07hush")

    assert "hush" not in refusal.value.message


def test_a_key_may_contain_spaces(tmp_path: Path) -> None:
    assert settings_of(tmp_path, POSTHORN_API_KEY="My API Key").api_key == "My API Key"


def test_unknown_names_are_warned_of_with_the_likely_one(tmp_path: Path) -> None:
    (tmp_path / "posthorn.toml").write_text("prot = 1\n[smtp]\nx = 1\n")

    settings = settings_of(tmp_path, POSTHORN_WRITEKEY="x", PATH="/bin")

    assert settings.warnings == (
        "POSTHORN_WRITEKEY is not a setting of Posthorn; did you mean POSTHORN_WRITE_KEY?",
        "prot in posthorn.toml is not a setting of Posthorn; did you mean port?",
        "smtp in posthorn.toml is not a setting of Posthorn",
    )


@pytest.mark.parametrize("text", ["port = ", "\x00", "port = 1\nport = 2"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "posthorn.toml").write_text(text)

    with pytest.raises(Invalid, match=r"posthorn\.toml is not valid TOML"):
        settings_of(tmp_path)


def test_a_file_that_is_no_text_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "posthorn.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="not valid TOML"):
        settings_of(tmp_path)

    (tmp_path / "posthorn.toml").unlink()
    (tmp_path / "posthorn.toml").mkdir()
    assert stat.S_ISDIR((tmp_path / "posthorn.toml").stat().st_mode)
    with pytest.raises(Invalid, match="cannot be read"):
        settings_of(tmp_path)


def test_a_list_may_be_written_as_one(tmp_path: Path) -> None:
    (tmp_path / "posthorn.toml").write_text('trusted_proxies = ["10.0.0.0/8", "::1"]\nallow_private_network = true\n')

    settings = settings_of(tmp_path)

    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.allow_private_network


def test_secrets_and_passwords_are_masked(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, POSTHORN_SECRET_KEY="hush", POSTHORN_DATABASE_URL="postgresql://me:hush@db.example/posthorn"
    )

    assert masked(settings, BY_NAME["secret_key"]) == MASK
    assert masked(settings, BY_NAME["api_key"]) == ""
    assert masked(settings, BY_NAME["database_url"]) == f"postgresql://me:{MASK}@db.example/posthorn"
    assert masked(settings, BY_NAME["allow_private_network"]) == "off"


@given(st.sampled_from(SETTINGS), ANY_TEXT)
def test_any_text_is_taken_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, setting: Setting, text: str
) -> None:
    said = ""
    try:
        load_settings({}, environment={setting.variable: text}, folder=tmp_path_factory.getbasetemp())
    except Invalid as refusal:
        said = refusal.message

    assert len(said.splitlines()) <= 1


@given(st.integers(1, 65_535))
def test_a_port_means_the_same_wherever_it_is_said(tmp_path_factory: pytest.TempPathFactory, port: int) -> None:
    folder = tmp_path_factory.getbasetemp()

    by_option = load_settings({"port": port}, environment={}, folder=folder)
    by_variable = load_settings({}, environment={"POSTHORN_PORT": str(port)}, folder=folder)

    assert by_option.port == by_variable.port == port
