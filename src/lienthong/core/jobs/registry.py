"""The jobs of this process by name, and how their arguments travel as JSON."""

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from lienthong.core import fence
from lienthong.core.jobs.context import JobContext
from lienthong.kit import clock

DEFAULT_RETRIES = 5
DEFAULT_TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A registered job. `timeout` in seconds; `retries` after the first attempt; `seconds` or `at` when periodic."""

    name: str
    function: Callable[..., Any]
    queue: str
    retries: int
    timeout: int
    atomic: bool
    wants_context: bool
    signature: inspect.Signature
    hints: dict[str, Any]
    of_node: bool = False
    seconds: float | None = None
    at: time | None = None

    def check(self, args: dict[str, Any]) -> None:
        """Refuse arguments that do not fit the function: TypeError where the job is asked for, not where it runs."""
        self.signature.bind(**args)

    def call(self, context: JobContext, args: dict[str, Any]) -> Any:
        """Run the function on arguments read back from JSON as its annotations say."""
        given = {name: revive(self.hints.get(name), value) for name, value in args.items()}
        with fence.node(f"job:{self.name}") if self.of_node else fence.agency(context.agency_id):
            return self.function(context, **given) if self.wants_context else self.function(**given)

    def next_after(self, instant: datetime) -> datetime:
        """When a periodic job is due after an instant; `at` is a wall-clock time of the legal zone."""
        if self.at is None:
            return instant + timedelta(seconds=self.seconds or 0)
        today = clock.local_date(instant)
        due = clock.at_local(today, self.at)
        return due if due > instant else clock.at_local(today + timedelta(days=1), self.at)


_specs: dict[str, JobSpec] = {}


def job(
    name: str,
    *,
    queue: str = "default",
    retries: int = DEFAULT_RETRIES,
    timeout: int = DEFAULT_TIMEOUT,
    atomic: bool = True,
    of_node: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the job `name` (`system.what`).

    `atomic`: the function and the acknowledgement commit together, so its effect in the database happens exactly once;
    long work says `atomic=False`, calls one action a step and must bear being run again, and so does whatever computes
    for a minute without a statement (the server ends transactions that idle). A first parameter named `context`
    receives the JobContext; all other parameters are what `enqueue` is given. It sees the rows of the agency of whoever
    asked for the run; with `of_node` those of all agencies (CORE-108).
    """
    return _register(name, queue=queue, retries=retries, timeout=timeout, atomic=atomic, of_node=of_node)


def periodic(
    name: str,
    *,
    seconds: float | None = None,
    at: time | None = None,
    queue: str = "default",
    retries: int = 0,
    timeout: int = DEFAULT_TIMEOUT,
    atomic: bool = False,
    of_node: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function that runs every `seconds`, or daily `at` a time of the legal zone; runs never overlap.

    What was due while all workers were down runs once as soon as one is back. A deadline never depends on it: lateness
    is computed when somebody acts (CORE-27, F-CORE-25). Nobody asked for such a run: what reads the rows of agencies
    says `of_node` (CORE-108).
    """
    if (seconds is None) == (at is None):
        raise TypeError(f"{name}: give either seconds or at")
    return _register(
        name,
        queue=queue,
        retries=retries,
        timeout=timeout,
        atomic=atomic,
        of_node=of_node,
        seconds=seconds,
        at=at,
        needs_no_args=True,
    )


def _register(
    name: str,
    *,
    queue: str,
    retries: int,
    timeout: int,
    atomic: bool,
    of_node: bool,
    seconds: float | None = None,
    at: time | None = None,
    needs_no_args: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        known = _specs.get(name)
        if known is not None and known.function.__code__ != function.__code__:
            raise ValueError(f"two jobs carry the name {name}")
        parameters = list(inspect.signature(function).parameters.values())
        wants_context = bool(parameters) and parameters[0].name == "context"
        signature = inspect.Signature(parameters[1:] if wants_context else parameters)
        if needs_no_args:
            signature.bind()
        _specs[name] = JobSpec(
            name=name,
            function=function,
            queue=queue,
            retries=retries,
            timeout=timeout,
            atomic=atomic,
            wants_context=wants_context,
            signature=signature,
            hints=typing.get_type_hints(function),
            of_node=of_node,
            seconds=seconds,
            at=at,
        )
        return function

    return wrap


def spec_of(name: str) -> JobSpec | None:
    """The registered job of that name, if this release has it."""
    return _specs.get(name)


def periodic_specs() -> list[JobSpec]:
    """All periodic jobs."""
    return [spec for spec in _specs.values() if spec.seconds is not None or spec.at is not None]


def job_names() -> set[str]:
    """The names of all registered jobs (a test compares them with the names in strings)."""
    return set(_specs)


def queues() -> set[str]:
    """All queues that some registered job uses."""
    return {spec.queue for spec in _specs.values()} | {"default"}


def revive(hint: Any, value: Any) -> Any:
    """A value of JSON as its annotation says: UUID, date, datetime, Decimal, and lists or `None` of these."""
    if value is None or hint is None:
        return value
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        return revive(inner[0], value) if len(inner) == 1 else value
    if typing.get_origin(hint) in {list, tuple} and isinstance(value, list):
        part = typing.get_args(hint)[0] if typing.get_args(hint) else None
        return [revive(part, item) for item in value]
    if hint is UUID:
        return UUID(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is date:
        return date.fromisoformat(value)
    if hint is Decimal:
        return Decimal(value)
    return value
