"""Signatures: keys, time stamps, PAdES, XMLDSIG and CMS, and the verdict on each of them (core.md §7)."""

from lienthong.core.signing.der import heed_definite_lengths

heed_definite_lengths()
