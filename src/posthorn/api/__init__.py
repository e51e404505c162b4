"""The HTTP surface: translates between the wire and the verbs of the floors below.

Entry: `app.create_api(context)`. A resource is one module in a surface folder that holds `handlers`, found by
`discovery`; `courier/profiles.py` is the one to copy. Errors become answers in `problems`, keys become callers in
`caller`, writes become log entries in `commands`. The ingest path is `tracking`, beside all of this.
"""
