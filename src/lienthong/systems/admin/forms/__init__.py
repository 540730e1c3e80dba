"""Forms of the administration, one module an area."""
