"""Messages: one notification to one recipient, from the request to the last click.

Tables: messages, message_contents, message_history.
Pure: `recipients.check_request` (what POST /send refuses), `decide.request`, `decide.due`, `decide.cancel`, `receipts.receive`,
`render.outgoing`, `history.wire_items`, `tracking`. Rows: `store`.
"""
