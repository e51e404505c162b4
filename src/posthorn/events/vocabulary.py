"""Words of Segment and Courier that more than one part must spell alike."""

PRODUCT = "Posthorn"

# Our own messageIds begin so; an event that comes back with one is not news (segment.md 7.6).
OWN_MESSAGE_PREFIX = "posthorn-"

# Segment's Event Tester repeats its messageIds, so these are not taken for duplicates (segment.md 5.5).
TEST_MESSAGE_PREFIX = "segment-test-message-"

MESSAGE_SENT = "Message Sent"
MESSAGE_DELIVERED = "Message Delivered"
MESSAGE_OPENED = "Message Opened"
MESSAGE_CLICKED = "Message Clicked"
MESSAGE_UNDELIVERABLE = "Message Undeliverable"
MESSAGE_UNROUTABLE = "Message Unroutable"
AUDIENCE_USER_MATCHED = "Audience User Matched"
AUDIENCE_USER_UNMATCHED = "Audience User Unmatched"
USER_SUBSCRIBED = "User Subscribed"
USER_UNSUBSCRIBED = "User Unsubscribed"

# What we tell Segment, in the order of segment.md 7.1.
OUTBOUND_EVENTS = (
    MESSAGE_SENT,
    MESSAGE_DELIVERED,
    MESSAGE_OPENED,
    MESSAGE_CLICKED,
    MESSAGE_UNDELIVERABLE,
    MESSAGE_UNROUTABLE,
    AUDIENCE_USER_MATCHED,
    AUDIENCE_USER_UNMATCHED,
    USER_SUBSCRIBED,
    USER_UNSUBSCRIBED,
)

CONSENT_EVENT = "Segment Consent Preference Updated"

# Names under which `integrations` may speak of us (segment.md 6.9).
INTEGRATION_NAMES = (PRODUCT, "Courier", "Courier (Actions)")

# Libraries that run on the user's own device, so the caller's address is the user's (segment.md 6.3).
CLIENT_LIBRARIES = (
    "analytics.js",
    "analytics-swift",
    "analytics-kotlin",
    "analytics-ios",
    "analytics-android",
    "analytics-react-native",
    "analytics-flutter",
)
