"""What the platform asks of an identity provider outside, whoever runs it (CORE-79; NĐ 69/2024/NĐ-CP)."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Errand:
    """A sign-in on its way to a provider: what our own session keeps until the person comes back.

    `level` is the assurance that was asked for: 1 self-registered, 2 proven in person.
    """

    provider: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    level: int


@dataclass(frozen=True, slots=True)
class Proven:
    """Who came back: the provider's subject key, which alone decides the account, and the level it vouches for."""

    provider: str
    subject: str
    level: int


class ProviderUnavailable(Exception):
    """The provider does not answer in time, is overloaded or rests after a failure; other ways of sign-in go on."""


class ProviderRefused(Exception):
    """The provider said no, or what it said does not hold; the text says why in Vietnamese."""


class IdentityProvider(Protocol):
    """A provider, registered by `core.identity.providers.use`."""

    @property
    def code(self) -> str:
        """The short name in addresses and in the link of an account."""

    @property
    def label(self) -> str:
        """What people call it."""

    @property
    def down(self) -> bool:
        """Whether it rests after a failure: the sign-in page says so and nobody waits for it."""

    def begin(self, redirect_uri: str, level: int) -> tuple[str, Errand]:
        """The address to send the browser to, and what to keep; raises ProviderUnavailable."""

    def finish(self, errand: Errand, code: str) -> Proven:
        """Exchange the code and check the token; raises ProviderUnavailable or ProviderRefused."""
