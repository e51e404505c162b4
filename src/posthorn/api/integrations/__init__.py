"""State and settings of integrations such as Segment: routes of our own, where both contracts are silent."""
