"""What the warnings on an event mean, in a sentence each. Source: segment.md 3.7."""

ROUTINE = frozenset({"message_id_generated"})
"""Warnings of events in good order: a list of events does not make a point of them."""

_SENTENCES = {
    "context_not_object": "The context was not an object; it was left out.",
    "empty_id_ignored": "An empty id stood beside a good one; it was left out.",
    "id_coerced": "An id was a number; it was taken as text.",
    "integrations_not_object": "The integrations were not an object; they were left out.",
    "invalid_timestamp": "A time could not be read; the time of receipt was taken.",
    "message_id_coerced": "The messageId was a number; it was taken as text.",
    "message_id_generated": "It came without a messageId and was given one, so that a repeat of it cannot be recognised.",
    "message_id_hashed": "The messageId was longer than 100 characters; a hash of it was taken.",
    "non_finite_number": "A number was not finite; it became null.",
    "properties_truncated": "It had more than 10,000 members; those above were dropped.",
    "text_sanitised": "Text held characters that cannot be stored; they were removed or replaced.",
    "top_level_email_ignored": "An e-mail address stood outside the traits; it was left out.",
    "type_overridden": "Its type said something else than the path it was sent to; the path was believed.",
    "unreadable_body": "Its body could not be read.",
}


def sentence(warning: str) -> str:
    """What a warning means; "" for one that says it by itself."""
    return _SENTENCES.get(warning, "")
