"""Settings of the lead portal, every one of them from the environment (see .env.example).

Safe by default: with nothing set, DEBUG is off, the cookies are secure and the server refuses to
start without a SECRET_KEY.
"""

from decimal import Decimal
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from leadportal.mail.transport import from_url as mail_transport

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it in the environment or in .env to a long random text, "
            'such as this prints: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    SECRET_KEY = "insecure: only for development, where DEBUG is on"  # noqa: S105

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

# What this installation calls itself and whom it asks
VENDOR_NAME = env.str("VENDOR_NAME", default="LiveChat")
PARTNERS_EMAIL = env.str("PARTNERS_EMAIL", default="partners@livechat.com")
PARTNER_APP_URL = env.str("PARTNER_APP_URL", default="https://partners.livechat.com/")
SALES_EMAIL = env.str("SALES_EMAIL", default="sales@example.com")
FINANCE_EMAIL = env.str("FINANCE_EMAIL", default="finance@example.com")
# Who reads the replies to the portal's emails
REPLY_TO_EMAIL = env.str("REPLY_TO_EMAIL", default=SALES_EMAIL)
# Above these US dollars a second person has to approve; a win also above so many times its estimate
CREDIT_APPROVAL_LIMIT = Decimal(env.str("CREDIT_APPROVAL_LIMIT", default="5000.00"))
ADJUSTMENT_APPROVAL_LIMIT = Decimal(env.str("ADJUSTMENT_APPROVAL_LIMIT", default="1000.00"))
PAYOUT_APPROVAL_LIMIT = Decimal(env.str("PAYOUT_APPROVAL_LIMIT", default="10000.00"))
ESTIMATE_APPROVAL_FACTOR = Decimal(env.str("ESTIMATE_APPROVAL_FACTOR", default="3"))
PAYOUT_DETAILS_HOLD_DAYS = env.int("PAYOUT_DETAILS_HOLD_DAYS", default=3)
MINIMUM_WITHDRAWAL = Decimal(env.str("MINIMUM_WITHDRAWAL", default="50.00"))
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="lead-portal-demo")

INSTALLED_APPS = [
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_countries",
    "leadportal.ui.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "leadportal.partners",
    "leadportal.interrupted",
    "leadportal.jobs",
    "leadportal.mail",
    "leadportal.approvals",
    "commissions",
    "leads",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are compressed with random bytes among them, so their length tells nothing (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "leadportal.ui.csp.ContentSecurityPolicyMiddleware",
    "leadportal.ui.private.PrivatePagesMiddleware",
    "leadportal.ui.bad_requests.BadRequestMiddleware",
    "leadportal.ui.head.HeadMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "leadportal.interrupted.middleware.SignInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "leadportal.partners.password_confirmation.Middleware",
]

ROOT_URLCONF = "leadportal.urls"
WSGI_APPLICATION = "leadportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "leadportal.ui.context.portal",
            ],
            "builtins": [
                "leadportal.interrupted.tags",
                "leadportal.ui.columns",
                "leadportal.ui.controls",
                "leadportal.ui.formats",
                "leadportal.ui.links",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "NAME": "mail",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["leadportal.mail.subjects", "leadportal.ui.formats"],
            "loaders": [
                ("django.template.loaders.cached.Loader", ["leadportal.mail.templates.Loader"])
            ],
        },
    },
]

# Databases: SQLite is embedded, PostgreSQL is production
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    if _database["NAME"] != ":memory:":
        _database["NAME"] = BASE_DIR / _database["NAME"]
    # WAL together with IMMEDIATE is what removes "database is locked" under concurrent writers.
    _database["OPTIONS"] = {
        # Recursive triggers: without them a REPLACE deletes past the append-only triggers. The log
        # grows to 32 MB before it is copied: what many changes write is mostly the same pages.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA recursive_triggers=ON; PRAGMA wal_autocheckpoint=8000;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    # Threads of a test share a file as threads of the server do; memory would hide their races.
    _database["TEST"] = {"NAME": BASE_DIR / "test.sqlite3"}
_database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
_database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The sign-in's rate limits live in the cache, so every process must see the same one, and what
# still counts must stay in it: Django's databases and local memory keep 300 entries by default.
LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": env.cache_url("CACHE_URL", default="dbcache://cache"),
    # Parts of pages that never change, by `{% cache %}`; while templates are worked on, none
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.dummy.DummyCache" if DEBUG else LOCAL_MEMORY,
        "LOCATION": "template_fragments",
    },
}
_shared = CACHES["default"]
if _shared["BACKEND"] == "django.core.cache.backends.db.DatabaseCache":
    _shared["BACKEND"] = "leadportal.db.cache.CounterCache"
if _shared["BACKEND"] in ("leadportal.db.cache.CounterCache", LOCAL_MEMORY):
    _shared["OPTIONS"] = {"MAX_ENTRIES": 100_000} | _shared.get("OPTIONS", {})

# Sign-in (django-allauth): by email, for people whom the vendor or a partner has added
AUTH_USER_MODEL = "partners.User"
AUTHENTICATION_BACKENDS = ["leadportal.partners.auth.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "after_sign_in"
ACCOUNT_ADAPTER = "leadportal.partners.auth.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "leadportal.partners.forms.SignInForm",
    "change_password": "leadportal.partners.forms.ChangePasswordForm",
    "reset_password": "leadportal.partners.forms.ResetPasswordForm",
    "reset_password_from_key": "leadportal.partners.forms.ResetPasswordKeyForm",
    "reauthenticate": "leadportal.partners.forms.ReauthenticateForm",
    "user_token": "leadportal.partners.forms.UserTokenForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
# How often, and per what: `ip` is the client's address (a /64 of IPv6), `user` who is signed in,
# `key` what the caller names. An attempt that is refused by one limit does not count in the next,
# so those of one account come before those of the address, which an office shares.
ACCOUNT_RATE_LIMITS = {
    "login": "100/m/ip",
    # Wrong passwords: by account and address together, then by address (see sign_in_limits)
    "login_failed": "5/5m/key,15/h/key,100/10m/ip",
    "login_failed_elsewhere": "45/h/key",  # by account, at addresses where it is not at home
    "reauthenticate": "10/m/user,30/h/user",
    "change_password": "5/m/user,20/h/user",
    "reset_password": "5/m/key,20/h/key,60/m/ip",
    "reset_password_from_key": "60/m/ip",
    "accept_invitation": "60/m/ip",
    "invite": "20/10m/user",  # how many invitations an owner sends, or tries to
}
# Which proxies name the client's address; none unless it is said
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_TRUSTED_CLIENT_IP_HEADER = env.str("TRUSTED_CLIENT_IP_HEADER", default="") or None
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # seconds for which a confirmed password is good
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_USER_DISPLAY = "leadportal.partners.auth.display_name"

# Time: UTC in the database; a day or a month is one of the business's zone
USE_TZ = True
TIME_ZONE = env.str("BUSINESS_TIME_ZONE", default="UTC")
LANGUAGE_CODE = "en-us"
USE_I18N = False
FORMAT_MODULE_PATH = "leadportal.ui.locale"

# Files that the browser fetches
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "leadportal.ui.static_files.StaticFiles"
    },
}
FORM_RENDERER = "leadportal.ui.renderers.Renderer"
# Names as people write them, one name for one country, and Kosovo, which ISO 3166 does not list
COUNTRIES_OVERRIDE = {
    "CG": "Republic of the Congo",
    "US": "United States",
    "XK": {"name": "Kosovo", "alpha3": "XKX"},
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Security
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
CSRF_FAILURE_VIEW = "leadportal.interrupted.views.csrf_failure"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# The longest page of the wizard has 40 fields; a bulk action names at most 100 leads.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000

# Mail: Django queues it in the outbox; the worker sends it by the transport (docs/outbox.md)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Lead portal <portal@example.com>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MAIL_TRANSPORT = mail_transport(
    env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"),
    timeout=env.int("MAIL_TIMEOUT", default=10),
)
MAIL_RETENTION_DAYS = env.int("MAIL_RETENTION_DAYS", default=30)
EMAIL_BACKEND = "leadportal.mail.backend.OutboxBackend"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "leadportal.partners.log_masking.MaskingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django's own handlers would write the same lines again, unmasked.
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
