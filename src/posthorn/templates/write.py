"""Templates created, changed, published and archived. Each verb also says that the configuration has changed."""

import re
from typing import Any

from msgspec.structs import replace

from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.ids import digest, prefixed_id
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch
from posthorn.templates import store
from posthorn.templates.editing import identified, walk, with_element, with_locale
from posthorn.templates.elemental import check_content, check_element
from posthorn.templates.model import DRAFT, PRIVATE, Edit, Payload, Template, Wanted, version_number
from posthorn.templates.read import find_head
from posthorn.templates.store import Head

_MAX_NAME = 500
_MAX_TAGS = 100
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{1,8}){0,3}")


async def create_template(
    tx: Transaction, environment: str, wanted: Wanted, edit: Edit, seed: bytes, journey_id: str = ""
) -> Template:
    """A new template with an id derived from the time and the seed, published if the edit says so.

    journey_id: the journey whose send nodes alone may use it.

    Raises Invalid for content or an alias that is none, Conflict for an alias that is taken.
    """
    template_id = prefixed_id("nt_", edit.now, seed)
    await _check_alias(tx, environment, template_id, wanted.alias)
    return await _added(tx, environment, wanted, edit, (template_id, journey_id, wanted.alias))


async def create_private(tx: Transaction, environment: str, payload: Payload, edit: Edit, seed: bytes, owner: str) -> Template:
    """The template of a thing that has one to itself: it is not listed among the others."""
    template_id = prefixed_id("nt_", edit.now, seed)
    return await _added(tx, environment, Wanted(payload=payload), edit, (template_id, "", f"{PRIVATE}{owner}"))


async def _added(tx: Transaction, environment: str, wanted: Wanted, edit: Edit, names: tuple[str, str, str | None]) -> Template:
    template_id, journey_id, alias = names
    payload = _checked(wanted.payload, template_id, edit)
    head = Head(
        environment=environment,
        template_id=template_id,
        alias=alias,
        published_version=0,
        archived_at=None,
        journey_id=journey_id,
    )
    if not await store.add(tx, head, edit.now, edit.editor):
        raise Conflict(f"Notification template {template_id} exists already")
    return await _saved(tx, head, payload, edit)


async def replace_template(tx: Transaction, environment: str, id_or_alias: str, wanted: Wanted, edit: Edit) -> Template:
    """Replaces the draft and the alias as a whole. Raises Invalid, Conflict, NotFound."""
    head = await _editable(tx, environment, id_or_alias)
    payload = _checked(wanted.payload, head.template_id, edit)
    await _check_alias(tx, environment, head.template_id, wanted.alias)
    return await _saved(tx, replace(head, alias=wanted.alias), payload, edit)


async def put_content(tx: Transaction, environment: str, id_or_alias: str, content: dict[str, Any], edit: Edit) -> Template:
    """Replaces the content of the draft. Raises Invalid, NotFound."""
    check_content(content)
    head = await _editable(tx, environment, id_or_alias)
    payload = replace((await _draft(tx, head)).payload, content=content)
    return await _saved(tx, head, _checked(payload, head.template_id, edit), edit)


async def put_element(
    tx: Transaction, environment: str, id_or_alias: str, element_id: str, element: dict[str, Any], edit: Edit
) -> Template:
    """Replaces one element of the draft; it keeps its id. Raises Invalid, NotFound."""
    check_element(element)
    head = await _editable(tx, environment, id_or_alias)
    draft = await _draft(tx, head)
    elements = with_element(draft.content["elements"], element_id, element)
    if elements is None:
        raise NotFound(f"Element {element_id} not found in template {head.template_id}")
    return await _with_elements(tx, head, draft, elements, edit)


async def put_locale(
    tx: Transaction, environment: str, id_or_alias: str, locale: str, changes: dict[str, dict[str, Any]], edit: Edit
) -> Template:
    """Puts the partial elements of one locale, by element id, into the draft. Raises Invalid, NotFound."""
    if not _LOCALE.fullmatch(locale):
        raise Invalid(f'"{locale[:40]}" is not a locale such as "fr" or "fr-CA"')
    head = await _editable(tx, environment, id_or_alias)
    draft = await _draft(tx, head)
    known = {element.get("id") for element in walk(draft.content["elements"])}
    for element_id in changes:
        if element_id not in known:
            raise NotFound(f"Element {element_id} not found in template {head.template_id}")
    return await _with_elements(tx, head, draft, with_locale(draft.content["elements"], locale, changes), edit)


async def publish(tx: Transaction, environment: str, id_or_alias: str, version: str | None, edit: Edit) -> int:
    """Publishes the draft as the next version, or makes a former version the published one again; its number.

    An unchanged draft is not published again. Raises Invalid for a malformed version, NotFound for an unknown one.
    """
    number = None if version in {None, "", "draft"} else version_number(str(version))
    head = await _editable(tx, environment, id_or_alias)
    if number is not None:
        if await store.version(tx, environment, head.template_id, number) is None:
            raise NotFound(f"Version not found for template {head.template_id}")
    else:
        number = await _next_version(tx, head, edit)
    await store.change(tx, replace(head, published_version=number), edit.now, edit.editor)
    await touch(tx)
    return number


async def save_version(tx: Transaction, environment: str, id_or_alias: str, edit: Edit) -> int:
    """Writes the draft as the next version without publishing it; its number, that of the published one if it is the same."""
    return await _next_version(tx, await _editable(tx, environment, id_or_alias), edit)


async def archive(tx: Transaction, environment: str, id_or_alias: str, edit: Edit) -> None:
    """No new sends from now on; still readable, its alias free for another. Twice is once. Raises NotFound."""
    head = await find_head(tx, environment, id_or_alias)
    if head.archived_at is None:
        await store.change(tx, replace(head, alias=None, archived_at=edit.now), edit.now, edit.editor)
        await touch(tx)


async def _saved(tx: Transaction, head: Head, payload: Payload, edit: Edit) -> Template:
    await store.change(tx, head, edit.now, edit.editor)
    await store.write_draft(tx, head, payload, edit.now, edit.editor)
    await touch(tx)
    number = DRAFT
    if edit.publish:
        number = await publish(tx, head.environment, head.template_id, None, edit)
    found = await store.version(tx, head.environment, head.template_id, number)
    if found is None:
        raise NotFound(f"Notification template {head.template_id} not found")
    return found


async def _with_elements(tx: Transaction, head: Head, draft: Template, elements: list[dict[str, Any]], edit: Edit) -> Template:
    payload = replace(draft.payload, content={**draft.content, "elements": elements})
    return await _saved(tx, head, _checked(payload, head.template_id, edit), edit)


async def _next_version(tx: Transaction, head: Head, edit: Edit) -> int:
    draft = await _draft(tx, head)
    published = await store.version(tx, head.environment, head.template_id, head.published_version or -1)
    if published is not None and published.payload == draft.payload:
        return published.version
    number = await store.last_version(tx, head.environment, head.template_id) + 1
    await store.write_version(tx, head, number, draft.payload, (edit.now, edit.editor))
    return number


async def _editable(tx: Transaction, environment: str, id_or_alias: str) -> Head:
    head = await find_head(tx, environment, id_or_alias)
    if head.archived_at is not None:
        raise Conflict(f"Notification template {id_or_alias} is archived")
    return head


async def _draft(tx: Transaction, head: Head) -> Template:
    draft = await store.version(tx, head.environment, head.template_id, DRAFT)
    if draft is None:
        raise NotFound(f"Notification template {head.template_id} not found")
    return draft


def _checked(payload: Payload, template_id: str, edit: Edit) -> Payload:
    if not payload.name or len(payload.name) > _MAX_NAME:
        raise Invalid(f"notification.name: Expected 1 to {_MAX_NAME} characters")
    if len(payload.tags) > _MAX_TAGS:
        raise Invalid(f"notification.tags: More than {_MAX_TAGS}")
    check_content(payload.content, "notification.content")
    seed = digest(template_id, str(edit.now))
    return replace(payload, content=identified(payload.content, seed))


async def _check_alias(tx: Transaction, environment: str, template_id: str, alias: str | None) -> None:
    if alias is None:
        return
    if not alias or len(alias) > _MAX_NAME or alias.startswith(("tenant/", PRIVATE)):
        raise Invalid(f'notification.alias: Expected 1 to 500 characters that do not start with "tenant/" or "{PRIVATE}"')
    taken = await store.head(tx, environment, alias)
    if taken is not None and taken.template_id != template_id:
        raise Conflict(f"The alias {alias} is taken by another template")
