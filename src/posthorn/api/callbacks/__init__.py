"""What comes back from outside: provider receipts, opens, clicks, unsubscribes. Mostly public routes."""
