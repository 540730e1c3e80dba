"""Identity providers by OpenID Connect; the tests run a real one (npm `oidc-provider`), set up VNeID-like."""
