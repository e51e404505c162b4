"""Tenants: the organisations users belong to, made by group calls and the API.

Tables: tenants, tenant_members. Entry: `decide` (pure), `store`.
"""
