"""Jobs: named after their app, loaded by every process, periodic ones safe to run again (ARCHITECTURE §2; CORE-88)."""

import importlib
import re

import pytest

from lienthong.core.jobs.registry import JobSpec, job_names, periodic_specs, queues, spec_of
from tests.architecture.source import modules


def ours(spec: JobSpec) -> bool:
    """Tests of the same process register jobs of their own."""
    return "tests" not in spec.function.__module__.split(".")


SPECS = [spec for name in sorted(job_names()) if (spec := spec_of(name)) is not None and ours(spec)]
each = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


@each
def test_a_job_is_found_by_its_name(spec: JobSpec) -> None:
    """`app.what`, of the app whose module it stands in, importable under the name that it says."""
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", spec.name)
    function = spec.function
    module = importlib.import_module(function.__module__)
    assert getattr(module, function.__name__) is function
    assert spec.name.split(".")[0] in function.__module__.split(".")


@each
def test_a_job_says_what_it_does(spec: JobSpec) -> None:
    """A docstring for the operator, a time limit, arguments that travel as JSON with their types."""
    assert spec.function.__doc__
    assert 0 < spec.timeout <= 3600
    assert set(spec.signature.parameters) <= set(spec.hints)


def test_periodic_jobs_bear_a_repetition() -> None:
    """A run that was killed is run again: periodic jobs take nothing and retry by their next turn."""
    found = [spec for spec in periodic_specs() if ours(spec)]
    assert len(found) > 5
    for spec in found:
        assert spec.retries == 0, spec.name
        assert not spec.signature.parameters, spec.name
        assert spec.at is not None or (spec.seconds or 0) >= 1, spec.name


def test_every_queue_has_a_worker() -> None:
    """The worker works all queues that jobs name; none is waited for in vain."""
    assert queues() >= {spec.queue for spec in SPECS}
    assert all(re.fullmatch(r"[a-z]+", queue) for queue in queues())


def test_jobs_are_loaded_by_every_process() -> None:
    """A module that registers jobs is imported by `ready()` of its app, not by accident of another import."""
    lost = []
    for module in modules():
        if not re.search(r"^@(jobs\.)?(job|periodic)\(", module.text, re.MULTILINE):
            continue
        names = re.findall(r"^@(?:jobs\.)?(?:job|periodic)\(\s*\"([^\"]+)\"", module.text, re.MULTILINE)
        lost += [f"{module.place}: {name}" for name in names if name not in job_names()]
    assert lost == []
