"""Templates: the content of messages, its versions, and how it becomes what a channel carries.

Tables: templates (the draft and the head of each template), template_versions (published contents, immutable).
Entry functions: `render.render`, `elemental.check_content`, the verbs in `write`, `read` for the API and
`catalogue.load_catalogue` for whoever renders. Pure but for `store`, `write`, `read` and `catalogue`.
"""
