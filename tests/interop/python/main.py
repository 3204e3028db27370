"""A Flask application over Authlib, both as they come from PyPI.

It takes every step that `npm run interop` asks of a client, prints each when it is done, and ends with a traceback at the
first that goes wrong. Its pages are visited without a socket; the browser of the tests is sent where they redirect to.
"""

import os
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, jsonify, request

ISSUER = os.environ["ISSUER"]
CLIENT = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
REDIRECT_URI = os.environ["REDIRECT_URI"]
POST_LOGOUT_REDIRECT_URI = os.environ["POST_LOGOUT_REDIRECT_URI"]

app = Flask(__name__)
app.secret_key = os.urandom(32)
oauth = OAuth(app)
oauth.register(
    "countersign",
    client_id=CLIENT[0],
    client_secret=CLIENT[1],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid email offline_access", "code_challenge_method": "S256"},
)
# What the application holds of the person who signed in.
held = {}


@app.get("/sign-in")
def sign_in():
    return oauth.countersign.authorize_redirect(REDIRECT_URI, **request.args)


@app.get("/callback")
def callback():
    try:
        held["token"] = oauth.countersign.authorize_access_token()
    except OAuthError as refused:
        return jsonify(error=refused.error)
    return jsonify(held["token"]["userinfo"])


@app.get("/me")
def me():
    return jsonify(oauth.countersign.userinfo(token=held["token"]))


@app.get("/sign-out")
def sign_out():
    return oauth.countersign.logout_redirect(POST_LOGOUT_REDIRECT_URI, held["token"]["id_token"])


@app.get("/bye")
def bye():
    return jsonify(oauth.countersign.validate_logout_response())


def main():
    with app.app_context():
        metadata = oauth.countersign.load_server_metadata()
    assert metadata["issuer"] == ISSUER
    done("discovery")

    visitor = app.test_client()
    claims = follow(visitor, "/sign-in")
    done("code")
    assert (claims["sub"], claims["iss"], claims["aud"]) == ("usr_ada", ISSUER, CLIENT[0])
    done("id-token")
    person = visitor.get("/me").json
    assert (person["sub"], person["email"]) == ("usr_ada", "ada@example.test")
    done("userinfo")

    endpoint = metadata["token_endpoint"]
    with OAuth2Session(*CLIENT, token=held["token"], token_endpoint=endpoint) as session:
        before = held["token"]["refresh_token"]
        renewed = session.refresh_token(endpoint, refresh_token=before)
        assert renewed["refresh_token"] != before
        done("refresh")
        ask = lambda: session.introspect_token(
            metadata["introspection_endpoint"], token=renewed["access_token"]
        ).json()
        assert ask()["sub"] == "usr_ada"
        done("introspection")
        session.revoke_token(metadata["revocation_endpoint"], token=renewed["refresh_token"]).raise_for_status()
        assert ask() == {"active": False}
        try:
            session.refresh_token(endpoint, refresh_token=renewed["refresh_token"])
            raise AssertionError("A revoked token was taken.")
        except OAuthError as refused:
            assert refused.error == "invalid_grant"
        done("revocation")

    with OAuth2Session(*CLIENT, scope="accounts:read") as machine:
        token = machine.fetch_token(endpoint, grant_type="client_credentials")
        assert token["scope"] == "accounts:read" and "refresh_token" not in token
    done("client-credentials")

    state = follow(visitor, "/sign-out")
    assert state == {"post_logout_redirect_uri": POST_LOGOUT_REDIRECT_URI}
    assert follow(visitor, "/sign-in?prompt=none") == {"error": "login_required"}
    done("logout")


def follow(visitor, path):
    """Has the browser go where a page of the application redirects to, and come back to the application."""
    left = browse(visitor.get(path).location)
    return visitor.get(left.removeprefix(origin(left))).json


def browse(to):
    answer = requests.get(f"{os.environ['BROWSER']}/walk", params={"to": to}, timeout=30)
    assert answer.ok, answer.text
    answered = parse_qs(urlsplit(answer.text).query)
    assert "code" not in answered or answered["iss"] == [ISSUER]
    return answer.text


def origin(address):
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def done(step):
    print("done", step, flush=True)


if __name__ == "__main__":
    main()
