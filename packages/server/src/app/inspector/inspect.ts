// A pasted token, judged and explained. The judgement is the product’s: whatever is said to be accepted or refused was
// accepted or refused by @countersign/protocol a moment ago, and the checks only tell why.
import {
  type AddressedKind,
  type FindKey,
  type KindRow,
  peekUnverified,
  TokenError,
  type TokenErrorCode,
  type TokenKind,
  tokenKinds,
  verifyDpopProofAsync,
  verifyJwsAsync,
  verifyTokenAsync,
} from '@countersign/protocol'
import { decryptJwe } from '@countersign/protocol/jwe'
import {
  algorithmCheck,
  audienceCheck,
  type Check,
  formChecks,
  headerCheck,
  issuerCheck,
  kindCheck,
  kinshipOf,
  type Signed,
  timesCheck,
} from './checks.ts'
import { encryptedChecks, encryptedParts, type Part, signedParts } from './parts.ts'
import { type KeyReading, readKey } from './read-key.ts'
import { readPasted } from './read-token.ts'
import { kindNames, tokenRefusals } from './refusal-words.ts'
import { distanceWords, visible } from './value-words.ts'

/** What a token is held against; empty texts for what nobody said. */
export interface Against {
  readonly key: string
  readonly issuer: string
  readonly audience: string
}

/** What it all comes to. */
export interface Verdict {
  /** `good`: accepted. `bad`: refused. `open`: neither can be said. */
  readonly tone: 'good' | 'bad' | 'open'
  readonly title: string
  readonly words: string
  /** What to do. */
  readonly mend?: string
  /** The refusal’s name in code and logs. */
  readonly code?: TokenErrorCode
}

/** All that is said of a token. */
export interface Inspection {
  readonly verdict: Verdict
  readonly checks: readonly Check[]
  readonly parts: readonly Part[]
}

/**
 * Judges and explains whatever was pasted; null for nothing.
 *
 * @param now seconds since the epoch
 */
export async function inspect(text: string, against: Against, now: number): Promise<Inspection | null> {
  const pasted = readPasted(text)
  switch (pasted.is) {
    case 'nothing':
      return null
    case 'other':
      return { verdict: { tone: 'bad', ...pasted }, checks: [], parts: [] }
    case 'encrypted': {
      const checks = encryptedChecks(pasted, await refusalOf(() => decryptJwe(pasted.token, () => undefined)))
      return { verdict: sealedVerdict(checks), checks, parts: encryptedParts(pasted, now) }
    }
    case 'signed':
      return inspectSigned(pasted, against, now)
  }
}

function sealedVerdict(checks: readonly Check[]): Verdict {
  return (
    firstRefusal(checks) ?? {
      tone: 'open',
      title: 'Encrypted',
      words:
        'Only its header can be read. The rest is for whoever holds the key, and no key is asked for here.',
    }
  )
}

function firstRefusal(checks: readonly Check[], code?: TokenErrorCode): Verdict | null {
  const failed = checks.find(
    (check) => check.outcome === 'fail' && (code === undefined || check.code === code),
  )
  return failed === undefined ? null : refusal(failed.code ?? 'malformed', failed)
}

function refusal(code: TokenErrorCode, check?: Check): Verdict {
  const { title, words, mend } = tokenRefusals[code]
  return {
    tone: 'bad',
    code,
    title,
    mend,
    ...(check === undefined ? { words } : { words: check.words, ...check.instead }),
  }
}

/** A signed token with what was found out on the way. */
interface Case {
  readonly pasted: Signed
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly against: Against
  readonly now: number
}

async function inspectSigned(pasted: Signed, against: Against, now: number): Promise<Inspection> {
  const parts = signedParts(pasted, now)
  const header = pasted.header.members
  const claims = pasted.claims.members
  const form = [
    ...formChecks(pasted),
    ...(header === null ? [] : [headerCheck(header), algorithmCheck(header['alg'])]),
  ]
  const gate = await gateRefusal(pasted.token)
  if (gate !== null || header === null || claims === null) {
    const verdict = firstRefusal(form, gate?.code) ?? firstRefusal(form) ?? refusal(gate?.code ?? 'malformed')
    return { verdict, checks: form, parts }
  }
  const seen: Case = { pasted, header, claims, against, now }
  const { checks, verdict } = await judge(seen, form)
  return { verdict, checks, parts }
}

/** What the product’s gate says before any key is asked for; null when it lets the token through. */
async function gateRefusal(token: string): Promise<TokenError | null> {
  const refused = await refusalOf(() => verifyJwsAsync(token, () => undefined))
  return refused?.code === 'unknown_key' ? null : refused
}

async function refusalOf(verify: () => Promise<unknown>): Promise<TokenError | null> {
  try {
    await verify()
    return null
  } catch (error) {
    if (error instanceof TokenError) return error
    throw error
  }
}

const hasWebCrypto = (): boolean => globalThis.crypto?.subtle !== undefined

async function judge(seen: Case, form: readonly Check[]): Promise<{ checks: Check[]; verdict: Verdict }> {
  const { pasted, header, claims, against, now } = seen
  const kinship = kinshipOf(header, claims)
  const isProof = kinship.fitting[0] === 'dpop'
  const key: KeyReading = hasWebCrypto() ? await readKeyFor(seen, isProof) : { is: 'none' }
  const signature = await signatureCheck(pasted.token, header, key, isProof)
  const checks = [
    ...form,
    kindCheck(header, kinship),
    timesCheck(kinship.fitting[0], claims, now),
    ...placeChecks(claims, against, kinship.fitting[0]),
    ...keyCheck(key, kinship.fitting[0], signature.find !== null),
    signature.check,
  ]
  // A key that does not fit is asked all the same: of several things that are wrong, the product's verifier names one.
  const find = signature.find ?? (key.is === 'usable' ? key.ways[0]?.find : undefined)
  const verdict =
    find === undefined ? verdictWithoutKey(checks) : await verdictOf(seen, kinship.named, find, checks)
  return { checks, verdict }
}

/** Who made it and whom it is for, of kinds that say so. */
function placeChecks(
  claims: Case['claims'],
  against: Case['against'],
  kind: TokenKind | undefined,
): readonly Check[] {
  if (kind === 'dpop') return []
  const row: KindRow | undefined = kind === undefined ? undefined : tokenKinds[kind]
  return [
    ...(row?.withoutIssuer === true ? [] : [issuerCheck(claims['iss'], against.issuer)]),
    ...(row?.withoutAudience === true ? [] : [audienceCheck(claims['aud'], against.audience, kind)]),
  ]
}

function readKeyFor({ pasted, header, against }: Case, isProof: boolean): Promise<KeyReading> {
  // A proof is made with the key that it carries; which key the token is bound to is another question.
  const key = isProof ? JSON.stringify(header['jwk'] ?? '') : against.key
  return readKey(key, peekUnverified(pasted.token)?.header ?? { alg: '' })
}

function keyCheck(key: KeyReading, kind: TokenKind | undefined, isGenuine: boolean): Check[] {
  const name = 'Key'
  if (key.is === 'none') return []
  if (key.is === 'unusable') return [{ name, outcome: 'fail', code: 'unknown_key', words: key.words }]
  const [way] = key.ways
  if (way?.isSecret === true && isGenuine && kind !== undefined && kind !== 'partnerMessage') {
    const words = `${way.words}. Nobody takes ${kindNames[kind]} that a shared secret signs: whoever checks it could have made it.`
    return [{ name, outcome: 'fail', code: 'unknown_key', words }]
  }
  const words =
    key.ways.length > 1 ? 'A shared secret. It is tried as text and as base64.' : `${way?.words ?? ''}.`
  return [{ name, outcome: 'pass', words }]
}

interface Signature {
  readonly check: Check
  /** The key that it is by; null when none was found. */
  readonly find: FindKey | null
}

async function signatureCheck(
  token: string,
  header: Readonly<Record<string, unknown>>,
  key: KeyReading,
  isProof: boolean,
): Promise<Signature> {
  const name = 'Signature'
  if (!hasWebCrypto()) {
    const words = 'This browser checks signatures on https and on localhost alone.'
    return { check: { name, outcome: 'unknown', words }, find: null }
  }
  if (key.is === 'none') {
    return {
      check: { name, outcome: 'unknown', words: 'Not checked: paste the issuer’s key.' },
      find: null,
    }
  }
  if (key.is === 'unusable') {
    return { check: { name, outcome: 'unknown', words: 'Not checked: the key can’t be used.' }, find: null }
  }
  let refused: TokenError | null = null
  for (const way of key.ways) {
    refused = await refusalOf(() => verifyJwsAsync(token, way.find))
    if (refused !== null) continue
    const whose = isProof
      ? 'It was made with the key that the proof carries.'
      : `It is by this key. ${readAs(key, way.words)}`
    return { check: { name, outcome: 'pass', words: whose.trim() }, find: way.find }
  }
  const code = refused?.code ?? 'bad_signature'
  const words = code === 'unknown_key' ? misfitWords(header, key) : tokenRefusals[code].words
  return { check: { name, outcome: 'fail', code, words }, find: null }
}

const readAs = (key: KeyReading, words: string): string =>
  key.is === 'usable' && key.ways.length > 1 ? `${words}.` : ''

function misfitWords(header: Readonly<Record<string, unknown>>, key: KeyReading): string {
  const alg = visible(String(header['alg']).slice(0, 40))
  const isSecret = key.is === 'usable' && key.ways[0]?.isSecret === true
  if (/^HS\d/.test(alg) && !isSecret) {
    return `The token asks for a shared secret (${alg}), and this key is public. Verifiers that fall for that can be fooled by anyone who knows the public key.`
  }
  if (isSecret) return `The token asks for another kind of key (${alg}) than a shared secret.`
  return header['kid'] === undefined
    ? 'No key, or more than one, is for the algorithm that the header names.'
    : 'No key has the id and the algorithm that the header names. The issuer may have newer keys.'
}

/** What the product says of it, as each kind that its type names. */
async function verdictOf(
  { pasted, claims, against, now }: Case,
  kinds: readonly TokenKind[],
  find: FindKey,
  checks: readonly Check[],
): Promise<Verdict> {
  let first: TokenError | null = null
  for (const kind of kinds) {
    const refused = await refusalOf(() =>
      kind === 'dpop'
        ? verifyProof(pasted.token, claims, now)
        : verifyAs(kind, pasted.token, { claims, against, now, find }),
    )
    if (refused === null) return acceptedAs(kind, claims, against, now)
    first ??= refused
  }
  const code = first?.code ?? 'wrong_type'
  return (
    firstRefusal(checks, code) ??
    refusal(
      code,
      checks.find(({ outcome }) => outcome === 'fail'),
    )
  )
}

function verifyAs(
  kind: AddressedKind,
  token: string,
  { claims, against, now, find }: Pick<Case, 'claims' | 'against' | 'now'> & { readonly find: FindKey },
): Promise<unknown> {
  const { aud } = claims
  const own = typeof aud === 'string' ? aud : Array.isArray(aud) ? String(aud[0]) : ''
  return verifyTokenAsync(kind, token, {
    keys: find,
    issuer: against.issuer === '' ? () => true : against.issuer,
    audience: against.audience === '' ? own : against.audience,
    now,
  })
}

function verifyProof(
  token: string,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): Promise<unknown> {
  const [method, uri] = [String(claims['htm']), String(claims['htu'])]
  return verifyDpopProofAsync(token, { method, uri, now, accessToken: null, boundTo: null })
}

function acceptedAs(
  kind: TokenKind,
  claims: Readonly<Record<string, unknown>>,
  against: Against,
  now: number,
): Verdict {
  const { exp } = claims
  const ends = typeof exp === 'number' ? ` It ends ${distanceWords(exp, now)}.` : ''
  if (kind === 'dpop') {
    const words =
      'It is signed with the key that it carries, and fresh. Whether it fits its request, and the token that is bound to that key, only the API can say.'
    return { tone: 'open', title: 'A sound DPoP proof', words }
  }
  const missing = [
    ...(against.issuer === '' ? ['issuer'] : []),
    ...(against.audience === '' ? ['audience'] : []),
  ]
  if (missing.length > 0) {
    const words = `It is ${kindNames[kind]}, signed by this key and valid now.${ends} Whether it is meant for you is not known: fill in ${missing.join(' and ')}.`
    return { tone: 'open', title: 'The signature is right', words }
  }
  const words = `It is ${kindNames[kind]}, signed by this key, from the issuer and for the audience that you expect.${ends} Whether it was revoked, no token can say of itself.`
  return { tone: 'good', title: 'Accepted', words }
}

function verdictWithoutKey(checks: readonly Check[]): Verdict {
  const how = hasWebCrypto()
    ? 'Paste the issuer’s key to see who did.'
    : 'This browser checks signatures on https and on localhost alone.'
  const words = `Nothing is wrong with it so far, but anybody can write such a token. ${how}`
  return firstRefusal(checks) ?? { tone: 'open', title: 'Not verified', words }
}
