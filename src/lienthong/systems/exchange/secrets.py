"""Shared secrets of peers at rest: sealed under a key derived from the node's own secret (CORE-85)."""

from lienthong.core.clients.signatures import Vault, new_secret, same, signature

__all__ = ["new_secret", "same", "seal", "signature", "unseal"]

_vault = Vault(b"lienthong exchange peer secrets")
seal, unseal = _vault.seal, _vault.unseal
