"""Time-stamp authorities over HTTP (RFC 3161 §3.4); the fake beside it is `core.signing.tsa.LocalTimeStampService`."""
