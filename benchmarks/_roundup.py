"""The reference of the list and of the submit: Roundup's classic tracker on the same PostgreSQL, driven in-process.

Runs in the environment of `requirements/bench.txt` (see `_reference.py`), never in ours. Commands, each printing one
line of JSON: `prepare HOME DATABASE HOST ROWS`, `lists HOME SECONDS`, `submit HOME SECONDS`.
"""

import io
import json
import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

CLERK, PASSWORD = "clerk", "clerk-Bench-2026"
LIST = "/issue?" + urlencode(
    {
        "@columns": "id,activity,title,creator,assignedto,status,priority",
        "@sort": "-activity",
        "@filter": "status",
        "@pagesize": "50",
        "@startwith": "0",
        "status": "-1,1,2,3,4,5,6,7",
    }
)


def prepare(home: Path, database: str, host: str, rows: int) -> None:
    """A tracker with its classic schema and so many issues."""
    from roundup import configuration, init, instance, password

    template = Path(sys.prefix) / "share" / "roundup" / "templates" / "classic"
    init.install(str(home), str(template))
    config = configuration.CoreConfig(
        str(home), settings={"TRACKER_WEB": "http://localhost/", "MAIL_DOMAIN": "localhost"}
    )
    for name, value in {
        "RDBMS_BACKEND": "postgresql",
        "RDBMS_NAME": database,
        "RDBMS_HOST": host,
        "RDBMS_PORT": "",
        "RDBMS_USER": "postgres",
        "RDBMS_PASSWORD": "",
        "MAIL_DEBUG": str(home / "mail.log"),
        "TRACKER_WEB": "http://localhost/",
        "MAIL_DOMAIN": "localhost",
        "WEB_LOGIN_ATTEMPTS_MIN": "0",
    }.items():
        config[name] = value
    config.save()
    tracker = instance.open(str(home))
    if tracker.exists():
        tracker.nuke()
    tracker.init(password.Password("admin-Bench-2026", config=tracker.config))
    db = tracker.open("admin")
    clerk = db.user.create(
        username=CLERK, password=password.Password(PASSWORD, config=tracker.config), roles="User", address="c@localhost"
    )
    db.commit()
    db.sql(
        "INSERT INTO _issue (id, _title, _status, _priority, _creator, _actor, _creation, _activity, __retired__) "
        "SELECT n, 'V/v triển khai kế hoạch công tác số ' || n, 1 + n %% 7, 1 + n %% 5, %s, %s, "
        "now() - n * interval '1 second', now() - n * interval '1 second', 0 FROM generate_series(1, %s) n",
        (int(clerk), int(clerk), rows),
    )
    db.sql("SELECT setval('_issue_ids', %s)", (rows + 1,))
    db.sql("CREATE INDEX bench_activity ON _issue (_activity)")
    db.commit()
    db.sql("ANALYZE _issue")
    db.commit()
    db.close()
    print(json.dumps({"rows": rows}))


class Browser:
    """A signed-in person who calls the tracker's WSGI application."""

    def __init__(self, home: Path) -> None:
        from roundup.cgi.wsgi_handler import RequestDispatcher

        self.app = RequestDispatcher(str(home), feature_flags={"cache_tracker": ""})
        self.cookie = ""
        page = self.call("GET", "/")
        self.call(
            "POST",
            "/",
            {
                "@action": "login",
                "__login_name": CLERK,
                "__login_password": PASSWORD,
                "@csrf": self.nonce(page),
                "__came_from": "http://localhost/",
            },
        )

    @staticmethod
    def nonce(page: str) -> str:
        """The token of the first form of a page."""
        found = re.search(r'name="@csrf"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="@csrf"', page)
        return next(group for group in found.groups() if group) if found else ""

    def call(self, method: str, url: str, form: dict[str, str] | None = None) -> str:
        """One request; the page as text. Raises when the answer is an error."""
        path, _, query = url.partition("?")
        body = urlencode(form or {}).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_REFERER": "http://localhost/",
            "HTTP_ORIGIN": "http://localhost",
            "HTTP_COOKIE": self.cookie,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        told: dict[str, Any] = {}
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            told["status"] = int(status.split()[0])
            for name, value in headers:
                if name.lower() == "set-cookie":
                    self.cookie = value.partition(";")[0]
            return written.append

        result = self.app(environ, start)
        written.extend(result)
        if told["status"] >= 400:
            raise RuntimeError(f"{method} {url}: {told['status']}")
        return b"".join(written).decode("utf-8", "replace")


def lists(home: Path, seconds: float) -> None:
    """Pages a second of the issue list."""
    browser = Browser(home)
    page = browser.call("GET", LIST)
    shown = len(set(re.findall(r'href="issue(\d+)"', page)))
    if shown < 50 or CLERK not in page:
        raise RuntimeError(f"the list shows {shown} issues")
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        browser.call("GET", LIST)
        done += 1
    print(json.dumps({"pages": done, "seconds": spent, "rate": done / spent}))


def submit(home: Path, seconds: float) -> None:
    """Issues created a second, each with its history, in one transaction over the web form."""
    browser = Browser(home)
    token = browser.nonce(browser.call("GET", "/issue?@template=item"))
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        page = browser.call(
            "POST",
            "/issue",
            {
                "@action": "new",
                "@template": "item",
                "title": f"V/v triển khai kế hoạch công tác lần {done}",
                "priority": "3",
                "status": "1",
                "@note": "Nội dung kèm theo",
                "@csrf": token,
            },
        )
        token = browser.nonce(page) or browser.nonce(browser.call("GET", "/issue?@template=item"))
        done += 1
    print(json.dumps({"created": done, "seconds": spent, "rate": done / spent}))


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1:]
    if command == "prepare":
        prepare(Path(folder), rest[0], rest[1], int(rest[2]))
    elif command == "lists":
        lists(Path(folder), float(rest[0]))
    else:
        submit(Path(folder), float(rest[0]))
