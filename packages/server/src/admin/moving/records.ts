// What moves between systems: the open format, one JSON object a line, in which everything is exported and into which
// every import is read first. Times are seconds since the epoch.
import { z } from 'zod'
import { base32Bytes } from '../../accounts/factors/base32.ts'
import { heldKinds } from './records-held.ts'
import {
  longestLists,
  moment,
  nulMessage,
  objectUpTo,
  pathOfNul,
  plainJson,
  sha256,
} from './records-parts.ts'

const text = z.string().max(4096)

const identity = z.strictObject({
  /** The name of the provider here, such as `google`. */
  upstream: z.string().min(1).max(64),
  issuer: z.string().min(1).max(512),
  subject: z.string().min(1).max(255),
  email: z.string().max(320).nullable().default(null),
})

const bytes = z.string().regex(/^[A-Za-z0-9_-]+$/)

/** An authenticator application (RFC 6238). */
const totp = z.strictObject({
  /** Base32 without padding: 10 bytes at least. */
  secret: z
    .string()
    .regex(/^[A-Z2-7]{16,205}$/)
    .refine((text) => base32Bytes(text) !== null),
  algorithm: z.enum(['SHA-1', 'SHA-256', 'SHA-512']).default('SHA-1'),
  digits: z.number().int().min(6).max(8).default(6),
  /** Seconds that a code is for. */
  period: z.number().int().min(15).max(120).default(30),
  /** The newest step of which a code was taken: none is taken that is not newer. */
  lastStep: z.number().int().nonnegative().default(0),
})

const passkey = z.strictObject({
  /** What the authenticator calls it, base64url. */
  credentialId: bytes.max(1364),
  /** A COSE_Key (RFC 9052 §7), base64url. */
  publicKey: bytes.max(2048),
  /** The domain that it was made for; null where its system doesn’t say, and whoever imports it has to. */
  rpId: z.string().max(253).nullable().default(null),
  /** What the authenticator calls the person, base64url; null where nobody says. */
  userHandle: bytes.max(88).nullable().default(null),
  signCount: z.number().int().nonnegative().default(0),
  transports: z.array(z.string().max(32)).max(16).default([]),
  backupEligible: z.boolean().nullable().default(null),
  backedUp: z.boolean().nullable().default(null),
  /** Whether its authenticator has verified the person when it was made or used. */
  userVerified: z.boolean().default(false),
  name: z.string().max(200).default(''),
  createdAt: moment.nullable().default(null),
  lastUsedAt: moment.nullable().default(null),
})

const user = z.strictObject({
  kind: z.literal('user'),
  /** What the system that they come from calls them; unique there. */
  id: z.string().min(1).max(255),
  username: text.nullable().default(null),
  email: text.nullable().default(null),
  emailVerified: z.boolean().default(false),
  name: text.default(''),
  /** Standard claims of OpenID Connect beyond name and e-mail. */
  claims: objectUpTo(64 * 1024).default({}),
  /** The hash as it was written down there, or in the form that its importer gives it; null for none. */
  passwordHash: text.nullable().default(null),
  /** When that became their password, at whichever system; null where nobody says. */
  passwordChangedAt: moment.nullable().default(null),
  roles: z.array(z.string().max(200)).max(longestLists).default([]),
  identities: z.array(identity).max(100).default([]),
  disabled: z.boolean().default(false),
  createdAt: moment.nullable().default(null),
  /** Numbers by which programs know them, by the name of the wire: `{ "simplejwt": 7 }`. */
  numbers: z
    .record(z.string().max(64), z.number().int().positive())
    .refine((numbers) => Object.keys(numbers).length <= 100)
    .default({}),
  totp: totp.nullable().default(null),
  /** SHA-256 of each recovery code that is left, base64url: of this server’s own form alone. */
  recoveryCodes: z.array(sha256).max(100).default([]),
  passkeys: z.array(passkey).max(100).default([]),
})

const role = z.strictObject({
  kind: z.literal('role'),
  name: z.string().min(1).max(200),
  description: text.default(''),
})

/** A token of the system before that must not be taken any more. */
const revoked = z.strictObject({
  kind: z.literal('revoked-token'),
  jti: z.string().min(1).max(255),
  expiresAt: moment,
})

/** A key of Django REST framework: in the clear as it stood there, or by its digest where it was taken in here before. */
const drfKey = z.strictObject({
  kind: z.literal('drf-key'),
  /** Whose it is: what the system that they come from calls them. */
  userId: z.string().min(1).max(255),
  key: z.union([
    z.string().regex(/^[0-9a-f]{40}$/),
    z.strictObject({ as: z.literal('sha256'), value: sha256 }),
  ]),
  createdAt: moment.nullable().default(null),
})

/** An API that tokens are made for. */
const api = z.strictObject({
  kind: z.literal('api'),
  identifier: z.string().min(1).max(512),
  name: text,
  scopes: z
    .array(z.strictObject({ name: z.string().max(128), description: text }))
    .max(longestLists)
    .default([]),
  tokenFormat: z.enum(['jwt', 'opaque', 'encrypted']).default('jwt'),
  accessTokenSeconds: z
    .number()
    .int()
    .positive()
    .max(100 * 365 * 86_400),
  /** Its public key and the algorithms to use it with; null for an API whose tokens are not encrypted. */
  encryption: plainJson.nullable().default(null),
  /** Its types of authorization details (RFC 9396). */
  details: z.array(plainJson).max(100).default([]),
})

/** How a secret of a client is known: itself, its SHA-256 (base64url), or the hash that another system made of it. */
const clientSecret = z.discriminatedUnion('as', [
  z.strictObject({ as: z.literal('text'), value: text }),
  z.strictObject({ as: z.literal('sha256'), value: sha256 }),
  z.strictObject({ as: z.literal('hash'), value: text }),
])

/** A client, in the names of RFC 7591, by which operators describe clients here too. */
const client = z.strictObject({
  kind: z.literal('client'),
  /** Its `client_id`, which it keeps. */
  id: z.string().min(1).max(255),
  metadata: plainJson,
  secret: clientSecret.nullable().default(null),
  /** When it last became another one in people’s eyes; 0 for never. */
  identityChangedAt: moment.default(0),
  disabled: z.boolean().default(false),
  createdAt: moment.nullable().default(null),
})

/** A key for an API, by its digest. */
const apiKey = z.strictObject({
  kind: z.literal('api-key'),
  id: z.string().min(1).max(255),
  /** SHA-256 of the key, base64url. */
  digest: sha256,
  name: z.string().min(1).max(100),
  /** Whose it is: a client’s id, or what the system that they come from calls a person. One of them. */
  clientId: z.string().max(255).nullable().default(null),
  userId: z.string().max(255).nullable().default(null),
  /** The identifier of its API. */
  audience: z.string().max(512),
  scopes: z.array(z.string().max(128)).max(longestLists),
  createdAt: moment,
  expiresAt: moment.nullable().default(null),
  lastUsedAt: moment.nullable().default(null),
})

const kinds = [user, role, api, client, apiKey, revoked, drfKey, ...heldKinds] as const

/** What a line of the format calls what it holds. */
export const movedKinds: ReadonlySet<string> = new Set(kinds.map(({ shape }) => shape.kind.value))

/** A line of the format. */
export const movedRecord = z.discriminatedUnion('kind', kinds).superRefine((record, context) => {
  const path = pathOfNul(record)
  if (path !== null) context.addIssue({ code: 'custom', path, message: nulMessage })
})

/** Anything that moves. */
export type MovedRecord = z.output<typeof movedRecord>
/** A person. */
export type MovedUser = z.output<typeof user>
/** An authenticator application of theirs. */
export type MovedTotp = z.output<typeof totp>
/** A passkey of theirs. */
export type MovedPasskey = z.output<typeof passkey>
/** What a reader may leave out of a person. */
export type PartialUser = Omit<z.input<typeof user>, 'kind'>

/** A client. */
export type MovedClient = z.output<typeof client>

/** A person as a reader found them, complete. */
export function movedUser(found: PartialUser): MovedUser {
  return user.parse({ kind: 'user', ...found })
}

/** An authenticator application as a reader found it; null where it is none that can be kept. */
export function movedTotp(found: z.input<typeof totp>): z.output<typeof totp> | null {
  return totp.safeParse(found).data ?? null
}

/** A passkey as a reader found it; null where it is none that can be kept. */
export function movedPasskey(found: z.input<typeof passkey>): z.output<typeof passkey> | null {
  return passkey.safeParse(found).data ?? null
}

/** What a reader saw and nothing here takes, counted by what it is. */
export interface LeftBehind {
  readonly kind: 'left-behind'
  /** In people's words, in the plural: `API tokens`. */
  readonly what: string
  readonly id: string
  /** Why somebody or something that is whole stays behind, which is listed by its id; left out for a part of one. */
  readonly because?: string
}

/** Something about the whole that an operator should know; said once. */
export interface Remark {
  readonly kind: 'remark'
  readonly text: string
}

/** A client, complete. */
export function movedClient(found: Omit<z.input<typeof client>, 'kind'>): MovedClient {
  return client.parse({ kind: 'client', ...found })
}

/** What a reader gives. */
export type Found = MovedRecord | LeftBehind | Remark
