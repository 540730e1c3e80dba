"""Typed values of parameters: the stored JSON of each kind read strictly, once (CORE-29, CORE-17)."""

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from lienthong.core.lawbook.errors import BadValue
from lienthong.kit.workdays import Duration, OfficeHours


def typed(kind: str, value: Any) -> Any:
    """The Python value of a stored one; raises BadValue when it does not fit the kind."""
    try:
        return _READERS[kind](value)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise BadValue(f"giá trị {value!r} không hợp kiểu {kind}: {error}") from error


def _exactly[T](kind: type[T]) -> Callable[[Any], T]:
    def read(value: Any) -> T:
        if type(value) is not kind:
            raise TypeError(f"cần {kind.__name__}")
        return value

    return read


def _list_of[T](read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def read_all(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise TypeError("cần danh sách")
        return tuple(read(item) for item in value)

    return read_all


def _record(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("cần bản ghi")
    return MappingProxyType(value)


def _hours(value: Any) -> OfficeHours:
    return OfficeHours(tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in value))


_text = _exactly(str)
_READERS: dict[str, Callable[[Any], Any]] = {
    "duration": Duration.from_json,
    "integer": _exactly(int),
    "decimal": lambda value: Decimal(_text(value)),
    "flag": _exactly(bool),
    "text": _text,
    "time": lambda value: time.fromisoformat(_text(value)),
    "date": lambda value: date.fromisoformat(_text(value)),
    "hours": _hours,
    "words": _list_of(_text),
    "numbers": _list_of(_exactly(int)),
    "records": _list_of(_record),
}
