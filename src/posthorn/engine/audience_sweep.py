"""Forgets when users did what no audience watches any more, page by page."""

import msgspec

from posthorn.audiences import store
from posthorn.engine.audience_pages import Place
from posthorn.engine.backfill import PAGE_USERS
from posthorn.engine.config import ConfigCache
from posthorn.jobs.model import Job, Page
from posthorn.log import store as log_store
from posthorn.storage.database import Transaction

_place = msgspec.json.Decoder(Place).decode
_encode = msgspec.json.Encoder().encode


class Sweep:
    """Does the pages of one environment."""

    def __init__(self, config: ConfigCache, partition_count: int) -> None:
        self._config = config
        self._partition_count = partition_count

    async def page(self, tx: Transaction, job: Job, now: int) -> Page:
        """At most 500 users of one partition, whose steps wait meanwhile."""
        del now
        place = _place(job.cursor.encode()) if job.cursor else Place()
        partition, environment = place.partition, job.environment
        await log_store.hold_cursor(tx, partition)
        watched = (await self._config.current(tx)).audience_index(environment).events
        keys = await store.users_with_times(tx, partition, environment, after=place.user_key, limit=PAGE_USERS)
        known = await store.load_times(tx, partition, environment, tuple(keys)) if keys else {}
        unwatched = [(key, event) for key, times in known.items() for event in times if event not in watched]
        await store.delete_times(tx, partition, environment, unwatched)
        is_last = len(keys) < PAGE_USERS
        after = Place(partition=partition + 1) if is_last else Place(partition=partition, user_key=keys[-1])
        return Page(cursor=_encode(after).decode(), done_count=len(keys), is_finished=after.partition == self._partition_count)
