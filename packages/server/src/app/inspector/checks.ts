// The checks that need nobody’s key: form, header, algorithm, kind, times, issuer and audience, each in plain words. All
// of them are made of the product’s own functions and tables.
import {
  checkClaims,
  checkTime,
  type Fault,
  isJwsAlgorithm,
  isTyp,
  type JwsAlgorithmRow,
  jwsAlgorithms,
  type KindRow,
  maximumMintedLength,
  maximumTokenLength,
  type TokenErrorCode,
  type TokenKind,
  tokenKinds,
} from '@countersign/protocol'
import type { JsonSegment, Pasted, Segment } from './read-token.ts'
import { jsonRefusals, kindNames, kindPurposes } from './refusal-words.ts'
import { distanceWords, momentWords, number, visible } from './value-words.ts'

/** `unknown`: can't be said, or was not asked. */
export type Outcome = 'pass' | 'fail' | 'unknown'

/** One check, for people. */
export interface Check {
  readonly name: string
  readonly outcome: Outcome
  readonly words: string
  /** The refusal that it stands for. */
  readonly code?: TokenErrorCode
  /** Said instead of the refusal’s own words, where more is known than its code says. */
  readonly instead?: { readonly title: string; readonly mend: string }
}

export type Signed = Extract<Pasted, { is: 'signed' }>

const pass = (name: string, words: string): Check => ({ name, outcome: 'pass', words })
const unknown = (name: string, words: string): Check => ({ name, outcome: 'unknown', words })
const fail = (name: string, code: TokenErrorCode, words: string): Check => ({
  name,
  outcome: 'fail',
  code,
  words,
})

/** What can be said of how it is written. */
export function formChecks({ token, around, partCount, header, claims, signature }: Signed): Check[] {
  return [
    sizeCheck(token.length),
    partCount === 3 ? spellingCheck([header, claims, signature], around) : partsCheck(partCount),
    jsonCheck(header, claims),
  ]
}

function sizeCheck(length: number): Check {
  const most = number(maximumTokenLength)
  if (length > maximumTokenLength) {
    return fail('Size', 'too_large', `${number(length)} characters, and no more than ${most} are looked at.`)
  }
  if (length > maximumMintedLength) {
    const minted = number(maximumMintedLength)
    return pass(
      'Size',
      `${number(length)} characters: accepted, but Countersign makes none beyond ${minted}.`,
    )
  }
  return pass('Size', `${number(length)} of at most ${most} characters.`)
}

function partsCheck(partCount: number): Check {
  const found = partCount === 2 ? 'Two parts' : 'More than three parts'
  const why = partCount === 2 ? 'The signature is missing' : 'Something was added'
  return fail(
    'Form',
    'malformed',
    `${found} where a signed token has three. ${why}, or it was copied wrongly.`,
  )
}

const ordinals = ['first', 'second', 'third']

const aroundWords: Readonly<Record<Signed['around'], string>> = {
  nothing: '',
  spaces: ' Spaces or line ends around it were left out.',
  scheme: ' The word before it, which belongs to the header Authorization, was left out.',
}

function spellingCheck(parts: readonly Segment[], around: Signed['around']): Check {
  const wrong = parts.findIndex(({ bytes }) => bytes === null)
  if (wrong === -1)
    return pass('Form', `Three parts in base64url, each in its one spelling.${aroundWords[around]}`)
  const text = parts[wrong]?.text ?? ''
  const which = `The ${ordinals[wrong]} part`
  const why = /\s/.test(text)
    ? 'has spaces or line ends in it'
    : text.includes('=')
      ? 'ends in padding (=), which base64url here has not'
      : /[+/]/.test(text)
        ? 'is plain base64 (+ and /), not base64url (- and _)'
        : /[^A-Za-z0-9_-]/.test(text)
          ? 'has characters in it that base64url has not'
          : 'has stray bits or a character too many or too few at its end'
  return fail(
    'Form',
    'malformed',
    `${which} ${why}. A token with two spellings could slip past a list of revoked ones.`,
  )
}

function jsonCheck(header: JsonSegment, claims: JsonSegment): Check {
  for (const [what, { fault }] of [
    ['header', header],
    ['claims', claims],
  ] as const) {
    if (fault === null) continue
    if (fault === 'not_base64url') return unknown('JSON', `The ${what} can’t be read.`)
    if (fault === 'not_object')
      return fail('JSON', 'malformed', `In the ${what} there is JSON, but no object with members.`)
    return fail('JSON', 'malformed', `In the ${what} ${jsonRefusals[fault]}`)
  }
  return pass('JSON', 'Header and claims can be read in one way only; no member stands twice.')
}

const brought = ['jwk', 'jku', 'x5u', 'x5c']

/** What the header says of itself. */
export function headerCheck(members: Readonly<Record<string, unknown>>): Check {
  for (const name of ['crit', 'b64']) {
    if (Object.hasOwn(members, name)) {
      return fail(
        'Header',
        'malformed',
        `It has ${name}: an extension that changes how the token is read. None is taken.`,
      )
    }
  }
  for (const name of ['alg', 'kid', 'typ']) {
    const value = members[name]
    if (value === undefined && name !== 'alg') continue
    if (typeof value !== 'string')
      return fail('Header', 'malformed', `${name} is ${value === undefined ? 'missing' : 'no text'}.`)
  }
  const lures = brought.filter((name) => Object.hasOwn(members, name))
  if (lures.length > 0 && !isTyp(tokenKinds.dpop, typOf(members))) {
    return pass(
      'Header',
      `Well-formed. It brings keys along (${lures.join(', ')}), which are ignored: anybody can write such a header.`,
    )
  }
  return pass('Header', 'Well-formed, and nothing in it that a receiver would have to obey.')
}

const typOf = ({ typ }: Readonly<Record<string, unknown>>): string | undefined =>
  typeof typ === 'string' ? typ : undefined

/** Whether the algorithm is one that proves something. */
export function algorithmCheck(alg: unknown): Check {
  const name = 'Algorithm'
  if (typeof alg !== 'string') return unknown(name, 'The header names none.')
  if (/^\s*none\s*$/i.test(alg)) {
    const words = `“${visible(alg)}” says that nobody signed it: anyone can write such a token.`
    const mend =
      'Never accept it, whoever sends it. An issuer that makes such tokens has to be told to sign them.'
    return { ...fail(name, 'unknown_key', words), instead: { title: 'Nobody signed it', mend } }
  }
  if (!isJwsAlgorithm(alg)) {
    const likely = Object.keys(jwsAlgorithms).find(
      (known) => known.toLowerCase() === alg.trim().toLowerCase(),
    )
    const hint =
      likely === undefined
        ? 'No such signature algorithm is spoken here.'
        : `It is written ${likely}, exactly.`
    return fail(name, 'unknown_key', hint)
  }
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  if (row.onRequest === true) {
    return fail(name, 'unknown_key', `${alg} is off unless a key is imported for it by name.`)
  }
  return pass(name, `${alg}: ${families[row.family]}`)
}

const families: Readonly<Record<JwsAlgorithmRow['family'], string>> = {
  ecdsa: 'signed with a private key, checked with a public one (elliptic curve).',
  eddsa: 'signed with a private key, checked with a public one (Edwards curve).',
  'ml-dsa': 'signed with a private key, checked with a public one; withstands quantum computers.',
  'rsa-pkcs1': 'signed with a private key, checked with a public one (RSA).',
  'rsa-pss': 'signed with a private key, checked with a public one (RSA-PSS).',
  hmac: 'a shared secret. Whoever can check it can also make it, so it is taken for messages between two partners alone.',
}

/** Which kinds of token it can be, and if none, why not. */
export interface Kinship {
  /** Those that its type names, the ones whose claims fit first. */
  readonly named: readonly TokenKind[]
  /** Those of them whose claims fit. */
  readonly fitting: readonly TokenKind[]
  /** Why the first that is named does not fit. */
  readonly fault: Fault | null
}

/** Holds header and claims against the table of kinds. */
export function kinshipOf(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): Kinship {
  const kinds = Object.keys(tokenKinds) as TokenKind[]
  const named = kinds.filter((kind) => isTyp(tokenKinds[kind], typOf(header)))
  const fitting = named.filter((kind) => checkClaims(kind, claims) === null)
  // Where none fits, what lacks something is nearer than what holds what it may not.
  const near = named.find((kind) => checkClaims(kind, claims)?.code !== 'wrong_type') ?? named[0]
  const nearest = fitting.length > 0 || near === undefined ? fitting : [near]
  return {
    named: [...nearest, ...named.filter((kind) => !nearest.includes(kind))],
    fitting,
    fault: fitting.length > 0 || near === undefined ? null : checkClaims(near, claims),
  }
}

/** Which kind of token it is, in words. */
export function kindCheck(
  header: Readonly<Record<string, unknown>>,
  { named, fitting, fault }: Kinship,
): Check {
  const name = 'Kind'
  const [first] = named
  if (first === undefined) {
    const typ = typOf(header)
    const says =
      typ === undefined
        ? 'It names no type'
        : `Its type “${visible(typ.slice(0, 80))}” is none that is known here`
    return fail(name, 'wrong_type', `${says}, so no place takes it. Countersign’s access tokens say at+jwt.`)
  }
  const [kind, ...others] = fitting
  if (kind === undefined || fault !== null) {
    const code = fault?.code ?? 'wrong_type'
    return fail(
      name,
      code,
      `Its type says that it is ${oneOf(named)}. For ${kindNames[first]}, ${faultWords(fault)}.`,
    )
  }
  if (others.length > 0) return pass(name, `It could be ${oneOf(fitting)}: its type is used for each.`)
  return pass(name, `It is ${kindNames[kind]}. ${kindPurposes[kind]}`)
}

function oneOf(kinds: readonly TokenKind[]): string {
  const names = kinds.map((kind) => kindNames[kind])
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

function faultWords(fault: Fault | null): string {
  switch (fault?.code) {
    case 'missing_claim':
      return `these claims are missing: ${fault.detail.split(' ').join(', ')}`
    case 'bad_claim':
      return `the claim ${fault.detail} has the wrong shape`
    default:
      return `something is out of place: ${fault?.detail ?? 'its claims'}`
  }
}

/** Whether it counts at this moment. @param now seconds since the epoch */
export function timesCheck(
  kind: TokenKind | undefined,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): Check {
  const name = 'Time'
  const { exp, iat } = claims
  if (kind === undefined) {
    // Of no known kind, so it has no rules of its own; what is written is still worth saying.
    if (typeof exp !== 'number') return unknown(name, 'It names no time at which it ends.')
    return now < exp
      ? unknown(name, `It ends on ${momentWords(exp, now)}.`)
      : fail(name, 'expired', `It ended on ${momentWords(exp, now)}.`)
  }
  const row: KindRow = tokenKinds[kind]
  const fault = checkTime(row, claims, { now })
  if (fault === null) {
    if (typeof exp === 'number') return pass(name, `It counts now, and ends ${distanceWords(exp, now)}.`)
    return pass(name, `It counts now. ${capital(kindNames[kind])} is taken while it is fresh.`)
  }
  return fail(name, fault.code, timeWords(row, fault, { exp, iat, nbf: claims['nbf'] }, now))
}

function timeWords(
  row: KindRow,
  fault: Fault,
  times: Readonly<Record<string, unknown>>,
  now: number,
): string {
  const at = times[fault.detail]
  const when = typeof at === 'number' ? momentWords(at, now) : 'unknown'
  if (fault.code === 'expired' && fault.detail === 'exp') return `It ended on ${when}.`
  if (fault.code === 'expired') {
    const most = (row.maximumAge ?? 0).toLocaleString('en')
    return `It was made on ${when}, and is taken for ${most} seconds only.`
  }
  if (fault.detail === 'nbf') return `It counts only from ${when} on.`
  if (fault.detail === 'iat')
    return `It says that it was made on ${when}: the clocks differ, or it is forged.`
  const life = (row.maximumLifetime ?? 0).toLocaleString('en')
  return `It lives too long: a token of this kind may live ${life} seconds.`
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** Whether it comes from the issuer that is expected. */
export function issuerCheck(iss: unknown, expected: string): Check {
  const name = 'Issuer'
  if (typeof iss !== 'string') return unknown(name, 'It names no issuer.')
  if (expected === '') return unknown(name, 'Not compared: say which issuer you expect.')
  if (iss === expected) return pass(name, 'It names the issuer that you expect.')
  const nearly = iss.replace(/\/+$/, '').toLowerCase() === expected.replace(/\/+$/, '').toLowerCase()
  const hint = nearly ? ' They differ in a slash at the end or in capital letters, and that counts.' : ''
  return fail(name, 'wrong_issuer', `It names another issuer than the one that you expect.${hint}`)
}

/** Whether it is meant for who is expected, and for nobody else. @param kind undefined for a token of no known kind */
export function audienceCheck(aud: unknown, expected: string, kind: TokenKind | undefined): Check {
  const name = 'Audience'
  const row: KindRow | undefined = kind === undefined ? undefined : tokenKinds[kind]
  if (typeof aud !== 'string' && !Array.isArray(aud)) return unknown(name, 'It names nobody that it is for.')
  if (aud.length === 0) return fail(name, 'wrong_audience', 'It names nobody that it is for.')
  const list: readonly unknown[] = typeof aud === 'string' ? [aud] : aud
  if (list.length > 1) {
    return fail(
      name,
      'wrong_audience',
      'It is for several receivers: each of them could pass it on to the others.',
    )
  }
  if (row?.audienceIsString === true && typeof aud !== 'string') {
    return fail(
      name,
      'wrong_audience',
      'Its audience is a list, and has to be a single text in a token of this kind.',
    )
  }
  if (expected === '') return unknown(name, 'Not compared: say who should receive it.')
  return list[0] === expected
    ? pass(name, 'It is for whom you expect, and for nobody else.')
    : fail(name, 'wrong_audience', 'It is for somebody else than you expect.')
}
