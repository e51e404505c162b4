from messages.message_cases import template
from posthorn.messages.mapping import map_template
from posthorn.templates.catalogue import TemplateCatalogue

PUBLISHED = TemplateCatalogue(
    [template("nt_1", version=0, published=3, topic_id="pt_draft"), template("nt_1", version=3, published=3, topic_id="pt_1")]
)
DRAFT_ONLY = TemplateCatalogue([template("nt_1", version=0, published=0)])


def test_a_template_is_found_by_id_and_alias_in_its_published_version() -> None:
    for name in ("nt_1", "welcome"):
        mapped = map_template(PUBLISHED, "production", {"template": name}, draft=False)
        assert (mapped.template_id, mapped.version, mapped.topic_id, mapped.status) == ("nt_1", 3, "pt_1", "")


def test_a_draft_key_gets_the_draft() -> None:
    assert map_template(PUBLISHED, "production", {"template": "nt_1"}, draft=True).version == 0


def test_a_template_that_was_never_published_is_unmapped_and_says_so() -> None:
    mapped = map_template(DRAFT_ONLY, "production", {"template": "nt_1"}, draft=False)

    assert (mapped.status, mapped.reason) == ("UNMAPPED", "UNPUBLISHED")


def test_a_template_of_the_other_environment_is_unknown() -> None:
    mapped = map_template(PUBLISHED, "test", {"template": "nt_1"}, draft=False)

    assert (mapped.status, mapped.reason) == ("UNMAPPED", None)
    assert mapped.error == "Notification template nt_1 not found"


def test_the_topic_of_the_message_wins_over_that_of_the_template() -> None:
    body = {"template": "nt_1", "preferences": {"subscription_topic_id": "pt_own"}}

    assert map_template(PUBLISHED, "production", body, draft=False).topic_id == "pt_own"


def test_inline_content_needs_no_template() -> None:
    assert map_template(PUBLISHED, "production", {"content": {}, "template": "nobody"}, draft=False).status == ""
    assert map_template(PUBLISHED, "production", {}, draft=False).status == "UNMAPPED"
