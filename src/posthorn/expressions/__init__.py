"""What people write into automations, journeys, audiences and templates to point at data.

Paths, references, conditions, expressions, durations and moments.

Pure: values in, values out; no tables. Whatever is wrong with a text raises `errors.Invalid` with a sentence.
Entry functions: `paths.lookup`, `references.resolve`, `evaluate.evaluate`, `conditions.check` and `conditions.holds`,
`durations.parse_duration`, `moments.moment`, `moments.next_opening`. See decision 0002.
"""
