"""A second node in a process of its own, with its own database: it serves, delivers and obeys lines on stdin.

Reads one JSON line first ({units, own, peer, secret, port}), says "ready", then obeys: `tell CODE WORDS` reports a
status of the newest received document, `report` prints what it holds as JSON, end of input ends it.
"""

import json
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django

django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange  # noqa: E402

from lienthong.core import fence  # noqa: E402
from lienthong.core.orgs.models import Unit  # noqa: E402
from lienthong.systems.exchange import courier, secrets  # noqa: E402
from lienthong.systems.exchange.models import Peer, PeerKey, Received  # noqa: E402
from lienthong.systems.exchange.ports import Exchange  # noqa: E402
from lienthong.systems.exchange.tests.world import EPOCH, clerk, make_peer, make_unit  # noqa: E402


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_message(self, format: str, *args: object) -> None:
        return


def say(line: str) -> None:
    """Answer with one line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@fence.node("tests")
def main() -> None:
    """Serve until the input ends."""
    plan = json.loads(sys.stdin.readline())
    units = {code: make_unit(name, code, agency=code == plan["own"]) for code, name in plan["units"].items()}
    others = [unit for code, unit in units.items() if code != plan["own"]]
    peer = make_peer(*others, code=plan["peer"])
    Peer.objects.filter(pk=peer.pk).update(endpoint=plan["endpoint"])
    PeerKey.objects.create(peer=peer, sealed_secret=secrets.seal(plan["secret"]), valid=DateTimeTZRange(EPOCH, None))
    server = make_server("127.0.0.1", plan["port"], WSGIHandler(), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stop = threading.Event()
    threading.Thread(target=courier.run, args=(stop,), daemon=True).start()
    say("ready")
    for line in sys.stdin:
        verb, *words = line.split(maxsplit=2)
        if verb == "tell":
            row = Received.objects.order_by("-received_at").first()
            assert row is not None
            by = clerk(Unit.objects.get(pk=row.agency_id))
            Exchange().tell(by=by, delivery_id=row.pk, code=words[0], description=words[1].strip())
            say("told")
        elif verb == "report":
            rows = Received.objects.order_by("received_at")
            held = [[row.document_id, row.state, row.addressed_as, row.content_hash] for row in rows]
            say(json.dumps(held))
        connection.close()
    stop.set()
    server.shutdown()


if __name__ == "__main__":
    main()
