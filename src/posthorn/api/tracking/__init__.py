"""The way in for events: Segment's Tracking API, its webhook and destination calls, and Courier's inbound calls.

Plain functions, driven by the connection itself where events stream in and by ASGI elsewhere, because an ordinary
framework costs more than everything else here. Entry: `app.TrackingApp`, which makes each `call.Call`.
"""
