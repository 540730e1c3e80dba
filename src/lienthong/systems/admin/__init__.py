"""Quản trị: the core's own screens."""
