"""A POST that is sent twice under one Idempotency-Key is done once (courier.md 10.5).

Table: idempotency_keys, a row for each key, with the id of its request and, once there is one, its answer.
Entry: `replay.replay_repeats`, a middleware.
"""
