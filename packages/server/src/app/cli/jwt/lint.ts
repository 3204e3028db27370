// What is unwise in a token, whoever made it and whether or not it verifies: names that collide, times in the wrong unit,
// what everybody can read, what is missing (RFC 7519 §4, RFC 8725 §3, RFC 9068 §4).
import { isJwsAlgorithm, isTyp, type KindRow, type TokenKind, tokenKinds } from '@countersign/protocol'
import { spanWords } from '../../../platform/html/words.ts'
import {
  isCollisionResistant,
  ownClaims,
  personalClaims,
  registeredClaims,
  requestParameters,
  secretClaims,
} from './claim-registry.ts'
import { cookieLimit, sizeVerdict } from './size.ts'

/** Something that was found. */
export interface Remark {
  /** An error will break or betray something; a warning may; a note is to be known. */
  readonly level: 'error' | 'warning' | 'note'
  readonly code: string
  /** The claim, or the header's member as `header.alg`; null for the token as a whole. */
  readonly at: string | null
  readonly message: string
}

/** What is looked at. */
export interface Linted {
  /** Null for claims that are not signed yet. */
  readonly header: Readonly<Record<string, unknown>> | null
  readonly claims: Readonly<Record<string, unknown>>
  /** Characters of the token; null for claims that are not signed yet. */
  readonly length: number | null
}

type Rule = (linted: Linted, row: KindRow | null, kind: TokenKind | null) => Remark[]

/** Everything that is unwise, errors first. */
export function lint(linted: Linted): Remark[] {
  const kind = kindOf(linted)
  const row = kind === null ? null : tokenKinds[kind]
  const found = rules.flatMap((rule) => rule(linted, row, kind))
  const order = ['error', 'warning', 'note']
  return found.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
}

/** The kind that a token’s own `typ` says; null for `JWT`, which says nothing, and for strange ones. */
export function kindOf({ header }: Pick<Linted, 'header'>): TokenKind | null {
  const typ = header?.['typ']
  if (typeof typ !== 'string' || typ.toLowerCase() === 'jwt') return null
  const found = Object.entries<KindRow>(tokenKinds).find(([, row]) => isTyp({ ...row, alsoTyp: [] }, typ))
  return (found?.[0] as TokenKind | undefined) ?? null
}

const error = (code: string, at: string | null, message: string): Remark => ({
  level: 'error',
  code,
  at,
  message,
})
const warning = (code: string, at: string | null, message: string): Remark => ({
  level: 'warning',
  code,
  at,
  message,
})
const note = (code: string, at: string | null, message: string): Remark => ({
  level: 'note',
  code,
  at,
  message,
})

const algorithm: Rule = ({ header }) => {
  if (header === null) return []
  const { alg } = header
  const at = 'header.alg'
  if (typeof alg !== 'string')
    return [error('alg_missing', at, 'There is no algorithm: nobody can verify this.')]
  if (alg.toLowerCase() === 'none')
    return [error('alg_none', at, 'It is not signed: anybody can write it. No verifier should ever take it.')]
  if (alg.startsWith('HS'))
    return [
      note(
        'alg_shared_secret',
        at,
        'Whoever can verify it can also make it. How long the secret is can’t be seen here: it needs at least as many random bytes as the hash has, and a password is none.',
      ),
    ]
  if (alg === 'EdDSA')
    return [
      note(
        'alg_deprecated',
        at,
        'RFC 9864 names its halves: write Ed25519 (or Ed448) where all receivers know it.',
      ),
    ]
  if (!isJwsAlgorithm(alg))
    return [
      warning(
        'alg_unknown',
        at,
        'Countersign does not speak this algorithm, and many others will not either.',
      ),
    ]
  return []
}

const header: Rule = ({ header: members, claims }) => {
  if (members === null) return []
  const found: Remark[] = []
  if (members['typ'] === undefined)
    found.push(
      warning(
        'typ_missing',
        'header.typ',
        'Say what kind of token it is (at+jwt, logout+jwt, …), or one kind passes for another (RFC 8725 §3.11).',
      ),
    )
  else if (String(members['typ']).toLowerCase() === 'jwt' && claims['nonce'] === undefined)
    found.push(
      note(
        'typ_general',
        'header.typ',
        'JWT is the type of ID tokens and of everything else: it tells no kind apart.',
      ),
    )
  if (members['kid'] === undefined)
    found.push(
      warning(
        'kid_missing',
        'header.kid',
        'Name the key, or no verifier can tell the next one from this one when keys are rotated.',
      ),
    )
  for (const name of ['jwk', 'jku', 'x5u', 'x5c']) {
    // A DPoP proof is about the key that it brings along (RFC 9449 §4.2).
    if (members[name] === undefined || (name === 'jwk' && claims['htm'] !== undefined)) continue
    found.push(
      warning(
        'key_in_header',
        `header.${name}`,
        'A key that a token brings along proves nothing; a verifier that trusts it trusts everybody.',
      ),
    )
  }
  return found
}

const presence: Rule = ({ header: signed, claims }, row) => {
  const expected = [
    ['iss', 'Nobody can tell who made it, so nobody can tell whose key to use.'],
    ['aud', 'It is for nobody in particular: whoever is sent it can use it elsewhere.'],
    ['exp', 'It never ends. Give it minutes.'],
    ['iat', 'Nobody can tell how old it is.'],
  ] as const
  const forbidden: readonly string[] = row?.forbidden ?? []
  // A kind without exp has an age instead; a DPoP proof has neither issuer nor audience.
  const isNeedless = { iss: row?.withoutIssuer, aud: row?.withoutAudience, exp: false, iat: false }
  const missing = expected.filter(
    ([name]) => claims[name] === undefined && !forbidden.includes(name) && isNeedless[name] !== true,
  )
  const aged = row?.maximumAge !== undefined
  // Whoever signs claims adds the times.
  const isSigned = signed !== null
  const byRow = missing
    .filter(([name]) => !(name === 'exp' && aged) && (isSigned || !['exp', 'iat'].includes(name)))
    .map(([name, why]) =>
      name === 'exp' || name === 'aud'
        ? error(`${name}_missing`, name, why)
        : warning(`${name}_missing`, name, why),
    )
  const others = (row?.required ?? []).filter(
    (name) => claims[name] === undefined && !expected.some(([known]) => known === name),
  )
  return [
    ...byRow,
    ...others.map((name) => error('claim_missing', name, 'A token of this kind has to have it.')),
  ]
}

const forbiddenClaims: Rule = ({ claims }, row) =>
  (row?.forbidden ?? [])
    .filter((name) => claims[name] !== undefined)
    .map((name) =>
      error(
        'claim_misplaced',
        name,
        'It does not belong into a token of this kind: with it, it could pass for another.',
      ),
    )

const timeNames = ['exp', 'iat', 'nbf', 'auth_time', 'updated_at', 'toe']
/** As seconds, the year 5138; as milliseconds, 1973. */
const surelyMilliseconds = 100_000_000_000

const times: Rule = ({ claims }) =>
  timeNames.flatMap((name) => {
    const value = claims[name]
    if (value === undefined) return []
    if (typeof value === 'string')
      return [
        error(
          'time_is_text',
          name,
          'It is text. RFC 7519 wants a number of seconds: verifiers refuse this, or worse, ignore it.',
        ),
      ]
    if (typeof value !== 'number')
      return [error('time_wrong', name, 'It is not a number of seconds since 1970.')]
    if (value > surelyMilliseconds)
      return [
        error(
          'time_in_milliseconds',
          name,
          'It is in milliseconds: read as seconds, it lies thousands of years ahead. Divide by 1000.',
        ),
      ]
    if (!Number.isInteger(value))
      return [note('time_fraction', name, 'It is a fraction of a second, which some verifiers refuse.')]
    return []
  })

const longest: Readonly<Partial<Record<TokenKind, number>>> = { access: 3600, id: 3600, refresh: 90 * 86_400 }

const lifetime: Rule = ({ claims }, row, kind) => {
  const { exp, iat, nbf } = claims
  if (typeof exp !== 'number' || exp > surelyMilliseconds) return []
  const from = typeof iat === 'number' ? iat : nbf
  if (typeof from !== 'number' || from > surelyMilliseconds) return []
  if (exp <= from) return [error('lifetime_none', 'exp', 'It ends before it begins.')]
  const most = row?.maximumLifetime ?? (kind === null ? 86_400 : (longest[kind] ?? 86_400))
  const lives = exp - from
  if (lives <= most) return []
  const said = `It lives for ${spanWords(lives)}`
  return row?.maximumLifetime === undefined
    ? [
        warning(
          'lifetime_long',
          'exp',
          `${said}. A stolen one works as long: ${spanWords(most)} is plenty for this kind.`,
        ),
      ]
    : [
        error(
          'lifetime_too_long',
          'exp',
          `${said}; a token of this kind is refused beyond ${spanWords(most)}.`,
        ),
      ]
}

const audience: Rule = ({ claims }) => {
  const { aud } = claims
  if (!Array.isArray(aud)) return []
  if (aud.length === 0) return [error('aud_empty', 'aud', 'It is an empty list: for nobody at all.')]
  if (aud.length === 1) return []
  return [
    warning(
      'aud_many',
      'aud',
      `It is for ${aud.length} audiences: each can use it at the others. Countersign refuses such access tokens.`,
    ),
  ]
}

const names: Rule = ({ claims }, _row, kind) =>
  Object.keys(claims).flatMap((name) => {
    if (registeredClaims.has(name) || ownClaims.has(name) || isCollisionResistant(name)) return []
    if (secretClaims.has(name.toLowerCase())) return []
    if (kind === 'requestObject' && requestParameters.has(name)) return []
    const meant = intended(name)
    if (meant !== undefined) {
      const message = `Did you mean ${meant}? A verifier ignores names that it does not know.`
      // Without its meaning the token lasts for ever, or passes anywhere.
      return [
        meant.length === 3
          ? error('claim_misspelt', name, message)
          : warning('claim_misspelt', name, message),
      ]
    }
    return [
      warning(
        'claim_unregistered',
        name,
        `It is not in the IANA registry and may come to mean something else there or elsewhere. Name it under a domain of yours: https://example.com/${/^[\w.-]+$/.test(name) ? name : '…'}`,
      ),
    ]
  })

/** What registered name a spelling stands for: another case or separator, known slips, or one letter off in a long name. */
function intended(name: string): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_\s]/g, '')
  const slip = slips[plain(name)]
  if (slip !== undefined) return slip
  const same = [...registeredClaims.keys()].find((known) => plain(known) === plain(name))
  if (same !== undefined) return same
  return [...registeredClaims.keys()].find(
    (known) => known.length >= 5 && isOneSlip(known, name.toLowerCase()),
  )
}

/** Whether one letter was lost, added, changed, or swapped with its neighbour. */
function isOneSlip(right: string, wrong: string): boolean {
  if (right === wrong || Math.abs(right.length - wrong.length) > 1) return false
  let start = 0
  while (start < Math.min(right.length, wrong.length) && right[start] === wrong[start]) start++
  let end = 0
  while (end < Math.min(right.length, wrong.length) - start && right.at(-1 - end) === wrong.at(-1 - end))
    end++
  const [a, b] = [right.slice(start, right.length - end), wrong.slice(start, wrong.length - end)]
  return (a.length <= 1 && b.length <= 1) || (a.length === 2 && a === [...b].reverse().join(''))
}

const slips: Readonly<Record<string, string>> = {
  issuer: 'iss',
  subject: 'sub',
  audience: 'aud',
  expires: 'exp',
  expiry: 'exp',
  expiration: 'exp',
  expiresat: 'exp',
  expirationtime: 'exp',
  expireson: 'exp',
  issuedat: 'iat',
  notbefore: 'nbf',
  tokenid: 'jti',
  jwtid: 'jti',
  scopes: 'scope',
  scp: 'scope',
  role: 'roles',
  group: 'groups',
  authenticationtime: 'auth_time',
  clientid: 'client_id',
  mail: 'email',
  firstname: 'given_name',
  lastname: 'family_name',
  surname: 'family_name',
}

const privacy: Rule = ({ claims }, _row, kind) =>
  Object.keys(claims).flatMap((name) => {
    const bare = name.split(/[/:]/).at(-1)?.toLowerCase().replaceAll('-', '_') ?? name
    if (secretClaims.has(bare))
      return [
        error(
          'secret_readable',
          name,
          'A token is encoded, not encrypted: whoever holds it reads this secret.',
        ),
      ]
    const what = personalClaims.get(bare)
    if (what === undefined) return []
    const message = `It says ${what} of a person to whoever holds the token, and to every log that it passes.`
    // Telling the application about the person is what an ID token is for.
    return kind === null && claims['nonce'] !== undefined
      ? [note('personal', name, message)]
      : [warning('personal', name, `${message} Leave it to userinfo, or encrypt the token.`)]
  })

const size: Rule = ({ length }) => {
  if (length === null) return []
  switch (sizeVerdict(length)) {
    case 'refused':
      return [
        error(
          'too_large',
          null,
          `It has ${length} characters. Many servers refuse headers past 8 kB, and Countersign mints none past 7680.`,
        ),
      ]
    case 'too_large_for_a_cookie':
      return [
        warning('large', null, `It has ${length} characters: a browser drops cookies past ${cookieLimit}.`),
      ]
    default:
      return []
  }
}

const rules: readonly Rule[] = [
  algorithm,
  header,
  presence,
  forbiddenClaims,
  times,
  lifetime,
  audience,
  names,
  privacy,
  size,
]
