"""Who may listen to what."""

from collections.abc import Callable, Collection

from django.http import HttpRequest

# Given the request and the ident behind "prefix:", the audience classes that the viewer belongs to; None refuses.
Rule = Callable[[HttpRequest, str], Collection[str] | None]

_rules: dict[str, Rule] = {}


def topic(prefix: str) -> Callable[[Rule], Rule]:
    """Register who may listen to the topics `prefix:…`; the rule asks the policy, as a page would (CORE-83)."""

    def wrap(rule: Rule) -> Rule:
        known = _rules.get(prefix)
        if known is not None and known.__code__ is not rule.__code__:
            raise ValueError(f"two rules for the topic {prefix}")
        _rules[prefix] = rule
        return rule

    return wrap


def admitted(request: HttpRequest, wanted: str) -> tuple[str, ...] | None:
    """The audience classes in which a viewer may listen to a topic; None when not at all, or when it has no rule."""
    prefix, _, ident = wanted.partition(":")
    rule = _rules.get(prefix)
    classes = rule(request, ident) if rule is not None else None
    return None if classes is None else tuple(sorted(set(classes)))


def prefixes() -> set[str]:
    """All topics that have a rule (a test compares them with what is published)."""
    return set(_rules)
