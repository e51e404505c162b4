"""The template, the automation and the event name that benchmarks use."""

from typing import Any

EVENT = "Order Completed"

ELEMENTS: list[dict[str, Any]] = [
    {"type": "meta", "title": "Thank you, {{profile.first_name}}"},
    {"type": "text", "content": "Your order {{order_id}} of {{total}} {{currency}} is on its way."},
    {"type": "action", "content": "Look at it", "href": "https://shop.example.test/orders/{{order_id}}"},
]

NOTIFICATION: dict[str, Any] = {
    "name": "Order completed",
    "tags": [],
    "brand": None,
    "subscription": None,
    "routing": None,
    "alias": "order-completed",
    "content": {"version": "2022-01-01", "elements": ELEMENTS},
}

AUTOMATION: dict[str, Any] = {
    "name": "Thank for an order",
    "trigger": {"type": "segment", "request_type": "track", "event": EVENT},
    "steps": [{"action": "send", "template": "order-completed"}],
}
