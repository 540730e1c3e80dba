"""The identity providers of this node (CORE-79); `gateways/oidc` registers them at start-up."""

from lienthong.contracts.identity import IdentityProvider

_providers: dict[str, IdentityProvider] = {}


def use(*providers: IdentityProvider) -> None:
    """These providers, and no others."""
    _providers.clear()
    _providers.update({provider.code: provider for provider in providers})


def all_of() -> list[IdentityProvider]:
    """In the order in which the operator named them."""
    return list(_providers.values())


def find(code: str) -> IdentityProvider | None:
    """The provider of that name."""
    return _providers.get(code)
