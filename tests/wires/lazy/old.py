"""A Django project that people leave one by one: every view of it that a name and a password can be shown to.

JWT (any text) in the environment has dj-rest-auth give tokens where it gives keys. Prints its port, and serves until its
input ends. `GET /old/asked/` tells who was asked about so far, and where; what stands below `/broken/` breaks.
"""

import json
import logging
import os
import sys
import tempfile
import threading
import time
import warnings
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

folder = tempfile.mkdtemp()
settings.configure(
    SECRET_KEY="django-insecure-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    SITE_ID=1,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/old.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.sites",
        "rest_framework",
        "rest_framework.authtoken",
        "rest_framework_simplejwt",
        "djoser",
        "dj_rest_auth",
        "dj_rest_auth.mfa",
    ],
    MIDDLEWARE=[f"{__name__}.remember", "django.middleware.common.CommonMiddleware"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework.authentication.TokenAuthentication",
            "rest_framework_simplejwt.authentication.JWTAuthentication",
        ],
    },
    SIMPLE_JWT={"AUTH_HEADER_TYPES": ("Bearer", "JWT")},
    REST_AUTH={"SESSION_LOGIN": False, "USE_JWT": "JWT" in os.environ},
)
asked = []


def remember(get_response):
    def answer(request):
        if request.method == "POST":
            members = json.loads(request.body)
            asked.append([request.path, members.get("username") or members.get("email")])
        return get_response(request)

    return answer


django.setup()

from dj_rest_auth.mfa.totp import TOTP  # noqa: E402
from dj_rest_auth.mfa.views import MFALoginView  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from rest_framework.authtoken.views import obtain_auth_token  # noqa: E402
from rest_framework.throttling import AnonRateThrottle  # noqa: E402
from rest_framework_simplejwt import views  # noqa: E402


class Rarely(AnonRateThrottle):
    rate = "1/day"


def broken(how):
    @csrf_exempt
    def view(request):
        if how == "fails":
            raise RuntimeError("a failure of Django’s own")
        if how == "moved":
            return HttpResponseRedirect("/api/token/")
        if how == "slow":
            time.sleep(20)
        huge = "x" * (300_000 if how == "huge" else 0)
        return HttpResponse(json.dumps({"access": "a.e30.c", "more": huge}), content_type="application/json")

    return view


urlpatterns = [
    path("old/asked/", lambda request: JsonResponse({"asked": asked})),
    path("api/token/", views.TokenObtainPairView.as_view()),
    path("api/v1/token/", views.TokenObtainPairView.as_view()),
    path("api/sliding/", views.TokenObtainSlidingView.as_view()),
    path("api-token-auth/", obtain_auth_token),
    path("auth/", include("djoser.urls")),
    path("auth/", include("djoser.urls.authtoken")),
    path("auth/", include("djoser.urls.jwt")),
    path("dj-rest-auth/", include("dj_rest_auth.urls")),
    path("mfa/login/", MFALoginView.as_view()),
    path("broken/throttled/", views.TokenObtainPairView.as_view(throttle_classes=[Rarely])),
    *[path(f"broken/{how}/", broken(how)) for how in ("fails", "moved", "slow", "huge", "odd")],
]

call_command("migrate", verbosity=0)
PASSWORD = "analytical-engine-1843"
for name in ("ada", "grace", "Henry", "joan", "kay", "lin"):
    User.objects.create_user(name, f"{name.lower()}@example.test", PASSWORD)
User.objects.create_user("idle", "idle@example.test", PASSWORD, is_active=False)
User.objects.create_user("unusable", "unusable@example.test")
TOTP.activate(User.objects.create_user("factor", "factor@example.test", PASSWORD), "JBSWY3DPEHPK3PXP")


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Server, handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
