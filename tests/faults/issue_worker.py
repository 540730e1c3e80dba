"""A process that issues a document and kills itself before its n-th statement (used by test_kill).

Reads a plan as JSON on stdin; answers with the statements that ran.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import connection, connections  # noqa: E402

from lienthong.core import fence  # noqa: E402
from lienthong.core.access.actors import actor_for  # noqa: E402
from lienthong.core.orgs.models import Holding  # noqa: E402
from lienthong.systems.office.actions import outgoing  # noqa: E402
from lienthong.systems.office.models import OutgoingDocument  # noqa: E402

BEFORE_COMMIT, AFTER_COMMIT = -1, -2


def die_around_commit(die_at: int) -> None:
    """Let the connection of this process kill it just before or just after its commit."""
    commit = connection._commit

    def deadly() -> None:
        if die_at == AFTER_COMMIT:
            commit()
        os.kill(os.getpid(), signal.SIGKILL)

    connection._commit = deadly


def issue(plan: dict[str, Any], document: str, die_at: int) -> int:
    """Issue in a child that dies by SIGKILL before statement `die_at` (0: lives); the count of statements or -9."""
    connections.close_all()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        ran = 0

        def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal ran
            ran += 1
            if ran == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        code = 1
        try:
            if die_at < 0:
                connection.ensure_connection()
                die_around_commit(die_at)
            with connection.execute_wrapper(count):
                clerk = actor_for(Holding.objects.get(pk=plan["clerk"]))
                outgoing.issue(by=clerk, target=OutgoingDocument.objects.get(pk=document))
            os.write(writer, str(ran).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as said:
        count_text = said.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return -os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"issue ended with {os.WEXITSTATUS(status)}")
    return int(count_text)


@fence.node("tests")
def main() -> None:
    """Warm up on one document, measure on the next, kill at each chosen fraction of the statements on the last one."""
    plan = json.load(sys.stdin)
    first, measured, last = plan["documents"]
    issue(plan, first, 0)
    statements = issue(plan, measured, 0)
    facts = []
    points = sorted({max(1, round(statements * share)) for share in plan["shares"]})
    for point in [*points, BEFORE_COMMIT, AFTER_COMMIT]:
        ended = issue(plan, last, point)
        row = OutgoingDocument.objects.get(pk=last)
        facts.append({"point": point, "ended": ended, "state": row.state, "number": row.number})
    json.dump({"statements": statements, "facts": facts}, sys.stdout)


if __name__ == "__main__":
    main()
