// The plans of the OpenID Foundation's conformance suite, and the modules of each: what `npm run conformance` looks for
// among the tests of this folder, and what it says of those that have none. Names are the suite's.

/** Why modules are not shown. Every module of a plan has a test, or stands here. */
export interface Gap {
  readonly reason: string
  readonly modules: readonly string[]
}

export interface Plan {
  readonly name: string
  /** What it certifies. */
  readonly certifies: string
  /** How the file names of its tests begin; a file may be of several plans. */
  readonly files: readonly string[]
  readonly modules: readonly string[]
  readonly gaps?: readonly Gap[]
  /**
   * Where the server is stricter than the suite's own client would be, or the suite leaves a module out: what the tests
   * show instead.
   */
  readonly stricter?: readonly string[]
}

const names = (prefix: string, text: string): readonly string[] =>
  text
    .trim()
    .split(/\s+/)
    .map((name) => (name === '.' ? prefix : `${prefix}-${name}`))

const basic = names(
  'oidcc',
  `server response-type-missing idtoken-signature idtoken-unsigned userinfo-get userinfo-post-header userinfo-post-body
  ensure-request-without-nonce-succeeds-for-code-flow scope-profile scope-email scope-address scope-phone scope-all
  alternate-happy-flow display-page display-popup prompt-login prompt-none-not-logged-in prompt-none-logged-in max-age-1
  max-age-10000 ensure-request-with-unknown-parameter-succeeds id-token-hint login-hint ui-locales claims-locales
  ensure-request-with-acr-values-succeeds codereuse codereuse-30seconds ensure-registered-redirect-uri
  ensure-post-request-succeeds server-client-secret-post
  request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
  unsigned-request-object-supported-correctly-or-rejected-as-unsupported claims-essential
  ensure-request-object-with-redirect-uri refresh-token ensure-request-with-valid-pkce-succeeds`,
)

const staticCode = [
  'every client sends PKCE with S256 (OAuth 2.1 §4.1.1): the tests’ client does in every module, not in one',
  'clients are registered by the operator’s command, as the suite’s variant static_client has it',
  'oidcc-idtoken-unsigned: “none” is not offered, so the suite leaves the module out; the test shows that none is made or taken',
  'unsigned requests, and addresses of requests that a client has not registered, are refused: the tests show the refusals that the modules allow',
  'the servers of these tests are on this computer without TLS; https is looked at behind a proxy (tests/nginx, tests/caddy)',
]

const security = names(
  'fapi2-security-profile-final',
  `discovery-end-point-verification happy-flow user-rejects-authentication
  ensure-authorization-request-without-state-success ensure-authorization-request-without-nonce-success
  ensure-authorization-request-with-64-char-nonce-success ensure-other-scope-order-succeeds
  test-claims-parameter-identity-claims access-token-type-header-case-sensitivity check-dpop-proof-nbf-exp
  ensure-dpopproof-with-iat-10seconds-before-succeeds ensure-dpopproof-with-iat-10seconds-after-succeeds
  ensure-mismatched-dpop-jkt-fails ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt
  ensure-token-endpoint-fails-with-mismatched-dpop-jkt ensure-dpopproof-at-par-endpoint-binding-success
  ensure-dpop-auth-code-binding-success ensure-authorization-request-with-long-nonce
  ensure-authorization-request-with-long-state ensure-registered-redirect-uri
  plain-fapi-tolerate-unregistered-redirect-uri ensure-unsigned-authorization-request-without-using-par-fails
  ensure-redirect-uri-in-authorization-request ensure-response-type-code-idtoken-fails
  ensure-response-type-token-fails ensure-client-id-in-token-endpoint ensure-holder-of-key-required
  ensure-authorization-code-is-bound-to-client attempt-reuse-authorization-code-after-one-second
  ensure-token-endpoint-fails-with-expired-auth-code ensure-signed-client-assertion-with-RS256-fails
  ensure-client-assertion-in-token-endpoint ensure-client-assertion-with-exp-is-5-minutes-in-past-fails
  ensure-client-assertion-with-wrong-aud-fails ensure-client-assertion-with-no-sub-fails
  ensure-invalid-client-assertions-fail dpop-negative-tests refresh-token
  par-ensure-reused-request-uri-prior-to-auth-completion-succeeds par-attempt-reuse-request_uri
  par-attempt-to-use-expired-request_uri par-attempt-to-use-request_uri-for-different-client
  par-authorization-request-containing-request_uri-form-param par-attempt-invalid-http-method
  par-ensure-pkce-required ensure-pkce-code-verifier-required incorrect-pkce-code-verifier-rejected
  par-plain-pkce-rejected par-without-duplicate-parameters par-test-array-as-audience-fails
  par-test-par-endpoint-url-as-audience-fails par-test-token-endpoint-url-as-audience-fails
  par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted
  par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails`,
)

const signing = names(
  'fapi2-security-profile-final',
  `ensure-request-object-with-multiple-aud-succeeds ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted
  ensure-different-nonce-inside-and-outside-request-object ensure-different-state-inside-and-outside-request-object
  ensure-request-object-without-exp-fails ensure-request-object-without-nbf-fails
  state-only-outside-request-object-not-used ensure-request-object-without-redirect-uri-fails
  ensure-expired-request-object-fails ensure-request-object-with-bad-aud-fails
  ensure-request-object-with-exp-over-60-fails ensure-request-object-with-nbf-over-60-fails
  ensure-signed-request-object-with-RS256-fails ensure-request-object-signature-algorithm-is-not-none
  ensure-request-object-with-invalid-signature-fails ensure-matching-key-in-authorization-request
  ensure-unsigned-request-at-par-endpoint-fails par-authorization-request-containing-request_uri`,
)

const dynamic = names(
  'oidcc',
  `discovery-endpoint-verification server ensure-client-assertion-with-iss-aud-succeeds
  ensure-redirect-uri-in-authorization-request ensure-request-object-with-redirect-uri idtoken-rs256 idtoken-unsigned
  redirect-uri-query-OK redirect-uri-query-added redirect-uri-query-mismatch redirect-uri-regfrag refresh-token
  refresh-token-rp-key-rotation registration-jwks-uri registration-logo-uri registration-policy-uri
  registration-sector-bad registration-sector-uri registration-tos-uri request-uri-signed-rs256 request-uri-unsigned
  server-rotate-keys userinfo-rs256`,
)

const thirdParty = names('oidcc', '3rd_party-init-login 3rd_party-init-login-nohttps')
const sessionManagement = names(
  'oidcc-session-management',
  'discovery-endpoint-verification rp-initiated-logout',
)

export const plans: readonly Plan[] = [
  {
    name: 'oidcc-basic',
    certifies: 'Basic OP',
    files: ['oidcc-basic', 'request-objects'],
    modules: basic,
    stricter: staticCode,
  },
  {
    name: 'oidcc-formpost-basic',
    certifies: 'Form Post OP, with response_type=code',
    files: ['oidcc-formpost-basic'],
    modules: basic,
  },
  {
    name: 'oidcc-config',
    certifies: 'Config OP',
    files: ['oidcc-config'],
    modules: ['oidcc-discovery-endpoint-verification'],
    stricter: [
      'revocation_feed_endpoint is in no register (RFC 8414 §2 allows that), some members are of drafts; the suite warns of them',
    ],
  },
  {
    name: 'oidcc-rp-initiated-logout',
    certifies: 'RP-Initiated OP',
    files: ['oidcc-rp-initiated-logout'],
    modules: names(
      'oidcc-rp-initiated-logout',
      `discovery-endpoint-verification . bad-post-logout-redirect-uri modified-id-token-hint no-id-token-hint no-params
      no-post-logout-redirect-uri no-state only-state query-added-to-post-logout-redirect-uri bad-id-token-hint`,
    ),
  },
  {
    name: 'oidcc-backchannel-rp-initiated-logout',
    certifies: 'Back-Channel OP',
    files: ['oidcc-backchannel'],
    modules: names('oidcc-backchannel', 'logout-discovery-endpoint-verification rp-initiated-logout'),
  },
  {
    name: 'oidcc-frontchannel-rp-initiated-logout',
    certifies: 'Front-Channel OP',
    files: ['oidcc-frontchannel'],
    modules: names('oidcc-frontchannel', 'logout-discovery-endpoint-verification rp-initiated-logout'),
  },
  {
    name: 'fapi2-security-profile-final',
    certifies: 'FAPI 2.0 Security Profile OP (plain_fapi, openid_connect)',
    files: ['fapi2', 'request-objects'],
    modules: security,
    stricter: [
      'each module is shown with a client that has what it is about (private_key_jwt, DPoP or PAR), not with all at once',
      'with mutual TLS the modules are shown that it changes: a server that speaks TLS itself, by the profile fapi2, with clients of both methods and bound tokens',
      'redirect URIs stay those that are registered, also in pushed requests, as the module allows (RFC 9126 §2.4 lets others be taken)',
    ],
  },
  {
    name: 'fapi2-message-signing-final',
    certifies: 'FAPI 2.0 Message Signing OP: what it adds to the Security Profile',
    files: ['fapi2', 'request-objects'],
    modules: signing,
  },
  {
    name: 'oidcc-dynamic',
    certifies: 'Dynamic OP',
    files: ['oidcc-dynamic'],
    modules: dynamic,
    stricter: [
      'the server runs by the profile conformance, under which anyone may register; elsewhere registration is off unless said',
      'oidcc-idtoken-unsigned: “none” is not offered, so the suite leaves the module out; the test shows that such a client is not registered',
      'oidcc-request-uri-unsigned: requests that nobody signed are refused with request_uri_not_supported, which the module allows',
    ],
  },
  {
    name: 'oidcc-3rdparty-init-login',
    certifies: '3rd-Party Init OP',
    files: ['oidcc-3rdparty'],
    modules: thirdParty,
    stricter: [
      'people begin at the list of applications on their account page, which knows those that they gave something to',
    ],
  },
  {
    name: 'oidcc-session-management',
    certifies: 'Session OP',
    files: ['oidcc-session-management'],
    modules: sessionManagement,
    gaps: [
      {
        reason:
          'check_session_iframe is not built, and not planned: browsers keep third-party cookies from such frames',
        modules: sessionManagement,
      },
    ],
  },
]

/** Plans that are not shown at all, and why. */
export const plansWithoutTests: readonly (readonly [plan: string, reason: string])[] = [
  [
    'oidcc-implicit, oidcc-formpost-implicit',
    'no token leaves through the front channel (OAuth 2.1; RFC 9700 §2.1.2)',
  ],
  ['oidcc-hybrid, oidcc-formpost-hybrid', 'the same: response_type is code, and nothing else'],
  [
    'fapi1-advanced-final',
    'asks for response_type “code id_token” or JARM with mutual TLS; FAPI 2.0 is what is built',
  ],
  [
    'fapi-ciba-id1',
    'most of it is about the clients of open banking; what it asks of CIBA itself stands in oauth/ciba and tests/interop',
  ],
]
