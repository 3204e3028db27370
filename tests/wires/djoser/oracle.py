"""A Django project in one file: djoser and dj-rest-auth as their own users run them, to compare answers with.

Settings come from the environment, as JSON: DJOSER, REST_AUTH, ACCOUNT (of allauth, names without their prefix), SIMPLE_JWT.
Prints its port, and serves until its input ends. `POST /oracle/begin/` makes the world anew, `GET /oracle/mail/` is the
text of the last mail.
"""

import json
import logging
import os
import sys
import tempfile
import threading
import warnings
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

# Refusals are what is asked for here.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def stated(name):
    return json.loads(os.environ.get(name, "{}"))


folder = tempfile.mkdtemp()
settings.configure(
    SECRET_KEY="django-insecure-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    SITE_ID=1,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/oracle.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
    EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.messages",
        "rest_framework",
        "rest_framework.authtoken",
        "rest_framework_simplejwt",
        "rest_framework_simplejwt.token_blacklist",
        "djoser",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "dj_rest_auth",
        "dj_rest_auth.registration",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    AUTHENTICATION_BACKENDS=[
        "django.contrib.auth.backends.ModelBackend",
        "allauth.account.auth_backends.AuthenticationBackend",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    AUTH_PASSWORD_VALIDATORS=[
        {
            "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
            "OPTIONS": {"min_length": 15},
        },
    ],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [
            *([] if stated("REST_AUTH").get("USE_JWT") else ["rest_framework.authentication.TokenAuthentication"]),
            "dj_rest_auth.jwt_auth.JWTCookieAuthentication",
        ],
    },
    SIMPLE_JWT={"AUTH_HEADER_TYPES": ("JWT", "Bearer"), **stated("SIMPLE_JWT")},
    DJOSER={
        "PASSWORD_RESET_CONFIRM_URL": "reset/{uid}/{token}",
        "ACTIVATION_URL": "activate/{uid}/{token}",
        "USERNAME_RESET_CONFIRM_URL": "rename/{uid}/{token}",
        "EMAIL_FRONTEND_DOMAIN": "app.example.test",
        "EMAIL_FRONTEND_PROTOCOL": "https",
        **stated("DJOSER"),
    },
    REST_AUTH={"SESSION_LOGIN": False, **stated("REST_AUTH")},
    ACCOUNT_RATE_LIMITS=False,
    **{
        f"ACCOUNT_{name}": set(value) if isinstance(value, list) else value
        for name, value in {"LOGIN_METHODS": ["username", "email"], **stated("ACCOUNT")}.items()
    },
)
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core import mail  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

PASSWORD = "analytical-engine-1843"


@csrf_exempt
def begin(request):
    User.objects.all().delete()
    mail.outbox = []
    for name in ("ada", "grace", "idle"):
        user = User.objects.create_user(name, f"{name}@example.test", PASSWORD, is_active=name != "idle")
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    ada = User.objects.get(username="ada")
    ada.first_name, ada.last_name = "Ada", "Lovelace"
    ada.save()
    return JsonResponse({"other": User.objects.get(username="grace").pk})


def last_mail(request):
    return HttpResponse(mail.outbox[-1].body if mail.outbox else "", content_type="text/plain")


def page(request, **kwargs):
    return HttpResponse("a page of the front end")


urlpatterns = [
    path("oracle/begin/", begin),
    path("oracle/mail/", last_mail),
    path("auth/", include("djoser.urls")),
    path("auth/", include("djoser.urls.authtoken")),
    path("auth/", include("djoser.urls.jwt")),
    path("dj-rest-auth/", include("dj_rest_auth.urls")),
    path("dj-rest-auth/registration/", include("dj_rest_auth.registration.urls")),
    path("reset/<uid>/<token>/", page, name="password_reset_confirm"),
    path("accounts/", include("allauth.urls")),
]

call_command("migrate", verbosity=0)


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
