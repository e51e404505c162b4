"""Providers: the vendors that carry messages. One file per vendor, found by its `provider`.

Tables: providers, mailbox_mails. Entry: `installed` (the verbs of /providers and what is in memory), `deliver.deliver`,
`catalogue.providers`, `mailbox`.
"""
