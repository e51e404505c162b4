"""Statements of sections, topics and the hosted page."""

from posthorn.preferences.model import PublishedPage, Section, Topic
from posthorn.storage.database import Transaction


async def sections(tx: Transaction, environment: str) -> list[Section]:
    """The sections of an environment, oldest first."""
    return await tx.all(
        Section,
        "SELECT environment, section_id, name, description, has_custom_routing, routing_options, created_at, created_by, "
        "updated_at, updated_by FROM preference_sections WHERE environment = :environment ORDER BY created_at, section_id",
        environment=environment,
    )


async def save_section(tx: Transaction, section: Section) -> None:
    """Writes a section as it is now."""
    await tx.run(
        "INSERT INTO preference_sections (environment, section_id, name, description, has_custom_routing, routing_options, "
        "created_at, created_by, updated_at, updated_by) VALUES (:environment, :section_id, :name, :description, "
        ":has_custom_routing, :routing_options, :created_at, :created_by, :updated_at, :updated_by) "
        "ON CONFLICT (environment, section_id) DO UPDATE SET name = excluded.name, description = excluded.description, "
        "has_custom_routing = excluded.has_custom_routing, routing_options = excluded.routing_options, "
        "updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        environment=section.environment,
        section_id=section.section_id,
        name=section.name,
        description=section.description,
        has_custom_routing=section.has_custom_routing,
        routing_options=list(section.routing_options),
        created_at=section.created_at,
        created_by=section.created_by,
        updated_at=section.updated_at,
        updated_by=section.updated_by,
    )


async def delete_section(tx: Transaction, environment: str, section_id: str) -> None:
    """Removes a section."""
    await tx.run(
        "DELETE FROM preference_sections WHERE environment = :environment AND section_id = :section_id",
        environment=environment,
        section_id=section_id,
    )


async def topics(tx: Transaction) -> list[Topic]:
    """All topics of all environments, archived ones included, oldest first."""
    return await tx.all(
        Topic,
        "SELECT t.environment, t.topic_id, t.section_id, t.name, t.description, t.default_status, t.allowed_preferences, "
        "t.includes_unsubscribe_header, t.routing_options, t.topic_data, t.created_at, t.created_by, t.updated_at, "
        "t.updated_by, t.archived_at, COALESCE(s.name, '') AS section_name FROM preference_topics t "
        "LEFT JOIN preference_sections s ON s.environment = t.environment AND s.section_id = t.section_id "
        "ORDER BY t.created_at, t.topic_id",
    )


async def save_topic(tx: Transaction, topic: Topic) -> None:
    """Writes a topic as it is now."""
    await tx.run(
        "INSERT INTO preference_topics (environment, topic_id, section_id, name, description, default_status, "
        "allowed_preferences, includes_unsubscribe_header, routing_options, topic_data, created_at, created_by, updated_at, "
        "updated_by, archived_at) VALUES (:environment, :topic_id, :section_id, :name, :description, :default_status, "
        ":allowed_preferences, :includes_unsubscribe_header, :routing_options, :topic_data, :created_at, :created_by, "
        ":updated_at, :updated_by, :archived_at) ON CONFLICT (environment, topic_id) DO UPDATE SET name = excluded.name, "
        "description = excluded.description, default_status = excluded.default_status, "
        "allowed_preferences = excluded.allowed_preferences, "
        "includes_unsubscribe_header = excluded.includes_unsubscribe_header, routing_options = excluded.routing_options, "
        "topic_data = excluded.topic_data, updated_at = excluded.updated_at, updated_by = excluded.updated_by, "
        "archived_at = excluded.archived_at",
        environment=topic.environment,
        topic_id=topic.topic_id,
        section_id=topic.section_id,
        name=topic.name,
        description=topic.description,
        default_status=topic.default_status,
        allowed_preferences=list(topic.allowed_preferences),
        includes_unsubscribe_header=topic.includes_unsubscribe_header,
        routing_options=list(topic.routing_options),
        topic_data=topic.topic_data,
        created_at=topic.created_at,
        created_by=topic.created_by,
        updated_at=topic.updated_at,
        updated_by=topic.updated_by,
        archived_at=topic.archived_at,
    )


async def latest_page(tx: Transaction, environment: str) -> PublishedPage | None:
    """The page as it was published last; None if it never was."""
    return await tx.first(
        PublishedPage,
        "SELECT environment, version, brand_id, heading, description, sections, published_by FROM preference_pages "
        "WHERE environment = :environment ORDER BY version DESC LIMIT 1",
        environment=environment,
    )


async def add_page(tx: Transaction, page: PublishedPage) -> None:
    """Adds a version of the page."""
    await tx.run(
        "INSERT INTO preference_pages (environment, version, brand_id, heading, description, sections, published_by) "
        "VALUES (:environment, :version, :brand_id, :heading, :description, :sections, :published_by)",
        environment=page.environment,
        version=page.version,
        brand_id=page.brand_id,
        heading=page.heading,
        description=page.description,
        sections=list(page.sections),
        published_by=page.published_by,
    )
