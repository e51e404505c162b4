"""Events: one fact each, above all Segment's calls; how they are read, cleaned and counted.

Entry: `model.Entry` is how an event waits in the log, `model.Event` how the deciders see it.

Tables: event_catalogue: `catalogue.sightings` counts a block, `store` adds it and lists. event_schemas: `schema.schemas`
tells what events look like, `schema_store` keeps it.
"""
