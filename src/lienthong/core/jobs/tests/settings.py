"""Settings of the worker processes in tests: the queue and the outbox alone, so that one starts in half a second."""

import os

from psycopg.conninfo import conninfo_to_dict

_parts = conninfo_to_dict(os.environ["DATABASE_URL"])
SECRET_KEY = "worker-of-the-tests"
NODE_NAME = "test"
INSTALLED_APPS = ["lienthong.core.jobs.apps.JobsConfig", "lienthong.core.outbox.apps.OutboxConfig"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _parts["dbname"],
        "USER": _parts["user"],
        "HOST": _parts["host"],
        "PORT": str(_parts.get("port") or ""),
        "CONN_MAX_AGE": None,
    }
}
USE_TZ = True
