"""Adapters to the outside; each implements a Protocol of contracts."""
