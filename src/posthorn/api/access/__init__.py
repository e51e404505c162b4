"""Who may send and call: sources and keys, routes of our own."""
