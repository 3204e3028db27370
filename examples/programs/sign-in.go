// A program on somebody's computer, with nothing but Go's standard library (1.22 or newer).
//
//	go run sign-in.go             signs in by the browser of this computer: code flow, PKCE, loopback (RFC 8252)
//	go run sign-in.go -device     signs in by any other device that has a browser (RFC 8628)
//
// It finds the server's addresses by its metadata (RFC 8414), asks the sample bank for accounts, renews its tokens, and
// signs out. ISSUER and API say where; without them, the development server of `npm start`.
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A public client: whoever has the program has all that is in it, so there is no secret.
const (
	client     = "demo-native"
	scope      = "openid offline_access accounts:read"
	deviceCode = "urn:ietf:params:oauth:grant-type:device_code"
)

var (
	issuer = setting("ISSUER", "http://localhost:4400")
	api    = setting("API", "http://localhost:4401/api")
	web    = &http.Client{Timeout: 30 * time.Second}
)

// Server is what a program needs of the metadata.
type Server struct {
	Issuer        string `json:"issuer"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	Device        string `json:"device_authorization_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
}

// Tokens is an answer of the token endpoint, or its refusal.
type Tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Error   string `json:"error"`
}

func main() {
	log.SetFlags(0)
	byDevice := flag.Bool("device", false, "sign in by another device")
	flag.Parse()
	if err := run(*byDevice); err != nil {
		log.Fatal(err)
	}
}

func run(byDevice bool) error {
	var server Server
	if _, err := ask(issuer+"/.well-known/oauth-authorization-server", nil, "", &server); err != nil {
		return err
	}
	if server.Issuer != issuer {
		return errors.New("these are the metadata of another server")
	}
	signIn := signInByBrowser
	if byDevice {
		signIn = signInByDevice
	}
	tokens, err := signIn(server)
	if err != nil {
		return err
	}
	fmt.Println("Signed in.")

	status, ids, err := accounts(tokens.Access)
	if err != nil {
		return err
	}
	fmt.Printf("Accounts: %d %s\n", status, strings.Join(ids, ", "))

	// What to keep is the refresh token, in the keychain of the system. Each use gives the next one, which takes its place.
	tokens, err = tokensFor(server, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
	if err != nil {
		return err
	}
	if status, _, err = accounts(tokens.Access); err != nil {
		return err
	}
	fmt.Printf("Renewed: %d\n", status)

	// RFC 7009: the server forgets it, and so does the program.
	form := url.Values{"client_id": {client}, "token": {tokens.Refresh}}
	if _, err := ask(server.Revocation, form, "", nil); err != nil {
		return err
	}
	last, err := tokensFor(server, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
	if err == nil {
		return errors.New("the token still works")
	}
	fmt.Printf("Signed out: %s\n", last.Error)
	return nil
}

func signInByBrowser(server Server) (Tokens, error) {
	// The operating system gives a free port; the server takes any port of this address (RFC 8252 §7.3).
	listening, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Tokens{}, err
	}
	defer listening.Close()
	redirect := fmt.Sprintf("http://%s/callback", listening.Addr())
	state, verifier := random(), random()
	digest := sha256.Sum256([]byte(verifier))
	address := server.Authorization + "?" + url.Values{
		"response_type":         {"code"},
		"client_id":             {client},
		"redirect_uri":          {redirect},
		"scope":                 {scope},
		"state":                 {state},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(digest[:])},
		"code_challenge_method": {"S256"},
	}.Encode()

	answers := make(chan url.Values, 1)
	go http.Serve(listening, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		// An answer to another question than ours is nobody's business here (RFC 9700 §4.7).
		if r.URL.Path != "/callback" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(state)) != 1 {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, "You can close this page.\n")
		select {
		case answers <- query:
		default:
		}
	}))
	fmt.Println("Sign in at", address)
	openBrowser(address)

	select {
	case answer := <-answers:
		// RFC 9207: an answer in the name of another server ends here, before any code is sent.
		if answer.Get("iss") != issuer {
			return Tokens{}, errors.New("the answer is not from this server")
		}
		if answer.Get("code") == "" {
			return Tokens{}, fmt.Errorf("not signed in: %s", answer.Get("error"))
		}
		return tokensFor(server, url.Values{
			"grant_type":    {"authorization_code"},
			"code":          {answer.Get("code")},
			"redirect_uri":  {redirect},
			"code_verifier": {verifier},
		})
	case <-time.After(5 * time.Minute):
		return Tokens{}, errors.New("nobody came back")
	}
}

func signInByDevice(server Server) (Tokens, error) {
	var asked struct {
		Address  string `json:"verification_uri_complete"`
		Code     string `json:"device_code"`
		Interval int    `json:"interval"`
		Error    string `json:"error"`
	}
	if _, err := ask(server.Device, url.Values{"client_id": {client}, "scope": {scope}}, "", &asked); err != nil {
		return Tokens{}, err
	}
	if asked.Error != "" {
		return Tokens{}, fmt.Errorf("not now: %s", asked.Error)
	}
	// A television shows this as a QR code, and the two parts beside it.
	fmt.Println("Sign in at", asked.Address)
	interval := max(asked.Interval, 1)
	for {
		time.Sleep(time.Duration(interval) * time.Second)
		tokens, err := tokensFor(server, url.Values{"grant_type": {deviceCode}, "device_code": {asked.Code}})
		switch tokens.Error {
		case "slow_down":
			interval += 5
		case "authorization_pending":
		default:
			return tokens, err
		}
	}
}

// accounts asks the bank.
func accounts(token string) (status int, ids []string, err error) {
	var answer struct {
		Accounts []struct {
			ID string `json:"id"`
		} `json:"accounts"`
	}
	status, err = ask(api+"/accounts", nil, token, &answer)
	for _, account := range answer.Accounts {
		ids = append(ids, account.ID)
	}
	return status, ids, err
}

// tokensFor asks the token endpoint; a refusal is an error whose code is in the answer too.
func tokensFor(server Server, form url.Values) (Tokens, error) {
	form.Set("client_id", client)
	var answer Tokens
	status, err := ask(server.Token, form, "", &answer)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("no tokens: %s", answer.Error)
	}
	return answer, err
}

// ask sends a request, a POST if there is a form, and reads the JSON of the answer.
func ask(address string, form url.Values, token string, answer any) (int, error) {
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := web.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil || answer == nil || len(bytes.TrimSpace(text)) == 0 {
		return response.StatusCode, err
	}
	return response.StatusCode, json.Unmarshal(text, answer)
}

// random gives 256 bits in 43 characters.
func random() string {
	bits := make([]byte, 32)
	if _, err := rand.Read(bits); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(bits)
}

// openBrowser tries; the address was printed too.
func openBrowser(address string) {
	command := map[string][]string{
		"darwin":  {"open"},
		"windows": {"rundll32", "url.dll,FileProtocolHandler"},
		"linux":   {"xdg-open"},
	}[runtime.GOOS]
	if command != nil {
		_ = exec.Command(command[0], append(command[1:], address)...).Start()
	}
}

func setting(name, usual string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return usual
}
