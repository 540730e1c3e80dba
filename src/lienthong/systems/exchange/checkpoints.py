"""Named points of a message's way; nothing happens at them, but tools that watch a process may replace `reached`."""


def reached(name: str) -> None:
    """A step is about to be taken or has just been taken; the kill tests of EX-39 stop the process here."""
