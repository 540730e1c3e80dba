"""A worker process that handles the messages of the tests: `python -m lienthong.core.outbox.tests.process`."""

import time

from lienthong.core.jobs.tests.process import main, note
from lienthong.core.outbox import Message, handles


@handles("test.happened", name="test.first")
def first(message: Message) -> None:
    note(f"first {message.payload['number']}")
    time.sleep(message.payload.get("seconds", 0.0))


@handles("test.happened", name="test.second")
def second(message: Message) -> None:
    note(f"second {message.payload['number']}")


if __name__ == "__main__":
    main()
