"""Settings, from the environment; every default works on one machine with nothing installed.

LEADQUAL_VAR          where state lives (default: var/ beside manage.py)
LEADQUAL_URL          the address people use; https makes cookies secure and turns HSTS on
LEADQUAL_SECRET_KEY   default: generated once into LEADQUAL_VAR
DEBUG                 off unless 1
DATABASE_URL          any PostgreSQL 15 or newer; default: the embedded one in LEADQUAL_VAR
CELERY_BROKER_URL     Redis or RabbitMQ; default: files in LEADQUAL_VAR
EMAIL_URL             smtp://user:password@host:port; default: files in LEADQUAL_VAR/mail
LEADQUAL_INTERNAL_WEBHOOKS  1 lets webhooks go to addresses inside one's own network, too
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

from leadqual import embedded

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.str("LEADQUAL_VAR", default=str(BASE_DIR / "var"))).resolve()
for _folder in ("vendor", "static"):  # filled by `manage.py prepare`; looked into by every start
    (VAR / _folder).mkdir(parents=True, exist_ok=True)

LEADQUAL_URL = env.str("LEADQUAL_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}")
_address = urlsplit(LEADQUAL_URL)
IS_HTTPS = _address.scheme == "https"


def _secret_key() -> str:
    """The key from the environment, or one generated once into VAR and kept."""
    given: str = env.str("LEADQUAL_SECRET_KEY", default="")
    if given:
        return given
    path = VAR / "secret_key"
    if not path.exists():
        own = VAR / f"secret_key.{os.getpid()}"
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(64))
        with suppress(FileExistsError):  # of two processes starting at once, one is first
            os.link(own, path)
        own.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = sorted({_address.hostname or "127.0.0.1", "127.0.0.1", "localhost"})
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, in plain http
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # ECharts and Tabler set style attributes; scripts stay strict.
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "leadqual.apps.LeadqualAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_celery_beat",
    "import_export",
    "accounts",
    "leadqual",
    "scoring",
    "sla",
    "handoff",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "leadqual.middleware.ContentSecurityPolicy",
    "leadqual.middleware.no_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "leadqual.urls"
WSGI_APPLICATION = "leadqual.wsgi.application"

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
                "csp.context_processors.nonce",
                "accounts.context.workspace",
                "leadqual.notices.unread",
                "handoff.agreement.shell.context",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

EMBEDDED_DATABASE = "DATABASE_URL" not in env.ENVIRON
DATABASES = {
    "default": env.db_url_config(
        embedded.url(VAR) if EMBEDDED_DATABASE else env.str("DATABASE_URL")
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counts failed logins for all server processes together; the table is accounts' migration 0003.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.InvitedOnlyAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited: the link they follow is the proof
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a reset for a stranger's address sends nothing
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # an invited person is in at once
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"qualification": "60/5m/ip,10/5m/key"}  # answers of leads; a key is a link
SHARED_PAGE_REQUESTS = 400  # of one address in five minutes; a page is about seven, at once
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[leadqual] "
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "leadqual"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds: a code may run out while it is typed

# The page of a draft sends up to 18 fields a rule and all its lists at once: a model of a
# thousand rules can be saved. Django's 1,000 fields are reached by some sixty.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VAR / "vendor")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR / "media"

LEADQUAL_INTERNAL_WEBHOOKS = env.bool("LEADQUAL_INTERNAL_WEBHOOKS", default=False)

EMAIL_TIMEOUT = 10  # seconds; the outbox tries again
DEFAULT_FROM_EMAIL = env.str("LEADQUAL_FROM_EMAIL", default="leadqual <leadqual@localhost>")
# Who composes a letter of the outbox when it leaves (leadqual/outbox.py).
OUTBOX_COMPOSERS = {"report": "handoff.dashboards.mailing.compose"}
if "EMAIL_URL" in env.ENVIRON:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR / "mail"

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    _queue = VAR / "broker"
    _queue.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue),
        "data_folder_out": str(_queue),
        "control_folder": str(_queue / "control"),
        "store_processed": False,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "leadqual.beat:Scheduler"
# Waking is best effort: a page does not wait seconds for a broker that is down, beat comes by.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 0}
CELERY_TASK_ACKS_LATE = True  # every task is safe to run twice
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # signs of life go through the database (/healthz)
# Beside the tasks.py of each app.
CELERY_IMPORTS = (
    "handoff.acceptance_band.tasks",
    "handoff.compliance.tasks",
    "handoff.dashboards.tasks",
    "handoff.imports.tasks",
    "handoff.reviews.tasks",
)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "sign of life": {
        "task": "leadqual.tasks.heartbeat",
        "schedule": 15.0,  # leadqual.health.INTERVAL
        "options": {"expires": 60},
    },
    "outbox": {
        "task": "leadqual.tasks.deliver_outbox",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "clocks": {
        "task": "sla.tasks.sweep_clocks",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "dirty scores": {
        "task": "scoring.tasks.score_dirty",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "rescores": {
        "task": "scoring.tasks.rescore",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "changed signals": {
        "task": "scoring.tasks.reclassify",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "scores that time changes": {
        "task": "scoring.tasks.sweep_expired",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "overrides that have expired": {
        "task": "scoring.tasks.end_overrides",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "leads to settle": {
        "task": "handoff.tasks.settle_leads",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "leads that nobody could take": {
        "task": "handoff.tasks.try_fallback",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "leads that stand in no line": {
        "task": "handoff.tasks.find_lost",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "missed promises": {
        "task": "handoff.tasks.escalate",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "the system's own promises": {
        "task": "handoff.tasks.measure_system",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "digests": {
        "task": "handoff.tasks.send_digests",
        "schedule": 60.0,  # handoff.digests.TICK
        "options": {"expires": 60},
    },
    "dashboards by mail": {
        "task": "handoff.dashboards.tasks.send_report_mails",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "offers heard of": {
        "task": "handoff.tasks.note_notified",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "scores checked each night": {
        "task": "scoring.tasks.check_scores",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "shadows that ended": {
        "task": "scoring.tasks.forget_shadows",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "leads to release": {
        "task": "handoff.tasks.release_leads",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "leads to wake": {
        "task": "handoff.tasks.wake_leads",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "steps of nurture": {
        "task": "handoff.tasks.go_on_in_nurture",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "stale leads to re-engage": {
        "task": "handoff.tasks.re_engage_leads",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "imports left behind": {
        "task": "handoff.imports.tasks.carry_on_imports",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "agreements to talk over": {
        "task": "handoff.tasks.open_reviews",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "previews": {
        "task": "handoff.tasks.carry_on_previews",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "files of old imports": {
        "task": "handoff.imports.tasks.forget_import_files",
        "schedule": crontab(hour="3", minute="10"),
    },
    "figures of the dashboards": {
        "task": "handoff.tasks.count_days",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "joint reviews that are due": {
        "task": "handoff.reviews.tasks.tell_due_reviews",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "acceptance out of its band": {
        "task": "handoff.acceptance_band.tasks.watch_acceptance",
        "schedule": crontab(minute="25"),
    },
    "levels of the agreements": {
        "task": "handoff.compliance.tasks.watch_levels",
        "schedule": crontab(hour="4", minute="20"),
    },
    "nightly rescore": {
        "task": "scoring.tasks.demand_nightly",
        "schedule": crontab(hour="2", minute="30"),
    },
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.tokens.WorkspaceTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.tokens.HasWorkspaceToken"],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "leadqual",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_SETTINGS": {"validatorUrl": None},  # else the page asks a server elsewhere
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

UNFOLD = {
    "SITE_TITLE": "leadqual",
    "SITE_HEADER": "leadqual",
    "SITE_ICON": "accounts.admin_site.mark",
    "SITE_FAVICONS": [{"rel": "icon", "href": "accounts.admin_site.mark", "type": "image/svg+xml"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "THEME": "accounts.admin_site.theme",
    "STYLES": ["accounts.admin_site.stylesheet"],
    "COLORS": {
        # The portal's green, from its lightest to its darkest.
        "primary": {
            "50": "oklch(97% 0.02 178)",
            "100": "oklch(94% 0.035 178)",
            "200": "oklch(88% 0.06 178)",
            "300": "oklch(82% 0.09 178)",
            "400": "oklch(76% 0.11 178)",
            "500": "oklch(70% 0.11 178)",
            "600": "oklch(48% 0.09 178)",
            "700": "oklch(42% 0.08 178)",
            "800": "oklch(36% 0.07 178)",
            "900": "oklch(30% 0.06 178)",
            "950": "oklch(24% 0.05 178)",
        },
    },
    "SIDEBAR": {"navigation": "accounts.admin_site.navigation"},
}
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True  # a name such as =HYPERLINK(…) stays text

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"brief": {"()": "leadqual.refusals.without_traceback"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"django.request": {"filters": ["brief"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
