// Everything that a token is held against, one by one and in plain words. The verdict is verifyToken's alone: the words
// explain it, and where they would all pass and it refuses, it is refused.
import {
  type AddressedKind,
  checkClaims,
  type FindKey,
  isTyp,
  type JwsAlgorithm,
  type JwsHeader,
  jwsAlgorithms,
  type KindRow,
  peekUnverified,
  TokenError,
  tokenKinds,
  verifyJws,
  verifyToken,
} from '@countersign/protocol'
import { type Check as InspectorCheck, timesCheck } from '../../inspector/checks.ts'
import { kindNames, tokenRefusals } from '../../inspector/refusal-words.ts'
import { capital, shown } from './layout.ts'
import { kindOf } from './lint.ts'

/** One thing that was looked at. */
export interface Check {
  readonly name: 'sealed' | 'form' | 'signature' | 'kind' | 'issuer' | 'audience' | 'time' | 'once' | 'whole'
  readonly outcome: 'passed' | 'failed' | 'unchecked'
  readonly words: string
}

/** What a token is held against. */
export interface Held {
  readonly kind: AddressedKind
  readonly keys: FindKey
  /** Where the keys are from, in words. */
  readonly keysFrom: string
  /** Not compared where they are left out. */
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/** What came of it. */
export interface Examination {
  readonly accepted: boolean
  readonly checks: readonly Check[]
  /** What it says; null when it can't be read. Nobody's word unless it is accepted. */
  readonly claims: Readonly<Record<string, unknown>> | null
  readonly header: JwsHeader | null
}

type Claims = Readonly<Record<string, unknown>>

const passed = (name: Check['name'], words: string): Check => ({ name, outcome: 'passed', words })
const failed = (name: Check['name'], words: string): Check => ({ name, outcome: 'failed', words })
const unchecked = (name: Check['name'], words: string): Check => ({ name, outcome: 'unchecked', words })

/** Holds a token against everything. Never throws for a token. */
export function examine(token: string, held: Held): Examination {
  const read = peekUnverified(token)
  if (read === null) {
    const checks = [failed('form', formFault(token))]
    return { accepted: false, checks, claims: null, header: null }
  }
  const { header, claims } = read
  const checks = [
    passed('form', 'A signed token, written in the one way that it can be.'),
    signature(token, header, held),
    kind(header, claims, held),
    issuer(claims['iss'], held.issuer),
    audience(claims['aud'], held),
    time(claims, held),
  ]
  const refusal = verdict(token, claims, held)
  const explained = refusal === null || checks.some(({ outcome }) => outcome === 'failed')
  const whole = explained || refusal === null ? [] : [failed('whole', `${tokenRefusals[refusal.code].words}`)]
  return { accepted: refusal === null, checks: [...checks, ...whole], claims, header }
}

function verdict(token: string, claims: Claims, held: Held): TokenError | null {
  const { aud } = claims
  const only = Array.isArray(aud) ? String(aud[0]) : String(aud)
  try {
    verifyToken(held.kind, token, {
      keys: held.keys,
      issuer: held.issuer ?? (() => true),
      audience: held.audience ?? only,
      now: held.now,
    })
    return null
  } catch (error) {
    if (error instanceof TokenError) return error
    throw error
  }
}

function formFault(token: string): string {
  try {
    verifyJws(token, () => undefined)
  } catch (error) {
    if (error instanceof TokenError && error.code !== 'unknown_key')
      return `${tokenRefusals[error.code].words} (${error.detail})`
  }
  return 'Its claims are no JSON object with one reading.'
}

function signature(token: string, header: JwsHeader, { kind: expected, keys, keysFrom }: Held): Check {
  const name = 'signature'
  const named = `${header.alg}${header.kid === undefined ? '' : `, key ${shown(header.kid)}`}`
  try {
    verifyJws(token, keys)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (error.code !== 'unknown_key')
      return failed(
        name,
        `Wrong for ${named} of ${keysFrom}: it was changed after it was signed, or another key signed it.`,
      )
    return failed(
      name,
      `${keysFrom} has no key for it: ${shown(header.alg)}${header.kid === undefined ? ', without a kid' : `, kid ${shown(header.kid)}`}.`,
    )
  }
  const isSecret = jwsAlgorithms[header.alg as JwsAlgorithm].family === 'hmac'
  if (isSecret && (tokenKinds[expected] as KindRow).mayBeSecret !== true)
    return failed(
      name,
      `Right, but by a shared secret: ${kindNames[expected]} is signed with a key pair, so that who verifies can’t forge.`,
    )
  return passed(name, `Right: ${named}, of ${keysFrom}.`)
}

function kind(header: JwsHeader, claims: Claims, { kind: expected }: Held): Check {
  const name = 'kind'
  const row: KindRow = tokenKinds[expected]
  if (!isTyp(row, header.typ)) {
    const other = kindOf({ header: { typ: header.typ } })
    const is = header.typ === undefined ? 'It has no typ' : `Its typ is ${shown(header.typ)}`
    const hint = other === null ? '' : `, that of ${kindNames[other]} (--kind ${other})`
    return failed(name, `${is}${hint}. ${capital(kindNames[expected])} says ${shown(row.typ)}.`)
  }
  const fault = checkClaims(expected, claims)
  if (fault === null) return passed(name, `${capital(kindNames[expected])}, with every claim that it needs.`)
  switch (fault.code) {
    case 'missing_claim':
      return failed(
        name,
        `${capital(kindNames[expected])} needs ${fault.detail.split(' ').join(', ')} as well.`,
      )
    case 'bad_claim':
      return failed(name, `The claim ${fault.detail} has another shape than its definition gives it.`)
    default:
      return failed(name, `It is not ${kindNames[expected]}: ${fault.detail}.`)
  }
}

function issuer(iss: unknown, expected: string | undefined): Check {
  const name = 'issuer'
  if (expected === undefined) return unchecked(name, `Not compared: it says ${shown(iss)}. Give --issuer.`)
  if (iss === expected) return passed(name, `${shown(iss)}.`)
  const nearly = String(iss).replace(/\/+$/, '').toLowerCase() === expected.replace(/\/+$/, '').toLowerCase()
  const hint = nearly ? ' A slash at the end or a capital letter makes it another.' : ''
  return failed(name, `It is from ${shown(iss)}, not from ${shown(expected)}.${hint}`)
}

function audience(aud: unknown, { audience: expected, kind: of }: Held): Check {
  const name = 'audience'
  const list: unknown[] = Array.isArray(aud) ? aud : [aud]
  const others =
    list.length > 1 ? `It is for ${list.length} audiences: each of them could pass it on to the others.` : ''
  if (others !== '') return failed(name, others)
  if (Array.isArray(aud) && (tokenKinds[of] as KindRow).audienceIsString === true)
    return failed(name, `${capital(kindNames[of])} names its audience as text, not as a list.`)
  if (expected === undefined)
    return unchecked(name, `Not compared: it is for ${shown(list[0])}. Give --audience.`)
  if (list[0] === expected) return passed(name, `${shown(expected)}, and nobody else.`)
  return failed(name, `It is for ${shown(list[0])}, not for ${shown(expected)}.`)
}

const outcomes = { pass: 'passed', fail: 'failed', unknown: 'unchecked' } as const satisfies Record<
  InspectorCheck['outcome'],
  Check['outcome']
>

function time(claims: Claims, { kind: of, now }: Held): Check {
  if (checkClaims(of, claims)?.code === 'bad_claim')
    return unchecked('time', 'Its claims have another shape than they should.')
  const row: KindRow = tokenKinds[of]
  if (claims['exp'] === undefined && row.required.includes('exp'))
    return unchecked('time', 'It names no time at which it ends.')
  const { outcome, words } = timesCheck(of, claims, now)
  return { name: 'time', outcome: outcomes[outcome], words }
}
