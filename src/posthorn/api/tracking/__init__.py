"""The way in for events: Segment's Tracking API, its webhook and destination calls, and Courier's inbound calls.

Bare ASGI, because an ordinary framework costs more than everything else here. Entry: `app.TrackingApp`.
"""
