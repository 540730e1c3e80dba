"""Screen and API do the same acts, and both are the acts of the state tables (CORE-90, PL VI)."""

from lienthong.core.registry import registry
from lienthong.systems.office import api
from lienthong.systems.office.states import INCOMING, OUTGOING
from lienthong.systems.office.views import incoming, outgoing


def verbs(machine_prefix: str) -> set[str]:
    return {verb.rpartition(":")[2] for verb in registry.actions if verb.startswith(machine_prefix)}


def test_core_90_every_act_of_the_api_exists_on_screen_and_the_reverse() -> None:
    """CORE-90, OF-4: creating, editing, receiving and handing over have ways of their own."""
    assert (
        set(incoming._ACTS) == set(api.INCOMING_ACTS) == verbs("office:incoming:") - {"receive", "enter", "hand_over"}
    )
    assert set(outgoing._ACTS) == set(api.OUTGOING_ACTS) == verbs("office:outgoing:") - {"create", "edit", "hand_over"}
    paths = {
        (method, path)
        for path, view in api.router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert {("POST", "/outgoing"), ("PUT", "/outgoing/{ident}"), ("POST", "/incoming")} <= paths


def test_core_89_the_acts_are_those_of_the_table() -> None:
    for machine, acts in ((INCOMING, api.INCOMING_ACTS), (OUTGOING, {**api.OUTGOING_ACTS, "edit": None})):
        assert {transition.verb.rpartition(":")[2] for transition in machine.transitions} == set(acts)


def test_screen_and_api_run_the_very_same_action() -> None:
    for name, action in api.OUTGOING_ACTS.items():
        assert outgoing._ACTS[name][0] is action
