// The claim names of the IANA registry “JSON Web Token Claims” (RFC 7519 §10.1), by the specifications that registered
// them. A name that is not among them may be taken by somebody tomorrow.

/** The registry's state that this list was held against. It grows by a few names a year. */
export const registrySnapshot = '2026-06-29'

const bySource: Readonly<Record<string, string>> = {
  'RFC 7519': 'iss sub aud exp nbf iat jti',
  'OpenID Connect Core §5.1':
    'name given_name family_name middle_name nickname preferred_username profile picture website email email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at',
  'OpenID Connect Core': 'azp nonce auth_time at_hash c_hash acr amr sub_jwk _claim_names _claim_sources',
  'RFC 7800': 'cnf',
  'RFC 8055': 'sip_from_tag sip_date sip_callid sip_cseq_num sip_via_branch',
  'RFC 8225': 'orig dest mky',
  'RFC 8417': 'events toe txn',
  'RFC 8443': 'rph',
  'OpenID Connect Front-Channel Logout': 'sid',
  'RFC 8485': 'vot vtm',
  'RFC 8588': 'attest origid',
  'RFC 8693': 'act scope client_id may_act',
  'RFC 8688': 'jcard',
  'ETSI GS NFV-SEC 022': 'at_use_nbr',
  'RFC 8946': 'div opt',
  'W3C Verifiable Credentials Data Model': 'vc vp',
  'RFC 9027': 'sph',
  'RFC 9068': 'roles groups entitlements',
  'RFC 9200': 'ace_profile cnonce exi',
  'RFC 9246': 'cdniv cdnicrit cdniip cdniuc cdniets cdnistt cdnistd',
  'RFC 9321': 'sig_val_claims',
  'RFC 9396': 'authorization_details',
  'RFC 9447': 'atc',
  'RFC 9449': 'htm htu ath',
  'RFC 9475': 'msgi',
  'RFC 9493': 'sub_id',
  'RFC 9560': 'rdap_allowed_purposes rdap_dnt_allowed',
  'RFC 9701': 'token_introspection',
  'RFC 9711':
    'eat_nonce ueid sueids oemid hwmodel hwversion oemboot dbgstat location eat_profile submods uptime bootcount bootseed dloas swname swversion manifests measurements measres intuse',
  'RFC 9795': 'rcd rcdi crn',
  'RFC 9901': '_sd ... _sd_alg sd_hash',
  'Token Status List': 'status status_list ttl',
  'RATS Conceptual Message Wrapper': 'cmw',
  'OpenID Identity Assurance': 'verified_claims',
  'OpenID Connect for Identity Assurance Claims':
    'place_of_birth nationalities birth_family_name birth_given_name birth_middle_name salutation title msisdn also_known_as',
  'OpenID Federation':
    'jwks metadata constraints crit ref delegation logo_uri authority_hints trust_anchor_hints trust_marks trust_mark_issuers trust_mark_owners metadata_policy metadata_policy_crit source_endpoint keys trust_mark_type trust_chain trust_anchor',
  'CTA-5009': 'geohash',
  '3GPP TS 29.510':
    'consumerPlmnId consumerSnpnId producerPlmnId producerSnpnId producerSnssaiList producerNsiList producerNfSetId producerNfServiceSetId sourceNfInstanceId analyticsIdList',
  '3GPP TS 29.222': 'resOwnerId',
  'the registry': 'stpl',
}

/** Registered claim names, each with the specification that registered it. */
export const registeredClaims: ReadonlyMap<string, string> = new Map(
  Object.entries(bySource).flatMap(([source, names]) =>
    names.split(' ').map((name) => [name, source] as const),
  ),
)

/**
 * Parameters of an authorization request, which are the claims of a request object (RFC 9101 §4), from the registry of
 * OAuth parameters. In tokens of another kind these names mean nothing.
 */
export const requestParameters: ReadonlySet<string> = new Set(
  'response_type redirect_uri state response_mode prompt max_age display ui_locales claims claims_locales login_hint id_token_hint acr_values code_challenge code_challenge_method resource registration request_uri dpop_jkt'.split(
    ' ',
  ),
)

/** Our own private names, agreed on with every receiver of our tokens (RFC 7519 §4.3). */
export const ownClaims: ReadonlyMap<string, string> = new Map([
  ['fam', 'the family of tokens'],
  ['via', 'the clients that it came through'],
  ['token_type', 'marks a refresh token'],
  ['message', 'what one partner tells another'],
])

/** A name that nobody else will pick: a URI, or one under a domain name (RFC 7519 §4.2, §2 “Collision-Resistant Name”). */
export function isCollisionResistant(name: string): boolean {
  return (
    /^(?:https?:\/\/|urn:|tag:)[^\s]+$/.test(name) || /^(?:[a-z][a-z0-9-]*\.)+[a-z][\w-]*[./:]/i.test(name)
  )
}

/** Claims that say something of a person: anyone who holds the token reads them. */
export const personalClaims: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'a name':
      'name given_name family_name middle_name nickname salutation title also_known_as full_name first_name last_name',
    'an e-mail address': 'email mail e_mail email_address',
    'a telephone number': 'phone_number phone mobile msisdn telephone',
    'an address': 'address street postal_address zip postal_code',
    'a birth':
      'birthdate birthday date_of_birth dob place_of_birth birth_family_name birth_given_name birth_middle_name',
    'a gender': 'gender sex',
    'a nationality': 'nationalities nationality',
    'a place': 'location geohash ip ip_address ipaddr',
    'a picture': 'picture photo avatar',
    'a number of an official document': 'ssn social_security_number passport tax_id national_id id_number',
    'a bank account or card': 'iban card_number pan account_number',
  }).flatMap(([what, names]) => names.split(' ').map((name) => [name, what] as const)),
)

/** Claims that give a secret away to whoever holds the token. */
export const secretClaims: ReadonlySet<string> = new Set(
  'password passwd pwd secret client_secret api_key apikey private_key access_token refresh_token id_token pin otp'.split(
    ' ',
  ),
)
