"""Shared rules that every system stands on."""
