"""About the server itself: health, metrics, and the description of this API. Public routes."""
