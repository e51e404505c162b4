from posthorn.templates.frame import footer_text, framed, look_of

BRAND = {
    "settings": {
        "colors": {"primary": "#123456"},
        "email": {
            "header": {"logo": {"image": "https://x.test/logo.png", "href": "https://x.test"}, "barColor": "#abcdef"},
            "footer": {"content": "Acme & Sons\nBerlin"},
        },
    }
}


def page(scope: dict[str, object]) -> str:
    return framed("<p>inside</p>", title="A & B", scope=scope, language="de", layout={})


def test_a_page_is_whole_and_adapts_to_dark_and_narrow_screens():
    written = page({})

    assert written.startswith('<!DOCTYPE html>\n<html lang="de">')
    assert written.endswith("</body></html>")
    assert "<title>A &amp; B</title>" in written
    assert "prefers-color-scheme: dark" in written
    assert "max-width: 620px" in written
    assert "Unsubscribe" not in written


def test_a_brand_gives_colours_logo_and_footer():
    written = page({"brand": BRAND})

    assert look_of({"brand": BRAND}).primary == "#123456"
    assert 'src="https://x.test/logo.png"' in written
    assert "#abcdef" in written
    assert "Acme &amp; Sons<br>Berlin" in written
    assert footer_text({"brand": BRAND}) == "Acme & Sons\nBerlin"


def test_a_brand_that_is_none_changes_nothing():
    assert page({"brand": "bnd_1", "urls": None}) == page({})


def test_lines_are_short_enough_for_a_mail_to_go_out_as_it_is():
    assert max(map(len, page({"brand": BRAND}).split("\n"))) < 600
