"""A Django project with people in it, one for every hasher that Django has, at Django's own costs.

`make FOLDER` leaves FOLDER/people.sqlite3 and FOLDER/dump.json there, and prints who they are.
`load FOLDER FIXTURE` loads a fixture into an empty project, reads [[name, password], ...] from its input, and prints
what is found there, and for each pair whether Django takes the password and whether it takes another.
The SECRET_KEY comes from the environment.
"""

import json
import os
import sys

import django
from django.conf import settings

action, folder = sys.argv[1:3]
settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{folder}/{'people' if action == 'make' else 'loaded'}.sqlite3",
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework.authtoken",
        "rest_framework_simplejwt",
        "rest_framework_simplejwt.token_blacklist",
    ],
    PASSWORD_HASHERS=[
        f"django.contrib.auth.hashers.{name}PasswordHasher"
        for name in ("PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt", "MD5")
    ],
)
django.setup()

from django.contrib.auth.hashers import check_password, get_hashers, make_password  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from rest_framework_simplejwt.tokens import RefreshToken  # noqa: E402

call_command("migrate", verbosity=0)


def make():
    people = []
    for hasher in get_hashers():
        name, password = f"by_{hasher.algorithm}", f"{hasher.algorithm} pässwörd of 1843"
        user = User(username=name, email=f"{name}@example.test", password=make_password(password, hasher=hasher))
        user.save()
        people.append([name, password])
    first, second, third = User.objects.order_by("pk")[:3]
    User.objects.create(username="idle", password=make_password("idle of 1843"), is_active=False)
    User.objects.create(username="unusable", password=make_password(None))
    first.groups.add(Group.objects.create(name="Night Editors"))
    User.objects.filter(pk=first.pk).update(is_staff=True, first_name="Ada", last_name="Lovelace")
    ended, living = RefreshToken.for_user(second), RefreshToken.for_user(third)
    ended.blacklist()
    apps = ["auth.user", "auth.group", "token_blacklist", "authtoken"]
    key = Token.objects.create(user=first).key
    call_command("dumpdata", *apps, output=f"{folder}/dump.json", verbosity=0)
    return {
        "people": people,
        "numbers": {user.username: user.pk for user in User.objects.all()},
        "ended": str(ended),
        "living": str(living),
        "key": [first.username, key],
    }


def load():
    call_command("loaddata", sys.argv[3], verbosity=0)
    users = {user.username: user for user in User.objects.all()}
    tried = [
        [name, check_password(password, users[name].password), check_password(f"{password}x", users[name].password)]
        for name, password in json.load(sys.stdin)
    ]
    shown = {
        name: {
            "active": user.is_active,
            "staff": user.is_staff,
            "groups": [group.name for group in user.groups.all()],
            "name": user.get_full_name(),
            "usable": user.has_usable_password(),
        }
        for name, user in users.items()
    }
    return {"tried": tried, "users": shown}


print(json.dumps(make() if action == "make" else load()))
