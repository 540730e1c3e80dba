"""The log of the process as JSON lines: what happened and where, no content, no secret (CORE-98, CORE-70).

`LIENTHONG_LOG_FORMAT=json` switches it on. A line holds time, level, logger, message, node, the id of the request that
pages of refusal also show, and of a fault its type and place. Values that databases and libraries put into messages
are cut out: rows of the database, passwords in addresses, tokens, keys, personal numbers.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST: ContextVar[Any] = ContextVar("lienthong.request", default=None)

_CUT = "***"
_SECRETS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), _CUT),
    (re.compile(r"AGE-SECRET-KEY-\w+", re.I), _CUT),
    (re.compile(r"(\w+://[^/\s:@]*):[^@\s/]+@"), rf"\1:{_CUT}@"),
    (re.compile(r"(?i)\b(authorization|cookie|set-cookie)\b(['\"]?\s*[:=]\s*).+"), rf"\1\2{_CUT}"),
    (
        re.compile(r"(?i)([\w-]*(?:password|passphrase|passwd|secret|token|api[_-]?key|mật khẩu)['\"]?\s*[:=]\s*)\S+"),
        rf"\1{_CUT}",
    ),
    # PostgreSQL tells the values of the row.
    (re.compile(r"(DETAIL|CONTEXT):.*", re.S), rf"\1: {_CUT}"),
    (re.compile(r"(Key \([^)]*\)=)\([^)]*\)"), rf"\1({_CUT})"),
    # A personal number is twelve digits, an older one nine (Luật Căn cước 26/2023/QH15).
    (re.compile(r"(?<![\w.-])(?:\d{12}|\d{9})(?![\w.-])"), _CUT),
)


def scrub(text: str) -> str:
    """The text without what no log may hold."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class Json(logging.Formatter):
    """One line of JSON a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record, scrubbed."""
        request = REQUEST.get()
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
            "process": record.process,
        }
        if request is not None:
            line["request_id"] = getattr(request, "request_id", "")
            line["method"] = request.method
            match = getattr(request, "resolver_match", None)
            line["route"] = match.view_name if match else ""
        if record.exc_info and record.exc_info[0] is not None:
            line["fault"] = record.exc_info[0].__name__
            line["fault_words"] = scrub(str(record.exc_info[1]))[:500]
            frames = traceback.extract_tb(record.exc_info[2])
            # Places only: the source lines of a traceback are in the repository, the values in none of them.
            line["where"] = [
                f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}" for frame in frames[-8:]
            ]
        return json.dumps(line, ensure_ascii=False)


class Line(logging.Formatter):
    """One readable line a record, scrubbed all the same."""

    def format(self, record: logging.LogRecord) -> str:
        """The record, scrubbed."""
        return scrub(super().format(record))
