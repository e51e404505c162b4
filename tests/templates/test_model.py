import pytest

from posthorn.errors import Invalid
from posthorn.templates.model import version_name, version_number


def test_versions_have_names():
    assert [version_name(number) for number in (0, 1, 1000)] == ["draft", "v001", "v1000"]
    assert version_number("v012") == 12


@pytest.mark.parametrize("name", ["", "1", "v1", "v000", "V001", "v001 ", "latest"])
def test_any_other_name_is_refused(name: str):
    with pytest.raises(Invalid, match=r"Expected format: v001, v002"):
        version_number(name)
