"""A Django project in one file: djangorestframework-simplejwt as its own users run it, to compare answers with.

Settings come from the environment: SECRET_KEY, SIMPLE_JWT (JSON; durations in seconds), SLIDING (any text), LOCALES (any
text; then people are answered in their own language).
Prints its port, and serves until its input ends.
"""

import json
import logging
import os
import sys
import tempfile
import threading
from datetime import timedelta
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

SIMPLE_JWT = {
    name: timedelta(seconds=value) if name.endswith("LIFETIME") else value
    for name, value in json.loads(os.environ.get("SIMPLE_JWT", "{}")).items()
}
folder = tempfile.mkdtemp()
settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/oracle.db"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework_simplejwt",
        "rest_framework_simplejwt.token_blacklist",
    ],
    USE_I18N=True,
    MIDDLEWARE=[
        *(["django.middleware.locale.LocaleMiddleware"] if os.environ.get("LOCALES") else []),
        "django.middleware.common.CommonMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    },
    SIMPLE_JWT=SIMPLE_JWT,
)
django.setup()
# What fails is answered by a page, and compared.
logging.disable(logging.CRITICAL)

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.decorators import api_view, permission_classes  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework_simplejwt import views  # noqa: E402


@api_view(["GET"])
@permission_classes([IsAuthenticated])
def me(request):
    return Response({"id": request.user.pk, "username": request.user.get_username()})


if os.environ.get("SLIDING"):
    token_views = [
        path("api/token/", views.TokenObtainSlidingView.as_view()),
        path("api/token/refresh/", views.TokenRefreshSlidingView.as_view()),
    ]
else:
    token_views = [
        path("api/token/", views.TokenObtainPairView.as_view()),
        path("api/token/refresh/", views.TokenRefreshView.as_view()),
    ]
urlpatterns = token_views + [
    path("api/token/verify/", views.TokenVerifyView.as_view()),
    path("api/token/blacklist/", views.TokenBlacklistView.as_view()),
    path("api/me/", me),
]

call_command("migrate", verbosity=0)
for name in ("ada", "grace"):
    User.objects.create_user(name, f"{name}@example.test", "analytical-engine-1843")
User.objects.create_user("idle", "idle@example.test", "analytical-engine-1843", is_active=False)


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
