"""What can be wrong with a question to the lawbook, or with a row of it."""


class UnknownParameter(LookupError):
    """No row of that name is valid on that date: the release lacks it, or a system asks for a name that is not law."""


class BadValue(ValueError):
    """The value of a parameter does not fit its kind."""
