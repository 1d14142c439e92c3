"""Django's settings, made from the data folder and a few environment variables."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP

from district_bridge import deployment as _deployment

DEPLOYMENT = _deployment.load(_deployment.default_folder())
SECRET_KEY = DEPLOYMENT.secret()
DEBUG = False

_url = urlsplit(DEPLOYMENT.url)
_is_https = _url.scheme == "https"
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    *filter(None, [_url.hostname, *os.environ.get("SEOGU_BRIDGE_HOSTS", "").split(",")]),
]
CSRF_TRUSTED_ORIGINS = [DEPLOYMENT.url] if _is_https else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "district_bridge.accounts",
    "district_bridge.homes",
    "district_bridge.supervision",
    "district_bridge.intake",
    "district_bridge.alerts",
    "district_bridge.downlink",
    "district_bridge.area",
    "district_bridge.drill",
    "district_bridge.outgoing",
    "district_bridge.escalation",
    "district_bridge.channels",
    "district_bridge.privacy",
    "district_bridge.routines",
    "district_bridge.access",
    "district_bridge.dashboard",
    "district_bridge.processes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "district_bridge.dashboard.language.KoreanFirstMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "district_bridge.accounts.middleware.SecondFactorMiddleware",
    "district_bridge.access.middleware.AccessLogMiddleware",
    "district_bridge.access.middleware.WallMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "district_bridge.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "district_bridge.dashboard.language.bridge_name",
            ],
        },
    },
]

DATABASES = {"default": _deployment.database_settings(DEPLOYMENT.database)}

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "district_bridge.accounts.passwords.LocalWordsValidator"}]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "login"

# Five wrong passwords for one account from one address lock that pair out for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "dashboard/locked_out.html"
AXES_RESET_ON_SUCCESS = True
# The log names no person; attempts are in the database.
AXES_VERBOSE = False

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
if _is_https:
    # A browser takes these names only from this very host, over HTTPS.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
SESSION_COOKIE_SAMESITE = "Lax"
# A working day.
SESSION_COOKIE_AGE = 12 * 60 * 60
# Everybody gives a second factor. Off is for tests and for a machine that nobody else reaches.
SECOND_FACTOR = os.environ.get("SEOGU_BRIDGE_SECOND_FACTOR", "on") != "off"
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Seoul"

STATIC_URL = "/static/"
WHITENOISE_MAX_AGE = 300

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "ERROR"},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}


def _seconds(name: str, default: int) -> int:
    value = int(os.environ.get(f"SEOGU_BRIDGE_{name}", default))
    if value <= 0:
        raise _deployment.DeploymentError(f"SEOGU_BRIDGE_{name} must be a number of seconds above 0")
    return value


# How often a home says that it lives, and how long it may be silent. Limit and one supervision round
# together stay below the 180 s within which a silent home must be known.
HEARTBEAT_S = _seconds("HEARTBEAT_S", 30)
SILENCE_LIMIT_S = _seconds("SILENCE_LIMIT_S", 150)
# How long an acknowledgement holds before the alert comes back to the queue.
LEASE_S = _seconds("LEASE_S", 900)
# How long taking an alert on and closing it can be taken back: long enough to see the slip of a finger, short
# against everything that follows from a step.
UNDO_S = _seconds("UNDO_S", 10)
# How often the bridge sends itself a drill alert (0: never), and to which address: `serve` fills in its own
# where none is given. Through a load balancer the drill tries the whole way that a home's alert takes.
DRILL_S = int(os.environ.get("SEOGU_BRIDGE_DRILL_S", "60"))
DRILL_URL = os.environ.get("SEOGU_BRIDGE_DRILL_URL", "")
# After so many days a home or robot is asked to make itself a new key (0: never).
KEY_DAYS = int(os.environ.get("SEOGU_BRIDGE_KEY_DAYS", "365"))
# How long a screen may be left alone before its person is signed out.
IDLE_S = _seconds("IDLE_S", 30 * 60)
