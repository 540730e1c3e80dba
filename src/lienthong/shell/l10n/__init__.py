"""Formats of dates and numbers (FORMAT_MODULE_PATH)."""
