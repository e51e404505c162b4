"""Outbound webhooks: addresses of others that are told what happens here, signed (courier.md 10.10).

Tables: webhook_endpoints. Entry: `commands.webhook_commands` says who is told of something, `calls` makes and judges one
call, `endpoints` keeps what is set up. What is told stands in engine/notices.py.
"""
