"""Audiences: users chosen by a rule over what is known of them and what they did; who enters and leaves, and why.

Tables: audiences, audience_versions, audience_members, audience_event_times. Entry: `decide` (pure), `index`, `editing`,
`members`.
"""
