// Where this server answers otherwise than oidc-provider does, and the clause by which it may. The test fails for a
// difference that no row explains, and for a row that nothing needs any more.
import { isGranted } from './answers.ts'
import type { Asked, Endpoint } from './asked.ts'

export interface Difference {
  readonly at: readonly Endpoint[]
  /** One of the changes; a request's own name where `base` is all that matters. */
  readonly change: RegExp
  readonly base?: RegExp
  readonly ours: RegExp
  readonly theirs: RegExp
  readonly why: string
}

const everywhere = [
  'authorize',
  'pushed',
  'token',
  'introspection',
  'revocation',
  'userinfo',
  'device',
] as const
const authenticated = ['pushed', 'token', 'introspection', 'revocation', 'device'] as const
const requests = ['authorize', 'pushed'] as const

const row = (
  at: readonly Endpoint[],
  change: RegExp,
  [ours, theirs]: readonly [RegExp, RegExp],
  why: string,
  base?: RegExp,
): Difference => ({ at, change, ours, theirs, why, ...(base === undefined ? {} : { base }) })

const granted = /^(?:goes on|ok)$/
const refused = /^(?:page|redirect|4xx)/
const word = (error: string): RegExp => new RegExp(`^(?:redirect|4xx) ${error}$`)

export const differences: readonly Difference[] = [
  row(
    everywhere,
    /^as (?:JSON|text)$/,
    [/^not that way$/, word('invalid_request')],
    'RFC 9110 §15.5.16: 415 says that the media type is the fault',
  ),
  row(
    ['userinfo'],
    /^as (?:JSON|text)$/,
    [/^ok$/, word('invalid_request')],
    'OpenID Connect Core §5.3.1: the token stands in the header, and there is no body',
    /^header by POST$/,
  ),
  row(['device'], /^by GET$/, [/^not that way$/, /^500$/], 'RFC 8628 §3.1: by POST'),
  row(
    authenticated,
    /^Basic /,
    [word('invalid_client'), word('invalid_request')],
    'RFC 6749 §5.2: invalid_client is what fails to authenticate',
  ),
  row(
    authenticated,
    /^(?:no|empty) client_id$|^no secret$/,
    [word('invalid_client'), /^4xx invalid_request$|^(?:in)?active$/],
    'RFC 6749 §5.2, RFC 7662 §2.1: invalid_client when no authentication is included',
  ),
  row(
    authenticated,
    /^client_id=|^grant_type=(?:client_credentials|authorization_code)$|^another client$/,
    [word('unauthorized_client'), word('invalid_request')],
    'RFC 6749 §5.2: a grant that is not the client’s is unauthorized_client',
  ),
  row(
    [...everywhere, 'logout'],
    /^garbage /,
    [/^page$|^4xx invalid_request$/, /^goes on$|^ok$|^(?:in)?active$|^page$|^redirect|^4xx/],
    'RFC 6749 App. A: a NUL is in no parameter, so the request is malformed as a whole',
  ),

  row(
    requests,
    /^authorization_details=/,
    [word('invalid_authorization_details'), granted],
    'RFC 9396 §5: a type that is not known is refused (the peer’s is an experiment, and off)',
  ),
  row(
    requests,
    /^claims=\{\}$/,
    [granted, word('invalid_request')],
    'OpenID Connect Core §5.5: both members are optional',
  ),
  row(
    requests,
    /^code_challenge=/,
    [word('invalid_request'), granted],
    'RFC 7636 §4.2: the challenge of S256 has 43 characters',
  ),
  row(
    requests,
    /^dpop_jkt=x$/,
    [word('invalid_request'), granted],
    'RFC 9449 §10: a thumbprint has 43 characters',
  ),
  row(
    requests,
    /^(?:no|empty) redirect_uri$/,
    [refused, granted],
    'OpenID Connect Core §3.1.2.1: redirect_uri is required, even of who has but one',
  ),
  row(
    ['authorize'],
    /^(?:redirect_uri twice|two of redirect_uri)$/,
    [/^page$/, word('invalid_request')],
    'RFC 6749 §4.1.2.1: no redirect to an address that is not proven',
  ),
  row(
    requests,
    /^(?:no|empty) scope$|^scope=(?!.*openid)/,
    [granted, word('invalid_request')],
    'RFC 6749 §3.1: what is not known is ignored, as max_age is where nobody asks for openid',
  ),
  row(
    requests,
    /^prompt=select_account$/,
    [granted, word('invalid_request')],
    'OpenID Connect Core §3.1.2.1 defines it',
  ),
  row(
    requests,
    /^request=/,
    [/^page$|^(?:redirect|4xx) request_not_supported$/, /^(?:redirect|4xx) invalid_request(?:_object)?$/],
    'OpenID Connect Core §3.1.2.6: a client without keys signs nothing',
  ),
  row(
    ['authorize'],
    /^(?:(?:no|empty|two of) )?request_uri/,
    [/^page$/, refused],
    'RFC 9101 §5: only the named request counts; without it no redirect URI is proven',
  ),
  row(
    ['authorize'],
    /^client_id=/,
    [/^page$/, word('invalid_request_object')],
    'RFC 9126 §2.2: bound to the client that pushed it',
    /^pushed request/,
  ),
  row(
    ['authorize'],
    /^(?:response_type|nonce|state|scope|max_age|prompt|claims|dpop_jkt|code_challenge|id_token_hint|acr_values|display|login_hint|ui_locales|resource|response_mode|authorization_details|registration|redirect_uri)/,
    [granted, refused],
    'RFC 9126 §4, RFC 9101 §5: what stands beside request_uri does not count',
    /^pushed request/,
  ),
  row(
    ['pushed'],
    /^request_uri=/,
    [word('invalid_request'), word('request_uri_not_supported')],
    'RFC 9126 §2.1: it must not be there, supported or not',
  ),
  row(
    requests,
    /^response_mode=(?:x|web_message)$/,
    [word('invalid_request'), word('unsupported_response_mode')],
    'RFC 6749 §4.1.2.1: no such code is registered',
  ),
  row(
    requests,
    /^response_mode=fragment$/,
    [word('invalid_request'), granted],
    'RFC 9700 §4.3.1: no codes in fragments; response_modes_supported has none',
  ),
  row(
    requests,
    /^response_type=/,
    [word('unsupported_response_type'), /^(?:goes on|ok)$|^(?:redirect|4xx) invalid_request$/],
    'RFC 6749 §4.1.2.1: what response_types_supported does not name',
  ),
  row(
    [...requests, 'token', 'device'],
    /^(?:garbage )?scope(?:=|$)/,
    [word('invalid_scope'), /^(?:goes on|ok)$|invalid_target$/],
    'RFC 6749 §3.3, §5.2: what is unknown or too much is refused, not left out in silence',
  ),
  row(
    [...requests, 'token', 'device'],
    /^scope= openid$|^garbage scope$/,
    [granted, word('invalid_scope')],
    'RFC 6749 §3.3: a list of values; between two spaces there is none',
  ),

  row(
    ['device'],
    /^max_age=/,
    [/^ok$/, word('invalid_request')],
    'RFC 8628 §3.1 has no max_age, RFC 6749 §3.2: what is not known is ignored',
  ),
  row(
    ['introspection'],
    /^another client$|^token=\{refresh other\}$/,
    [/^inactive$/, /^active$/],
    'RFC 7662 §4: a client’s token is nobody else’s business',
  ),
  row(
    ['introspection'],
    /^token_type_hint twice$|^two of token_type_hint$/,
    [/^active$/, word('invalid_request')],
    'RFC 7662 §2.1: the hint may be ignored, however often it is given',
  ),
  row(
    everywhere,
    / twice$|^two of |^an unknown parameter$/,
    [/^page$|^redirect|^4xx/, /^goes on$|^ok$/],
    'RFC 6749 §3.1, §3.2: no parameter more than once, whether this request needs it or not',
  ),
  row(
    ['introspection'],
    /^token=\{id web\}$/,
    [/^inactive$/, word('unsupported_token_type')],
    'RFC 7662 §2.2: a token that is none of the two is not active',
  ),
  row(
    ['revocation'],
    /^token=\{id web\}$/,
    [/^ok$/, word('unsupported_token_type')],
    'RFC 7009 §2.2: what is invalid is no error',
  ),
  row(
    ['revocation'],
    /^another client$|^token=\{refresh other\}$/,
    [/^ok$/, word('invalid_request')],
    'RFC 7009 §2.2: to this client the token does not exist; an error would say that it does',
  ),
  row(
    ['logout'],
    /^client_id=nobody$|^garbage client_id$|^(?:no|empty) id_token_hint$|^two of logout_hint$/,
    [/^goes on$/, /^page$/],
    'RP-Initiated Logout §2: whoever wants to leave is asked; nobody is sent anywhere',
  ),

  row(
    ['token'],
    /^client_assertion/,
    [word('invalid_request'), /^ok$|authorization_pending$/],
    'RFC 6749 §2.3: one method for each request',
  ),
  row(
    ['token'],
    /^(?:garbage )?code_verifier/,
    [word('invalid_grant'), word('invalid_request')],
    'RFC 7636 §4.6: a verifier that is not the one is invalid_grant',
  ),
  row(
    ['token'],
    /^(?:no|empty) scope$/,
    [word('invalid_target'), /^ok$/],
    'RFC 8707 §2: of several APIs, which?',
    /^machine/,
  ),
  row(
    ['token'],
    /^resource=/,
    [word('invalid_target'), word('authorization_pending')],
    'RFC 8707 §2.2: the wrong target stays wrong however long one waits',
    /^waiting device$/,
  ),

  row(
    ['userinfo'],
    /^no (?:token|scheme|access_token)$|^empty access_token$|^by GET$/,
    [/^4xx without a word$/, refused],
    'RFC 6750 §3.1: to who sent no token, no error code',
  ),
  row(
    ['userinfo'],
    /^a proof that is garbage$/,
    [/^ok$/, word('invalid_request')],
    'RFC 9449 §7.1: a proof belongs to the scheme DPoP',
  ),
  row(
    ['userinfo'],
    /^as a DPoP token$/,
    [word('invalid_token'), word('invalid_request')],
    'RFC 9449 §7.1: invalid_token for a token that is not bound',
  ),
  row(
    ['userinfo'],
    /access_token=|^a second token in the query$/,
    [/^ok$/, word('invalid_request')],
    'RFC 6750 §2, RFC 9700 §4.3.2: a query carries no token, nor does a header without a scheme',
    /^header/,
  ),
]

/** The row by which two servers may answer a request in these two ways. */
export function explanation(asked: Asked, ours: string, theirs: string): Difference | undefined {
  return differences.find((row) => {
    const isOfIt =
      row.at.includes(asked.endpoint) &&
      (row.base?.test(asked.base) ?? true) &&
      asked.changes.some((change) => row.change.test(change))
    if (!isOfIt) return false
    if (asked.changes.length === 1) return row.ours.test(ours) && row.theirs.test(theirs)
    // Of two faults each server may name either, so that only whether it was granted is compared.
    return mayBe(row.ours, isGranted(ours)) && mayBe(row.theirs, isGranted(theirs))
  })
}

const samples = ['goes on', 'ok', 'active', 'inactive', 'page', 'not that way', 'redirect x', '4xx x', '500']

/** Whether a pattern has an answer in it that is a grant, or one that is a refusal. */
function mayBe(pattern: RegExp, isGrant: boolean): boolean {
  return (
    samples.some((sample) => isGranted(sample) === isGrant && pattern.test(sample)) ||
    (!isGrant && /redirect|4xx/.test(pattern.source))
  )
}
