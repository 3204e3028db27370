#!/bin/sh
# The authorization code flow (RFC 6749 §4.1, RFC 7636) with nothing but curl: this script is the application *and* the
# browser of a person who signs in and allows it. It says each step on standard error, and prints the tokens.
#
#     sh sign-in.sh ada
#
# PASSWORD is what ada types; ISSUER and CALLBACK say where, without them the development server of `npm start`. No
# application ever sees a password: what is typed here is typed into the pages of the server.
set -eu
user=$1
password=${PASSWORD:-analytical-engine-1843}
issuer=${ISSUER:-http://localhost:4400}
callback=${CALLBACK:-http://localhost:4401/callback}
jar=$(mktemp)
page=$(mktemp)
trap 'rm -f "$jar" "$page"' EXIT

say() {
  echo "$1" >&2
}

# Text as base64url without padding (RFC 7515 §2).
base64url() {
  openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# visit ADDRESS [curl's options]: what the browser does; keeps the page, prints where it is sent next.
visit() {
  address=$1
  shift
  curl --silent --show-error --cookie "$jar" --cookie-jar "$jar" --output "$page" --write-out '%{redirect_url}' \
    "$@" "$address"
}

# The value of a hidden field of the page.
field() {
  sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$page" | head -n 1
}

state=$(openssl rand 32 | base64url)
verifier=$(openssl rand 32 | base64url)
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | base64url)
scope='openid%20offline_access%20accounts:read%20transfers:write'

say '1. The application sends the browser to the server, with a challenge whose answer it keeps.'
query="response_type=code&client_id=demo-spa&redirect_uri=$callback&scope=$scope&state=$state"
next=$(visit "$issuer/oauth/authorize?$query&code_challenge=$challenge&code_challenge_method=S256")
[ -n "$next" ] || { say 'The server refuses this request: it has no demo-spa with this CALLBACK.'; exit 1; }

say '2. The server asks who that is. The password goes to the server alone.'
visit "$next" >/dev/null
next=$(printf %s "$password" | visit "$issuer/sign-in" --data-urlencode "form_token=$(field form_token)" \
  --data-urlencode "continue=$(field continue)" --data-urlencode "username=$user" --data-urlencode 'password@-')
[ -n "$next" ] || { say 'That is not the password.'; exit 1; }

say '3. The server asks what the application may do, and the person allows it.'
next=$(visit "$next")
if [ -z "$next" ]; then
  next=$(visit "$issuer/oauth/authorize" --data-urlencode "form_token=$(field form_token)" \
    --data-urlencode "flow=$(field flow)" --data-urlencode 'decision=allow')
fi

say '4. The browser comes back with a code, which is good once and for a minute.'
case $next in
"$callback?code="*"&state=$state&iss="*) ;;
*) say 'There is no code for this application.'; exit 1 ;;
esac
code=${next#*code=}
code=${code%%&*}

say '5. The application gives the code, and the answer to its challenge, for tokens.'
curl --silent --show-error --fail-with-body --data-urlencode 'grant_type=authorization_code' \
  --data-urlencode 'client_id=demo-spa' --data-urlencode "code=$code" --data-urlencode "redirect_uri=$callback" \
  --data-urlencode "code_verifier=$verifier" "$issuer/oauth/token"
