"""Signatures: keys, time stamps, PAdES, XMLDSIG and CMS, and the verdict on each of them (core.md §7)."""
