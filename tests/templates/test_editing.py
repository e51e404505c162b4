from posthorn.templates.editing import checksum, identified, outline, walk, with_element, with_locale

CONTENT = {
    "version": "2022-01-01",
    "elements": [{"type": "group", "elements": [{"type": "divider"}]}, {"type": "divider", "id": "mine"}],
}


def test_every_element_gets_an_id_and_keeps_its_own():
    elements = identified(CONTENT, b"seed")["elements"]

    ids = [element["id"] for element in walk(elements)]
    assert len(set(ids)) == 3
    assert ids[2] == "mine"
    assert ids[0].startswith("elem_")


def test_ids_depend_on_the_seed_alone():
    assert identified(CONTENT, b"a") == identified(CONTENT, b"a")
    assert identified(CONTENT, b"a") != identified(CONTENT, b"b")


def test_a_checksum_is_of_the_content_and_not_of_its_order():
    assert checksum({"type": "text", "content": "x"}) == checksum({"content": "x", "type": "text", "checksum": "old"})
    assert checksum({"type": "text", "content": "x"}) != checksum({"type": "text", "content": "y"})
    assert len(checksum({})) == 32


def test_an_element_is_replaced_at_any_depth():
    elements = identified(CONTENT, b"seed")["elements"]
    inner = elements[0]["elements"][0]["id"]

    changed = with_element(elements, inner, {"type": "text", "content": "x"})

    assert changed is not None
    assert changed[0]["elements"] == [{"type": "text", "content": "x", "id": inner}]
    assert with_element(elements, "nobody", {"type": "divider"}) is None


def test_a_locale_is_put_beside_the_others():
    elements = [{"type": "text", "id": "a", "content": "Hello", "locales": {"de": {"content": "Hallo"}}}]

    changed = with_locale(elements, "fr", {"a": {"content": "Bonjour"}})

    assert changed[0]["locales"] == {"de": {"content": "Hallo"}, "fr": {"content": "Bonjour"}}


def test_an_outline_shows_checksums_of_elements_and_locales():
    elements = [{"type": "text", "id": "a", "content": "Hello", "locales": {"fr": {"content": "Bonjour"}}}]

    (shown,) = outline(elements)

    assert shown["type"] == "text"
    assert shown["checksum"] == checksum(elements[0])
    assert shown["locales"] == {"fr": {"checksum": checksum({"content": "Bonjour"})}}
