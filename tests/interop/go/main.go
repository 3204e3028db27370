// A program with go-oidc and x/oauth2 as they come from their modules. It takes every step that `npm run interop` asks
// of a client, prints each when it is done, and ends with an error at the first that goes wrong.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type metadata struct {
	Introspection string `json:"introspection_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
	EndSession    string `json:"end_session_endpoint"`
}

type application struct {
	ctx      context.Context
	provider *oidc.Provider
	metadata metadata
	config   oauth2.Config
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		return fmt.Errorf("discovery: %w", err)
	}
	app := application{ctx: ctx, provider: provider}
	if err := provider.Claims(&app.metadata); err != nil {
		return fmt.Errorf("discovery: %w", err)
	}
	app.config = oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  os.Getenv("REDIRECT_URI"),
		Scopes:       []string{oidc.ScopeOpenID, "email", oidc.ScopeOfflineAccess},
	}
	done("discovery")

	token, rawIDToken, err := app.signIn()
	if err != nil {
		return err
	}
	renewed, err := app.refresh(token)
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	done("refresh")
	if err := app.userInfo(renewed); err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	done("userinfo")
	if err := app.endToken(renewed); err != nil {
		return err
	}
	if err := app.device(); err != nil {
		return fmt.Errorf("device: %w", err)
	}
	done("device")
	if err := app.machine(); err != nil {
		return fmt.Errorf("client credentials: %w", err)
	}
	done("client-credentials")
	if err := app.signOut(rawIDToken); err != nil {
		return fmt.Errorf("logout: %w", err)
	}
	byHand("logout")
	return nil
}

// signIn gets a code with PKCE, and verifies the ID token that it becomes.
func (app *application) signIn() (*oauth2.Token, string, error) {
	verifier, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	state := oauth2.GenerateVerifier()
	answer, err := browse("walk", app.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		return nil, "", err
	}
	if answer.Get("state") != state || answer.Get("iss") != os.Getenv("ISSUER") {
		return nil, "", fmt.Errorf("code: the answer is another's: %s", answer.Encode())
	}
	token, err := app.config.Exchange(app.ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, "", fmt.Errorf("code: %w", err)
	}
	done("code")

	rawIDToken, _ := token.Extra("id_token").(string)
	idToken, err := app.provider.Verifier(&oidc.Config{ClientID: app.config.ClientID}).Verify(app.ctx, rawIDToken)
	if err != nil {
		return nil, "", fmt.Errorf("id-token: %w", err)
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		return nil, "", fmt.Errorf("id-token: %w", err)
	}
	if idToken.Nonce != nonce || idToken.Subject != "usr_ada" {
		return nil, "", errors.New("id-token: another nonce or subject")
	}
	done("id-token")
	return token, rawIDToken, nil
}

func (app *application) refresh(token *oauth2.Token) (*oauth2.Token, error) {
	renewed, err := app.config.TokenSource(app.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		return nil, err
	}
	if renewed.RefreshToken == token.RefreshToken || renewed.AccessToken == token.AccessToken {
		return nil, errors.New("the tokens are the old ones")
	}
	return renewed, nil
}

func (app *application) userInfo(token *oauth2.Token) error {
	person, err := app.provider.UserInfo(app.ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	if person.Subject != "usr_ada" || person.Email != "ada@example.test" || !person.EmailVerified {
		return fmt.Errorf("somebody else: %s", person.Subject)
	}
	return nil
}

// endToken asks about a token and revokes it; the libraries have neither, so this is plain HTTP.
func (app *application) endToken(token *oauth2.Token) error {
	for _, expected := range []bool{true, false} {
		var answer struct {
			Active bool `json:"active"`
		}
		body, err := app.post(app.metadata.Introspection, token.AccessToken)
		if err != nil {
			return fmt.Errorf("introspection: %w", err)
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return fmt.Errorf("introspection: %w", err)
		}
		if answer.Active != expected {
			return fmt.Errorf("introspection: active is %t", answer.Active)
		}
		if _, err := app.post(app.metadata.Revocation, token.RefreshToken); err != nil {
			return fmt.Errorf("revocation: %w", err)
		}
	}
	byHand("introspection")
	byHand("revocation")
	_, err := app.refresh(token)
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
		return fmt.Errorf("revocation: a revoked token was answered with %w", err)
	}
	return nil
}

func (app *application) post(endpoint, token string) ([]byte, error) {
	form := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequestWithContext(app.ctx, http.MethodPost, endpoint, form)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(app.config.ClientID), url.QueryEscape(app.config.ClientSecret))
	return read(http.DefaultClient.Do(request))
}

func (app *application) device() error {
	// The library would send the client's identifier alone, as a client without a secret does.
	secret := oauth2.SetAuthURLParam("client_secret", app.config.ClientSecret)
	asked, err := app.config.DeviceAuth(app.ctx, secret)
	if err != nil {
		return err
	}
	if _, err := browse("approve", asked.VerificationURIComplete); err != nil {
		return err
	}
	// It is allowed already; only the first request waits for the interval.
	asked.Interval = 1
	token, err := app.config.DeviceAccessToken(app.ctx, asked)
	if err != nil {
		return err
	}
	return app.userInfo(token)
}

func (app *application) machine() error {
	config := clientcredentials.Config{
		ClientID:     app.config.ClientID,
		ClientSecret: app.config.ClientSecret,
		TokenURL:     app.config.Endpoint.TokenURL,
		Scopes:       []string{"accounts:read"},
	}
	token, err := config.Token(app.ctx)
	if err != nil {
		return err
	}
	if token.RefreshToken != "" || !token.Valid() {
		return errors.New("not a machine's token")
	}
	return nil
}

// signOut leaves the session of the browser, by an address that is put together here: the libraries have no sign-out.
func (app *application) signOut(idToken string) error {
	address := app.metadata.EndSession + "?" + url.Values{
		"id_token_hint":            {idToken},
		"post_logout_redirect_uri": {os.Getenv("POST_LOGOUT_REDIRECT_URI")},
		"state":                    {"bye"},
	}.Encode()
	answer, err := browse("walk", address)
	if err != nil {
		return err
	}
	if answer.Get("state") != "bye" {
		return fmt.Errorf("the browser came back with %s", answer.Encode())
	}
	challenge := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	silent := app.config.AuthCodeURL("silent", challenge, oauth2.SetAuthURLParam("prompt", "none"))
	if answer, err = browse("walk", silent); err != nil {
		return err
	}
	if answer.Get("error") != "login_required" {
		return fmt.Errorf("still signed in: %s", answer.Encode())
	}
	return nil
}

// browse has the browser of the tests go to an address. It comes back with the query of where that led.
func browse(deed, to string) (url.Values, error) {
	address := os.Getenv("BROWSER") + "/" + deed + "?" + url.Values{"to": {to}}.Encode()
	body, err := read(http.Get(address))
	if err != nil {
		return nil, err
	}
	left, err := url.Parse(string(body))
	if err != nil {
		return nil, err
	}
	return left.Query(), nil
}

func read(response *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %d: %s", response.Request.URL.Path, response.StatusCode, body)
	}
	return body, err
}

func done(step string) { fmt.Println("done", step) }

// byHand is for a step that the library leaves to its caller.
func byHand(step string) { fmt.Println("by hand", step) }
