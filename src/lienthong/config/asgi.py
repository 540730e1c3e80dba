"""The ASGI entry: pages by Django's WSGI handler on a bounded pool of threads, live streams beside it without one.

Measured (docs/adr/0003-server.md): twice as many pages a second as Django's own ASGI handler, which makes a thread for
each request, and for each open stream one that keeps its database connection.
"""

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
_pages = get_wsgi_application()

from lienthong.config.serve import PAGE_THREADS, end_with_parent  # noqa: E402
from lienthong.core.live.stream import LivePages  # noqa: E402

_threads = WSGIMiddleware(cast(Any, _pages), workers=PAGE_THREADS)


async def _on_threads(scope: Any, receive: Any, send: Any) -> None:
    """Granian's `receive` gives an awaitable that is no coroutine, which the threads cannot be handed."""

    async def as_coroutine() -> Any:
        return await receive()

    await _threads(scope, as_coroutine, send)


application = LivePages(cast(Any, _on_threads))
end_with_parent()
