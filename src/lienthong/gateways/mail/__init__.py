"""Mail by SMTP; the fake beside it is a real server in the tests (`aiosmtpd`)."""
