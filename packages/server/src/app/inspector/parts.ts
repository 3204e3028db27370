// The parts of a token for people: what each member says, and how much room it takes.
import type { TokenError } from '@countersign/protocol'
import {
  type ContentEncryption,
  contentEncryptions,
  type KeyManagementAlgorithm,
  keyManagement,
  maximumEncryptedLength,
} from '@countersign/protocol/jwe'
import { isCollisionResistant, registeredClaims, requestParameters } from '../cli/jwt/claim-registry.ts'
import type { Check, Signed } from './checks.ts'
import { claimWords, headerWords, type Words } from './claim-words.ts'
import type { JsonSegment, Pasted, Segment } from './read-token.ts'
import { jsonRefusals } from './refusal-words.ts'
import { leftOut, meaning, number, valueText, visible } from './value-words.ts'

/** One member of a header or of claims. */
export interface Member {
  readonly name: string
  readonly value: string
  /** What the name means, or where it seems to come from. */
  readonly words: Words
  /** Whether it is a name that no specification defines. */
  readonly isPrivate: boolean
  /** What the value stands for. */
  readonly meaning: string | null
  readonly leftOut: string | null
}

/** One part of a token. */
export interface Part {
  readonly title: string
  /** Which colour it has: the same in the token and in its explanation. */
  readonly colour: 1 | 2 | 3
  /** What part this is, and what it is worth. */
  readonly words: string
  /** Characters. */
  readonly length: number
  readonly members: readonly Member[]
}

const mostMembers = 200

type Encrypted = Extract<Pasted, { is: 'encrypted' }>

/** Header, claims and signature. */
export function signedParts({ header, claims, signature }: Signed, now: number): Part[] {
  return [
    jsonPart('Header', 1, 'How the token is signed, and what kind it is.', header, headerWords, now),
    jsonPart(
      'Claims',
      2,
      'What the token says. Anybody can read it, so no secret belongs here.',
      claims,
      claimWords,
      now,
    ),
    {
      title: 'Signature',
      colour: 3,
      words: signatureWords(signature),
      length: signature.text.length,
      members: [],
    },
  ]
}

function signatureWords({ text, bytes }: Segment): string {
  if (text === '') return 'It is empty: nobody has signed this token.'
  if (bytes === null) return 'It can’t be read.'
  return `${number(bytes.byteLength)} bytes, computed over the two parts before it. Change one character of them, and it no longer fits.`
}

function jsonPart(
  title: string,
  colour: Part['colour'],
  words: string,
  segment: JsonSegment,
  table: ReadonlyMap<string, Words>,
  now: number,
): Part {
  const { members, text, fault } = segment
  const base = { title, colour, length: text.length }
  if (members === null) return { ...base, words: unreadable(fault), members: [] }
  const entries = Object.entries(members)
  const more = entries.length - mostMembers
  return {
    ...base,
    words: more > 0 ? `${words} It has ${number(more)} more members than are shown.` : words,
    members: entries.slice(0, mostMembers).map(([name, value]) => ({
      name: visible(name.length > 200 ? `${name.slice(0, 200).toWellFormed()}…` : name),
      value: valueText(value),
      ...namedBy(name, table),
      meaning: meaning(name, value, now),
      leftOut: leftOut(value),
    })),
  }
}

const unknownMember = { title: 'unknown', words: 'Not known here, and ignored.' }
const ownAddress = {
  title: 'private',
  words: 'Under its maker’s own address, so nobody else means something different by it.',
}
const ownName = {
  title: 'private',
  words: 'Of the issuer’s own making. Another issuer may mean something else by it.',
}

function namedBy(name: string, table: ReadonlyMap<string, Words>): Pick<Member, 'words' | 'isPrivate'> {
  const words = table.get(name)
  if (words !== undefined) return { words, isPrivate: false }
  if (table !== claimWords) return { words: unknownMember, isPrivate: true }
  if (requestParameters.has(name)) {
    return {
      words: { title: 'Parameter', words: 'A parameter of the authorization request.' },
      isPrivate: false,
    }
  }
  const source = registeredClaims.get(name)
  if (source !== undefined) {
    return {
      words: { title: 'Registered', words: `Defined by ${source}. Countersign makes no use of it.` },
      isPrivate: false,
    }
  }
  return { words: isCollisionResistant(name) ? ownAddress : ownName, isPrivate: true }
}

function unreadable(fault: JsonSegment['fault']): string {
  switch (fault) {
    case 'not_base64url':
    case null:
      return 'It is not written in base64url, so it can’t be read.'
    case 'not_object':
      return 'It is JSON, but no object with members.'
    default:
      return `It can’t be read: ${jsonRefusals[fault]}`
  }
}

const sealedParts: readonly {
  readonly title: string
  readonly colour: Part['colour']
  readonly words: string
}[] = [
  { title: 'Encrypted key', colour: 2, words: 'The key of the content, encrypted to the recipient.' },
  { title: 'Starting value', colour: 3, words: 'Makes two encryptions of the same content differ.' },
  {
    title: 'Content',
    colour: 2,
    words: 'What the token says, unreadable without the recipient’s key. Inside should be a signed token.',
  },
  {
    title: 'Tag',
    colour: 3,
    words: 'Shows that nothing was changed on the way. It does not say who wrote it.',
  },
]

/** Header, and four parts that nobody can read without the key. */
export function encryptedParts({ header, sealed }: Encrypted, now: number): Part[] {
  const rest = sealedParts.map((part, index): Part => {
    const { text = '', bytes = null } = sealed[index] ?? {}
    const size = bytes === null ? 'It is not written in base64url.' : `${number(bytes.byteLength)} bytes.`
    const isAgreed = index === 0 && text === ''
    const words = isAgreed
      ? 'Empty: the key is agreed on or shared, and travels in no token.'
      : `${part.words} ${size}`
    return { ...part, words, length: text.length, members: [] }
  })
  return [
    jsonPart(
      'Header',
      1,
      'How the token is encrypted. It is guarded against changes, but anybody can read it.',
      header,
      headerWords,
      now,
    ),
    ...rest,
  ]
}

/** What can be said of an encrypted token from outside. @param refused what the product’s gate says, null for nothing */
export function encryptedChecks({ token, header, sealed }: Encrypted, refused: TokenError | null): Check[] {
  const most = number(maximumEncryptedLength)
  const size = number(token.length)
  const checks: Check[] = [
    refused?.code === 'too_large'
      ? {
          name: 'Size',
          outcome: 'fail',
          code: 'too_large',
          words: `${size} characters, and no more than ${most} are looked at.`,
        }
      : { name: 'Size', outcome: 'pass', words: `${size} of at most ${most} characters.` },
  ]
  const { members } = header
  if (members === null || sealed.some(({ bytes }) => bytes === null)) {
    const words =
      members === null
        ? 'The header is no JSON object in base64url.'
        : 'A part is not base64url in its one spelling.'
    return [...checks, { name: 'Form', outcome: 'fail', code: 'malformed', words }]
  }
  return [
    ...checks,
    { name: 'Form', outcome: 'pass', words: 'Five parts in base64url: an encrypted token.' },
    headerCheck(refused),
    algorithmCheck(members['alg'], members['enc']),
    {
      name: 'Signature',
      outcome: 'unknown',
      words: 'It is inside, if there is one. Encryption alone does not say who wrote a token.',
    },
  ]
}

function headerCheck(refused: TokenError | null): Check {
  const name = 'Header'
  if (refused?.code !== 'malformed')
    return { name, outcome: 'pass', words: 'Well-formed, and nothing in it that is refused.' }
  const [, member] = /^header has (\w+)$/.exec(refused.detail) ?? []
  const words =
    member === undefined
      ? 'A member of it has the wrong shape or is missing.'
      : `It has ${member}, which is never accepted.`
  return { name, outcome: 'fail', code: 'malformed', words }
}

function algorithmCheck(alg: unknown, enc: unknown): Check {
  const name = 'Algorithm'
  const isKnown = typeof alg === 'string' && Object.hasOwn(keyManagement, alg)
  const isCipher = typeof enc === 'string' && Object.hasOwn(contentEncryptions, enc)
  if (!isKnown || !isCipher) {
    const why = isKnown
      ? 'This cipher is not spoken here.'
      : (leftOutWords.get(String(alg)) ?? 'This way to encrypt a key is not spoken here.')
    return { name, outcome: 'fail', code: 'unknown_key', words: why }
  }
  const how = keyWords[alg as KeyManagementAlgorithm]
  return { name, outcome: 'pass', words: `${how} The content is encrypted with ${enc as ContentEncryption}.` }
}

const leftOutWords: ReadonlyMap<string, string> = new Map([
  ['RSA1_5', 'RSA1_5 gives its content away to whoever may ask often enough. It is not taken.'],
  ['RSA-OAEP', 'RSA-OAEP stands on SHA-1. RSA-OAEP-256 is taken in its place.'],
])

const keyWords: Readonly<Record<KeyManagementAlgorithm, string>> = {
  'RSA-OAEP-256': 'The content’s key is encrypted to the recipient’s RSA key.',
  'ECDH-ES': 'The content’s key is agreed on with the recipient’s key.',
  'ECDH-ES+A128KW': 'The content’s key is wrapped in one that is agreed on with the recipient’s key.',
  'ECDH-ES+A256KW': 'The content’s key is wrapped in one that is agreed on with the recipient’s key.',
  A128KW: 'The content’s key is wrapped in a shared one.',
  A256KW: 'The content’s key is wrapped in a shared one.',
  dir: 'The content’s key is the shared one itself.',
}
