// What moves between systems: the open format, one JSON object a line, in which everything is exported and into which
// every import is read first. Times are seconds since the epoch.
import { z } from 'zod'

const text = z.string().max(4096)
const moment = z.number().int().nonnegative()

const identity = z.strictObject({
  /** The name of the provider here, such as `google`. */
  upstream: z.string().min(1).max(64),
  issuer: z.string().min(1).max(512),
  subject: z.string().min(1).max(255),
  email: z.string().max(320).nullable().default(null),
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
  claims: z.record(z.string(), z.unknown()).default({}),
  /** The hash as it was written down there, or in the form that its importer gives it; null for none. */
  passwordHash: text.nullable().default(null),
  roles: z.array(z.string().max(200)).default([]),
  identities: z.array(identity).default([]),
  disabled: z.boolean().default(false),
  createdAt: moment.nullable().default(null),
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

/** A key of Django REST framework, in the clear as it stood there. */
const drfKey = z.strictObject({
  kind: z.literal('drf-key'),
  /** Whose it is: what the system that they come from calls them. */
  userId: z.string().min(1).max(255),
  key: z.string().regex(/^[0-9a-f]{40}$/),
  createdAt: moment.nullable().default(null),
})

/** A line of the format. */
export const movedRecord = z.discriminatedUnion('kind', [user, role, revoked, drfKey])

/** Anything that moves. */
export type MovedRecord = z.output<typeof movedRecord>
/** A person. */
export type MovedUser = z.output<typeof user>
/** What a reader may leave out of a person. */
export type PartialUser = Omit<z.input<typeof user>, 'kind'>

/** A person as a reader found them, complete. */
export function movedUser(found: PartialUser): MovedUser {
  return user.parse({ kind: 'user', ...found })
}

/** What a reader saw and nothing here takes, counted by what it is. */
export interface LeftBehind {
  readonly kind: 'left-behind'
  /** In people's words, in the plural: `API tokens`. */
  readonly what: string
  readonly id: string
}

/** What a reader gives. */
export type Found = MovedRecord | LeftBehind
