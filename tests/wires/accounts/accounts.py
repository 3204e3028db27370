"""A Django project with what the accounts of people have beside a password: authenticator applications, recovery codes and
passkeys of django-otp, allauth and dj-rest-auth, and the clients of django-oauth-toolkit.

`make FOLDER` leaves FOLDER/accounts.sqlite3 and FOLDER/accounts.json there, and prints who they are. It reads what a
browser answered when each passkey was made, as {"allauth": ..., "otp": ...}, each with its challenge.
`codes` reads [[secret, digits, period, moment], ...], and prints the code of each (pyotp).
"""

import base64
import json
import sys

action = sys.argv[1]
given = json.load(sys.stdin)

if action == "codes":
    import pyotp

    shown = [
        pyotp.TOTP(secret, digits=digits, interval=period).at(moment)
        for secret, digits, period, moment in given
    ]
    print(json.dumps(shown))
    sys.exit()

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings

folder = sys.argv[2]
settings.configure(
    SECRET_KEY="django-insecure-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    SITE_ID=1,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/accounts.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.messages",
        "rest_framework",
        "rest_framework.authtoken",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.mfa",
        "dj_rest_auth",
        "dj_rest_auth.mfa",
        "django_otp",
        "django_otp.plugins.otp_totp",
        "django_otp.plugins.otp_static",
        "django_otp_webauthn",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    MFA_SUPPORTED_TYPES=["totp", "webauthn", "recovery_codes"],
    MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN=True,
    OTP_WEBAUTHN_RP_ID="localhost",
    OTP_WEBAUTHN_RP_NAME="The old one",
    OTP_WEBAUTHN_ALLOWED_ORIGINS=["http://localhost:4400"],
    REST_AUTH={"SESSION_LOGIN": False},
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": rsa.generate_private_key(65537, 2048)
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        "ALLOW_URI_WILDCARDS": True,
    },
)
urlpatterns = []
django.setup()

import pyotp  # noqa: E402
from allauth.core import context  # noqa: E402
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: E402
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: E402
from allauth.mfa.webauthn.internal import auth as webauthn  # noqa: E402
from allauth.socialaccount.models import SocialAccount  # noqa: E402
from dj_rest_auth.mfa.recovery_codes import RecoveryCodes as RestRecoveryCodes  # noqa: E402
from dj_rest_auth.mfa.totp import TOTP as RestTOTP  # noqa: E402
from dj_rest_auth.mfa.totp import generate_totp_secret as generate_rest_secret  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken  # noqa: E402
from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: E402
from django_otp_webauthn.helpers import WebAuthnHelper  # noqa: E402
from oauth2_provider.generators import generate_client_secret  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402

call_command("migrate", verbosity=0)
PASSWORD = "analytical-engine-1843"


def add(name):
    return User.objects.create_user(name, f"{name}@example.test", PASSWORD)


def base32(device):
    return base64.b32encode(device.bin_key).decode()


def of_django_otp():
    usual = TOTPDevice.objects.create(user=add("otp"), name="phone", confirmed=True)
    code = pyotp.TOTP(base32(usual)).now()
    assert usual.verify_token(code), "django-otp refuses the code of pyotp"
    long = TOTPDevice.objects.create(user=add("otp_long"), name="phone", digits=8, step=60, confirmed=True)
    TOTPDevice.objects.create(user=add("otp_unconfirmed"), name="phone", confirmed=False)
    codes = StaticDevice.objects.create(user=usual.user, name="backup")
    StaticToken.objects.create(device=codes, token=StaticToken.random_token())
    return {"otp": [base32(usual), 6, 30], "otp_long": [base32(long), 8, 60]}, code


def of_allauth():
    user = add("allauth")
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    SocialAccount.objects.create(user=user, provider="google", uid="4242", extra_data={"email": user.email})
    return {"allauth": [secret, 6, 30]}


def of_rest_auth():
    user = add("rest")
    secret = generate_rest_secret()
    RestTOTP.activate(user, secret)
    assert RestTOTP.validate_code(user, pyotp.TOTP(secret).now()), "dj-rest-auth refuses the code of pyotp"
    RestRecoveryCodes.activate(user)
    return {"rest": [secret, 6, 30]}


def passkey_of_allauth(made):
    request = RequestFactory().get("/", HTTP_HOST="localhost:4400")
    request.session = {}
    with context.request_context(request):
        webauthn.set_state({"challenge": made["challenge"], "user_verification": "preferred"})
        webauthn.parse_registration_response(made["credential"])
        webauthn.complete_registration(made["credential"])
        webauthn.WebAuthn.add(add("key_allauth"), "Key of allauth", made["credential"])


def passkey_of_otp(made):
    helper = WebAuthnHelper(RequestFactory().get("/", HTTP_HOST="localhost:4400"))
    state = {"challenge": made["challenge"], "require_user_verification": False}
    helper.register_complete(add("key_otp"), state, made["credential"])


def clients():
    Application = get_application_model()
    made = {}
    for name, members in {
        "hashed": {"authorization_grant_type": "client-credentials"},
        "plain": {"authorization_grant_type": "client-credentials", "hash_client_secret": False},
        "code": {
            "authorization_grant_type": "authorization-code",
            "redirect_uris": "https://site.example.test/cb",
            "algorithm": "HS256",
            "hash_client_secret": False,
        },
        "hybrid": {
            "authorization_grant_type": "openid-hybrid",
            "redirect_uris": "https://site.example.test/cb https://*.example.test/cb",
            "algorithm": "RS256",
        },
        "page": {
            "authorization_grant_type": "authorization-code",
            "client_type": "public",
            "redirect_uris": "https://page.example.test/cb",
            "algorithm": "RS256",
        },
    }.items():
        secret = generate_client_secret()
        client = Application(name=name, client_secret=secret, **{"client_type": "confidential", **members})
        client.full_clean(exclude=["client_secret"])
        client.save()
        made[name] = [client.client_id, secret]
    return made


def make():
    otp, used = of_django_otp()
    factors = {**otp, **of_allauth(), **of_rest_auth()}
    passkey_of_allauth(given["allauth"])
    passkey_of_otp(given["otp"])
    applications = clients()
    apps = [
        "auth.user",
        "account",
        "socialaccount",
        "mfa",
        "dj_rest_auth_mfa",
        "otp_totp",
        "otp_static",
        "django_otp_webauthn",
        "oauth2_provider",
    ]
    call_command("dumpdata", *apps, output=f"{folder}/accounts.json", verbosity=0)
    return {"factors": factors, "used": used, "clients": applications}


print(json.dumps(make()))
