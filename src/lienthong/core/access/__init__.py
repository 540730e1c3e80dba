"""Rights: verbs granted to positions, policies that judge objects, and the actor of a request."""

from lienthong.core.access.policy import Policy

__all__ = ["Policy"]
