"""The ASGI entry: pages by Django's WSGI handler on a bounded pool of threads, live streams beside it without one.

Measured (docs/adr/0003-server.md): twice as many pages a second as Django's own ASGI handler, which makes a thread for
each request, and for each open stream one that keeps its database connection.
"""

import os
from collections.abc import MutableMapping
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
_django = get_wsgi_application()

from lienthong.config.serve import PAGE_THREADS, end_with_parent  # noqa: E402
from lienthong.core.live.stream import LivePages, Receive, Scope, Send  # noqa: E402

_on_threads = WSGIMiddleware(cast(Any, _django), workers=PAGE_THREADS)


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request on the pool; a2wsgi wants the coroutine that the standard promises, granian gives a future."""

    async def body() -> MutableMapping[str, Any]:
        return await receive()

    await _on_threads(cast(Any, scope), cast(Any, body), cast(Any, send))


application = LivePages(pages)
end_with_parent()
