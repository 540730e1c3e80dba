"""Settings of Liên Thông, read once from the environment (docs/howto/deploy.md lists them)."""

import os
from pathlib import Path

from lienthong.config import env
from lienthong.config.systems import SYSTEMS

PACKAGE = Path(__file__).resolve().parent.parent
BASE_DIR = PACKAGE.parent.parent
IN_CHECKOUT = (BASE_DIR / "pyproject.toml").exists()

# demo: the seeded world on one machine; production: refuses demo roots, the embedded server and one-click sign-in;
# check: production rules for `manage check --deploy`; test: the test suite.
ENVIRONMENT = env.text("LIENTHONG_ENV", "demo")
if ENVIRONMENT not in {"demo", "production", "test", "check"}:
    raise env.SettingError(f"LIENTHONG_ENV: cần demo hoặc production, đang là {ENVIRONMENT!r}")
DEMO = ENVIRONMENT == "demo"
PRODUCTION = ENVIRONMENT in {"production", "check"}
DEBUG = False

DATA_DIR = Path(env.text("LIENTHONG_DATA", str(BASE_DIR / "data" if IN_CHECKOUT else Path.home() / ".lienthong")))
ASSETS_DIR = Path(env.text("LIENTHONG_ASSETS", str(BASE_DIR / "build" / "static")))
FILES_DIR = DATA_DIR / "files"
# A second copy of the files by hash (a backup's `files`), from which damaged ones are repaired (CORE-60).
FILES_COPY = env.text("LIENTHONG_FILES_COPY", "")
KEYSTORE_DIR = Path(env.text("LIENTHONG_KEYSTORE", str(DATA_DIR / "keystore")))

KEYSTORE_PASSPHRASE = env.text("LIENTHONG_KEYSTORE_PASSPHRASE", "" if PRODUCTION else "demo-only")
# Addresses of RFC 3161 authorities, first choice first; without any the demo world stamps by itself.
TSA_URLS = env.words("LIENTHONG_TSA")
# How often the journal's newest checkpoint is stamped (CORE-75), and the write-once folder that keeps a copy of each.
JOURNAL_STAMP_SECONDS = env.number("LIENTHONG_JOURNAL_STAMP_SECONDS", 60)
JOURNAL_VAULT = env.text("LIENTHONG_JOURNAL_VAULT", "")

SECRET_KEY = env.text("LIENTHONG_SECRET_KEY", None if ENVIRONMENT == "production" else "demo-only-" + "k" * 54)
if PRODUCTION and ENVIRONMENT == "check":
    SECRET_KEY = env.text("LIENTHONG_SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ")
ALLOWED_HOSTS = env.words("LIENTHONG_HOSTS", "localhost,127.0.0.1,[::1],testserver")
SECRET_KEY_FALLBACKS = env.words("LIENTHONG_SECRET_KEYS_BEFORE")
CSRF_TRUSTED_ORIGINS = env.words("LIENTHONG_ORIGINS")
NODE_NAME = env.text("LIENTHONG_NODE", "node-1")

INSTALLED_APPS = [
    "lienthong.core.identity.apps.IdentityConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.postgres",
    "django_htmx",
    "pgtrigger",
    # The core, from the bottom up.
    "lienthong.core.jobs.apps.JobsConfig",
    "lienthong.core.live.apps.LiveConfig",
    "lienthong.core.outbox.apps.OutboxConfig",
    "lienthong.core.audit.apps.AuditConfig",
    "lienthong.core.actions.apps.ActionsConfig",
    "lienthong.core.lawbook.apps.LawbookConfig",
    "lienthong.core.orgs.apps.OrgsConfig",
    "lienthong.core.access.apps.AccessConfig",
    "lienthong.core.clients.apps.ClientsConfig",
    "lienthong.core.files.apps.FilesConfig",
    "lienthong.core.signing.apps.SigningConfig",
    "lienthong.core.notify.apps.NotifyConfig",
    "lienthong.core.clocks.apps.ClocksConfig",
    "lienthong.core.amendments.apps.AmendmentsConfig",
    "lienthong.core.golive.apps.GoliveConfig",
    "lienthong.core.operations.apps.OperationsConfig",
    "lienthong.shell.apps.ShellConfig",
    # Gateways.
    "lienthong.gateways.tsa.apps.TsaConfig",
    "lienthong.gateways.mail.apps.MailConfig",
    "lienthong.gateways.oidc.apps.OidcConfig",
    # The systems.
    *SYSTEMS,
]

MIDDLEWARE = [
    "lienthong.config.telemetry.TelemetryMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lienthong.shell.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lienthong.shell.middleware.ActorMiddleware",
]

FORM_RENDERER = "lienthong.shell.forms.Renderer"
CSRF_FAILURE_VIEW = "lienthong.shell.errors.csrf_failure"
ROOT_URLCONF = "lienthong.config.urls"
ASGI_APPLICATION = "lienthong.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lienthong.shell.context.shell",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------------------------------
# `lienthong` starts the embedded server and sets DATABASE_URL before settings are read (config/embedded.py).
DATABASES = {"default": env.database(env.text("DATABASE_URL", "postgresql://lienthong_app@/lienthong"))}
DATABASES["default"].update(
    CONN_MAX_AGE=0 if ENVIRONMENT == "test" else None,
    CONN_HEALTH_CHECKS=True,
    ATOMIC_REQUESTS=False,
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people and sessions ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["lienthong.core.identity.backends.PasswordBackend"]
PASSWORD_HASHERS = ["lienthong.core.identity.hashers.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "lienthong.core.identity.passwords.LawfulPassword"},
    {"NAME": "lienthong.core.identity.passwords.UnbreachedPassword"},
]
# Identity providers as JSON (docs/howto/sign-in.md); the address under which people reach the node, which passkeys and
# links in mails are bound to; the mail server.
OIDC = env.records("LIENTHONG_OIDC")
PUBLIC_URL = env.text("LIENTHONG_PUBLIC_URL", "").rstrip("/")
SMTP_URL = env.text("LIENTHONG_SMTP", "")
MAIL_FROM = env.text("LIENTHONG_MAIL_FROM", "khong-tra-loi@localhost")
LOGIN_URL = "shell:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "shell:sign-in"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "lt_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "lt_csrf"
CSRF_COOKIE_SAMESITE = "Lax"

# --- security ---------------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "worker-src": ["'self'", "blob:"],
    "frame-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'self'"],
    "manifest-src": ["'self'"],
}
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.flag("LIENTHONG_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- language, time, numbers (CORE-14: instants in UTC, dates in the legal zone) --------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "lt_lang"
LOCALE_PATHS = [PACKAGE / "shell" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "lienthong.shell.l10n"

# --- static files: built from the npm lock file, served by WhiteNoise -------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "collected"
STATICFILES_DIRS = [ASSETS_DIR] if ASSETS_DIR.is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT in {"test", "check"}
        else "lienthong.shell.storage.StaticFiles"
    },
}
WHITENOISE_USE_FINDERS = ENVIRONMENT == "test"

# --- measuring and logs (docs/howto/operate.md) -----------------------------------------------------------------------
METRICS_TOKEN = env.text("LIENTHONG_METRICS_TOKEN", "")
METRICS_NETWORKS = env.words("LIENTHONG_METRICS_NETWORKS", "" if PRODUCTION else "127.0.0.0/8,::1/128")
LOG_FORMAT = env.text("LIENTHONG_LOG_FORMAT", "text")
if LOG_FORMAT not in {"text", "json"}:
    raise env.SettingError(f"LIENTHONG_LOG_FORMAT: cần text hoặc json, đang là {LOG_FORMAT!r}")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "lienthong.config.logs.Line",
            "fmt": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "lienthong.config.logs.Json"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.text("LIENTHONG_LOG", "WARNING")},
    "loggers": {"lienthong": {"level": env.text("LIENTHONG_LOG", "INFO")}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
