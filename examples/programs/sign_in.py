#!/usr/bin/env python3
"""A program on somebody's computer, with nothing but Python's standard library (3.9 or newer).

    python3 sign_in.py             signs in by the browser of this computer: code flow, PKCE, loopback (RFC 8252)
    python3 sign_in.py --device    signs in by any other device that has a browser (RFC 8628)

It finds the server's addresses by its metadata (RFC 8414), asks the sample bank for accounts, renews its tokens, and signs
out. ISSUER and API say where; without them, the development server of `npm start`.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

ISSUER = os.environ.get("ISSUER", "http://localhost:4400")
API = os.environ.get("API", "http://localhost:4401/api")
# A public client: whoever has the program has all that is in it, so there is no secret.
CLIENT = "demo-native"
SCOPE = "openid offline_access accounts:read"
WAIT_SECONDS = 300


def ask(address, form=None, token=None):
    """Sends a request. Returns the status and the JSON of the answer."""
    request = Request(address, data=None if form is None else urlencode(form).encode())
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read() or b"null")


def tokens_for(server, form):
    """Asks the token endpoint; ends the program when it refuses."""
    status, answer = ask(server["token_endpoint"], {"client_id": CLIENT, **form})
    if status != 200:
        sys.exit(f"No tokens: {answer['error']}")
    return answer


def wait_for_answer(listening, state):
    """Waits until the browser comes back. Returns the query of its address; whatever else knocks is shown the door."""
    answers = []

    class Callback(BaseHTTPRequestHandler):
        # Seconds: browsers open connections that they may never use.
        timeout = 10

        def do_GET(self):
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items() if len(values) == 1}
            # An answer to another question than ours is nobody's business here (RFC 9700 §4.7).
            ours = address.path == "/callback" and secrets.compare_digest(query.get("state", "").encode(), state.encode())
            if ours:
                answers.append(query)
            self.send_response(200 if ours else 404)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"You can close this page.\n" if ours else b"Nothing here.\n")

        def log_message(self, *_):
            """Addresses hold codes: they are written nowhere."""

    listening.RequestHandlerClass = Callback
    listening.timeout = 0.2
    end = time.monotonic() + WAIT_SECONDS
    while not answers:
        if time.monotonic() > end:
            sys.exit("Nobody came back.")
        listening.handle_request()
    return answers[0]


def by_browser(server):
    # The operating system gives a free port; the server takes any port of this address (RFC 8252 §7.3).
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as listening:
        redirect_uri = f"http://127.0.0.1:{listening.server_port}/callback"
        state = secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = f"{server['authorization_endpoint']}?{urlencode(query)}"
        print(f"Sign in at {address}", flush=True)
        webbrowser.open(address)
        answer = wait_for_answer(listening, state)
    # RFC 9207: an answer in the name of another server ends here, before any code is sent.
    if answer.get("iss") != ISSUER:
        sys.exit("The answer is not from this server.")
    if "code" not in answer:
        sys.exit(f"Not signed in: {answer.get('error')}")
    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": redirect_uri}
    return tokens_for(server, {**form, "code_verifier": verifier})


def by_device(server):
    status, asked = ask(server["device_authorization_endpoint"], {"client_id": CLIENT, "scope": SCOPE})
    if status != 200:
        sys.exit(f"Not now: {asked['error']}")
    # A television shows this as a QR code, and the two parts beside it.
    print(f"Sign in at {asked['verification_uri_complete']}", flush=True)
    form = {
        "client_id": CLIENT,
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": asked["device_code"],
    }
    interval = asked.get("interval", 5)
    while True:
        time.sleep(interval)
        status, answer = ask(server["token_endpoint"], form)
        if status == 200:
            return answer
        if answer["error"] == "slow_down":
            interval += 5
        elif answer["error"] != "authorization_pending":
            sys.exit(f"Not signed in: {answer['error']}")


def main():
    _, server = ask(f"{ISSUER}/.well-known/oauth-authorization-server")
    if server["issuer"] != ISSUER:
        sys.exit("These are the metadata of another server.")
    tokens = by_device(server) if "--device" in sys.argv[1:] else by_browser(server)
    print("Signed in.")

    status, answer = ask(f"{API}/accounts", token=tokens["access_token"])
    print(f"Accounts: {status} {', '.join(account['id'] for account in answer['accounts'])}")

    # What to keep is the refresh token, in the keychain of the system. Each use gives the next one, which takes its place.
    tokens = tokens_for(server, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    status, _ = ask(f"{API}/accounts", token=tokens["access_token"])
    print(f"Renewed: {status}")

    # RFC 7009: the server forgets it, and so does the program.
    ask(server["revocation_endpoint"], {"client_id": CLIENT, "token": tokens["refresh_token"]})
    form = {"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    _, answer = ask(server["token_endpoint"], form)
    print(f"Signed out: {answer['error']}")


if __name__ == "__main__":
    main()
