#!/bin/sh
# The whole way with nothing but curl: sign up, sign out, sign in, allow, tokens, the bank's API, refresh, sign out, refused.
# Usage: curl.sh ISSUER BANK. Each run is somebody new. Says each step; ends with 1 at the first that is not as it should be.
set -eu
issuer=$1
bank=$2
callback=$bank/callback
api=$bank/api/accounts
name=katherine$$-$(date +%s)
jar=$(mktemp)
answer=$(mktemp)
trap 'rm -f "$jar" "$answer"' EXIT

# The example of RFC 7636, appendix B.
verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM

fail() {
  echo "FAILED: $1" >&2
  cat "$answer" >&2
  exit 1
}

# visit ADDRESS [curl's options]: one request with the cookies so far; prints "STATUS LOCATION", keeps the body.
visit() {
  address=$1
  shift
  curl --silent --show-error --cookie "$jar" --cookie-jar "$jar" --output "$answer" \
    --write-out '%{http_code} %{redirect_url}' "$@" "$address"
}

# follow ADDRESS: as visit, through all redirects within the server.
follow() {
  visit "$1" --location
}

# The value of a hidden field of the last page.
field() {
  sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$answer" | head -n 1
}

# The value of a member of the last JSON answer.
member() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$answer"
}

expect() { # what, wanted, got
  [ "$2" = "$3" ] || fail "$1: expected $2, got $3"
  echo "ok: $1"
}

authorize="$issuer/oauth/authorize?response_type=code&client_id=demo-spa&redirect_uri=$callback"
authorize="$authorize&scope=openid%20offline_access%20accounts:read&state=from-curl"
authorize="$authorize&code_challenge=$challenge&code_challenge_method=S256"

follow "$issuer/sign-up" >/dev/null
result=$(visit "$issuer/sign-up" --data-urlencode "form_token=$(field form_token)" \
  --data-urlencode 'name=Katherine Johnson' --data-urlencode "email=$name@example.test" \
  --data-urlencode "username=$name" --data-urlencode 'password=figures lie, liars figure')
expect 'a new person is told to look into their mailbox' 200 "${result%% *}"

# The letter is carried a moment later; a development server keeps it at /dev/mailbox.
link=
tries=60
while [ $tries -gt 0 ]; do
  visit "$issuer/dev/mailbox" --header 'Accept: application/json' >/dev/null
  link=$(tr '{' '\n' <"$answer" | grep -F "$name@example.test" | grep -o '/sign-up/confirm?secret=[A-Za-z0-9_-]*' | head -n 1)
  [ -n "$link" ] && break
  tries=$((tries - 1))
  sleep 1
done
[ -n "$link" ] || fail 'the letter has a link'
follow "$issuer$link" >/dev/null
result=$(visit "$issuer/sign-up/confirm" --data-urlencode "form_token=$(field form_token)" \
  --data-urlencode "secret=$(field secret)")
expect 'the link makes the account' "303 $issuer/account" "$result"

follow "$issuer/account" >/dev/null
result=$(visit "$issuer/sign-out" --data-urlencode "form_token=$(field form_token)")
expect 'she signs out' 303 "${result%% *}"

follow "$authorize" >/dev/null
token=$(field form_token)
continue=$(field continue)
result=$(visit "$issuer/sign-in" --data-urlencode "form_token=$token" --data-urlencode "continue=$continue" \
  --data-urlencode "username=$name" --data-urlencode 'password=wrong')
expect 'a wrong password is refused' 403 "${result%% *}"
result=$(visit "$issuer/sign-in" --data-urlencode "form_token=$token" --data-urlencode "continue=$continue" \
  --data-urlencode "username=$name" --data-urlencode 'password=figures lie, liars figure')
expect 'the right one is not' 303 "${result%% *}"

follow "${result#* }" >/dev/null
result=$(visit "$issuer/oauth/authorize" --data-urlencode "form_token=$(field form_token)" \
  --data-urlencode "flow=$(field flow)" --data-urlencode 'decision=allow')
location=${result#* }
case $location in
"$callback?code="*"&state=from-curl&iss="*) echo 'ok: she allows it, and there is a code' ;;
*) fail "no code at $location" ;;
esac
code=${location#*code=}
code=${code%%&*}

exchange() {
  visit "$issuer/oauth/token" --data-urlencode 'grant_type=authorization_code' --data-urlencode 'client_id=demo-spa' \
    --data-urlencode "code=$code" --data-urlencode "redirect_uri=$callback" --data-urlencode "code_verifier=$verifier"
}
refresh() { # refresh token
  visit "$issuer/oauth/token" --data-urlencode 'grant_type=refresh_token' --data-urlencode 'client_id=demo-spa' \
    --data-urlencode "refresh_token=$1"
}

expect 'the code becomes tokens' '200 ' "$(exchange)"
access=$(member access_token)
refresh_token=$(member refresh_token)

expect 'without a token the bank says nothing' '401 ' "$(visit "$api")"
expect 'with hers it answers' '200 ' "$(visit "$api" --header "Authorization: Bearer $access")"
expect 'with what is hers: nothing yet' '{"accounts":[]}' "$(cat "$answer")"
expect 'another person’s account is not there' '404 ' \
  "$(visit "$api/acc-1001" --header "Authorization: Bearer $access")"

expect 'the refresh token gives new tokens' '200 ' "$(refresh "$refresh_token")"
newest=$(member refresh_token)
access=$(member access_token)
expect 'they open the bank too' '200 ' "$(visit "$api" --header "Authorization: Bearer $access")"

follow "$issuer/sign-out" >/dev/null
result=$(visit "$issuer/sign-out" --data-urlencode "form_token=$(field form_token)")
expect 'she signs out again' 303 "${result%% *}"
expect 'and the refresh token is over' '400 ' "$(refresh "$newest")"
expect 'by its right name' invalid_grant "$(member error)"
expect 'the account page asks who she is' 303 "$(visit "$issuer/account" | cut -d' ' -f1)"
