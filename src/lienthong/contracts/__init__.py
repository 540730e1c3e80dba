"""All that systems may say to each other: frozen dataclasses and Protocols."""
