"""Preferences: what can be opted out of, what each user chose, and what therefore counts for a message (courier.md 8).

Tables: preference_sections, preference_topics, preference_pages, preferences.
Entry: `decide.decide` (one event of one user), `effective.effective` (what counts), `editing` (sections and topics),
`publishing` (the hosted page), `links` (signed links to it), `topics.load_topics` (the configuration in memory).
"""
