"""Machine clients: other systems of an agency that call the API under keys of their own (CORE-85, CORE-98).

A client belongs to an agency and holds a role; it never signs. It proves itself by a short-lived bearer token (OAuth 2
client credentials) or by signing each request; both come from the same secret, which is shown once.
"""
