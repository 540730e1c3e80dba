"""The law as data: one TOML file a legal instrument, and the calendar of days off (CORE-29); a lawyer can read it."""
