"""Pure Python of the domain: no Django, no database, no clock but its own."""
