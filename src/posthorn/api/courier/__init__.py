"""Courier's HTTP API: one module for each resource, wire structs beside their operations (courier.md)."""
