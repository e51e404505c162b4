"""Bulk jobs: one message to users who are handed over in portions, each with data of his own (courier.md 9.7).

Tables: bulk_jobs, bulk_users. Entry: `collect.create`, `collect.add_users`, `collect.start`; the pages are the engine's.
"""
