"""What systems declare about themselves at start-up: verbs, kinds of reference, policies, machines, menus, sources.

The registry is filled by `ready()` of each app and only read afterwards; looking a policy or a machine up by verb
lets `core/actions` stay below everything that it drives.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.contracts.golive import GoLiveSource
from lienthong.contracts.handover import HandOverSource
from lienthong.contracts.health import Check, GaugeSource, LimitSource
from lienthong.contracts.ref import Ref


class UnknownVerb(LookupError):
    """A verb was used that no system declared."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A registered write or guarded read, `system:object:action`; `sentence` is what the journal viewer says.

    `signs`: authority to sign, which no working delegation moves (CORE-12).
    """

    code: str
    sentence: str
    label: str = ""
    personal: bool = False
    signs: bool = False


@dataclass(frozen=True, slots=True)
class RefKind:
    """How other systems show and open an object of this kind."""

    kind: str
    label: str
    title: Callable[[UUID], str]
    url: Callable[[UUID], str]
    may_see: Callable[[Actor, UUID], bool]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A place in the left rail, shown to who holds `verb` (None: everybody signed in)."""

    code: str
    label: str
    icon: str
    url_name: str
    group: str
    verb: str | None = None
    badge: Callable[[Actor], int] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A line of "Việc của tôi": what, from whom, since when, due when, and the one next action."""

    ref: Ref
    kind: str
    title: str
    url: str
    action: str
    since: datetime
    due_at: datetime | None = None
    source: str = ""
    urgency: int = 0
    unread: bool = False


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A bundle of verbs that a system ships; an agency grants it to positions (OF-3).

    `of_node`: for who runs the machines; no agency may grant it (CORE-108).
    """

    code: str
    name: str
    verbs: tuple[str, ...]
    of_node: bool = False


class WorkSource(Protocol):
    """Gives the open work of an actor, most urgent first; `limit` bounds the answer."""

    def __call__(self, actor: Actor, limit: int) -> Iterable[WorkItem]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One result of the global search."""

    ref: Ref
    kind: str
    title: str
    url: str
    number: str = ""
    detail: str = ""
    at: datetime | None = None


class SearchSource(Protocol):
    """Searches one kind of object inside the actor's scope (CORE-87)."""

    def __call__(self, actor: Actor, query: str, limit: int) -> Iterable[SearchHit]: ...


class PolicyLike(Protocol):
    """What the action engine asks of a policy (core/access defines the base class)."""

    def sees(self, actor: Actor, obj: Any) -> bool: ...

    def allows(self, actor: Actor, verb: str, obj: Any) -> bool: ...


class MachineLike(Protocol):
    """What the action engine asks of a state machine (core/workflow defines it)."""

    def move(self, verb: str, state: str) -> Any: ...

    def has(self, verb: str) -> bool: ...


def _no_law(key: str) -> Any:
    raise UnknownVerb(f"the lawbook is not installed: {key}")


@dataclass(slots=True)
class Registry:
    """The one registry of a process."""

    verbs: dict[str, Verb] = field(default_factory=dict)
    kinds: dict[str, RefKind] = field(default_factory=dict)
    menu: dict[str, MenuEntry] = field(default_factory=dict)
    policies: dict[type[Any], PolicyLike] = field(default_factory=dict)
    policy_of_verb: dict[str, PolicyLike] = field(default_factory=dict)
    machines: dict[type[Any], MachineLike] = field(default_factory=dict)
    work: dict[str, WorkSource] = field(default_factory=dict)
    search: dict[str, SearchSource] = field(default_factory=dict)
    roles: dict[str, RoleSpec] = field(default_factory=dict)
    actions: dict[str, Any] = field(default_factory=dict)
    hand_over: dict[str, HandOverSource] = field(default_factory=dict)
    golive: dict[str, GoLiveSource] = field(default_factory=dict)
    # What `lienthong doctor`, the page of the state and the measuring system ask (CORE-98).
    checks: dict[str, Check] = field(default_factory=dict)
    probes: dict[str, Check] = field(default_factory=dict)
    limits: dict[str, LimitSource] = field(default_factory=dict)
    gauges: dict[str, GaugeSource] = field(default_factory=dict)
    # Set by core/lawbook at start-up: the value of a parameter today, for the layers below it.
    law: Callable[[str], Any] = _no_law

    def add_verbs(self, *verbs: Verb) -> None:
        """Declare verbs; a second declaration of one code is an error."""
        for verb in verbs:
            if verb.code in self.verbs:
                raise ValueError(f"verb {verb.code} is declared twice")
            if verb.code.count(":") != 2:
                raise ValueError(f"verb {verb.code} is not system:object:action")
            self.verbs[verb.code] = verb

    def add_kind(self, kind: RefKind) -> None:
        """Declare a kind of reference."""
        self.kinds[kind.kind] = kind

    def add_menu(self, *entries: MenuEntry) -> None:
        """Declare places of the rail."""
        for entry in entries:
            self.menu[entry.code] = entry

    def add_roles(self, *roles: RoleSpec) -> None:
        """Declare the bundles of verbs that a system ships; every verb must be declared before."""
        for role in roles:
            for verb in role.verbs:
                self.verb(verb)
            self.roles[role.code] = role

    def add_policy(self, model: type[Any], policy: PolicyLike, verbs: Iterable[str]) -> None:
        """Declare the policy of a model and the verbs that it judges."""
        self.policies[model] = policy
        for verb in verbs:
            self.policy_of_verb[verb] = policy

    def add_hand_over(self, code: str, source: HandOverSource) -> None:
        """Declare what a part keeps of units that may end (CORE-103)."""
        self.hand_over[code] = source

    def add_machine(self, model: type[Any], machine: MachineLike) -> None:
        """Declare the state machine of a model."""
        self.machines[model] = machine

    def verb(self, code: str) -> Verb:
        """A declared verb; raises UnknownVerb."""
        try:
            return self.verbs[code]
        except KeyError:
            raise UnknownVerb(code) from None

    def policy(self, verb: str) -> PolicyLike:
        """The policy that judges a verb; raises UnknownVerb when nobody does."""
        try:
            return self.policy_of_verb[verb]
        except KeyError:
            raise UnknownVerb(f"no policy judges {verb}") from None

    def title(self, ref: Ref) -> str:
        """What a reference is called; the bare kind when its system is not installed."""
        kind = self.kinds.get(ref.kind)
        return kind.title(ref.id) if kind else str(ref)

    def url(self, ref: Ref) -> str:
        """Where a reference opens; empty when its system is not installed."""
        kind = self.kinds.get(ref.kind)
        return kind.url(ref.id) if kind else ""

    def may_see(self, actor: Actor, ref: Ref) -> bool:
        """Whether the actor may see what a reference points to; unknown kinds are seen by nobody."""
        kind = self.kinds.get(ref.kind)
        return bool(kind and kind.may_see(actor, ref.id))


registry = Registry()


def menus() -> list[MenuEntry]:
    """The places of the rail in their order."""
    return sorted(registry.menu.values(), key=lambda entry: (entry.order, entry.code))
