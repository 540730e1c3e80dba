"""Settings, the list of systems, URLs and the ASGI entry."""
