// What another server of this kind brings beside people: what they hold (consents, sessions, grants, tokens), what clients
// hold, and what a server remembers so that nothing is ever given or taken twice. Times are seconds since the epoch.
import { z } from 'zod'
import { lastMoment, longestLists, moment, plainJson, sha256 } from './records-parts.ts'

const userId = z.string().min(1).max(255)
const clientId = z.string().min(1).max(255)
const sessionId = z.string().regex(/^ses_[0-9a-f]{32}$/)
const familyId = z.string().regex(/^fam_[0-9a-f]{32}$/)
const words = (longest: number) => z.array(z.string().min(1).max(longest)).max(longestLists)

/** How surely somebody had signed in. */
const acr = z.string().min(1).max(255)
const amr = z.array(z.string().max(32)).max(16)

/** What somebody agreed to for one client. */
const consent = z.strictObject({
  kind: z.literal('consent'),
  userId,
  clientId,
  redirectUri: z.string().max(4096),
  scopes: words(128),
  resources: words(512),
  /** Authorization details (RFC 9396). */
  details: z.array(plainJson).max(100).default([]),
  /** What was asked for and left out. */
  declined: words(700).default([]),
  sessionId: z.string().max(64),
  grantedAt: moment,
  usedAt: moment.nullable().default(null),
})

/** A browser, or a device, that somebody is signed in on. */
const session = z.strictObject({
  kind: z.literal('session'),
  id: sessionId,
  /** SHA-256 of what the browser holds, base64url. */
  digest: sha256,
  userId,
  createdAt: moment,
  authenticatedAt: moment,
  amr,
  acr,
  /** Whether the person asked to stay signed in. */
  remembered: z.boolean(),
  lastSeenAt: moment,
  idleSeconds: z.number().int().positive().max(lastMoment),
  expiresAt: moment,
  peer: z.string().max(64),
  userAgent: z.string().max(256),
  /** The client whose device has it; null for one of a browser. */
  heldBy: clientId.nullable().default(null),
  /** The clients that got tokens in it and are to hear of its end. */
  clients: z
    .array(z.strictObject({ clientId, since: moment }))
    .max(longestLists)
    .default([]),
  /** When it ended: for as long as anything of it could live, so that it is refused wherever it came before. */
  endedAt: moment.nullable().default(null),
})

/** Older ones are forgotten: one that comes again is refused, and ends nothing. */
export const mostGenerations = 100_000

const refreshToken = z.strictObject({
  /** SHA-256 of the token, base64url. */
  digest: sha256,
  generation: z.number().int().nonnegative().max(10_000_000),
  createdAt: moment,
  expiresAt: moment,
  /** Of the newest alone: the seed from which, with its predecessor, it follows, or itself, sealed under that one. */
  sealed: z.string().max(4096).nullable().default(null),
  replays: z.number().int().nonnegative().max(1_000_000).default(0),
  /** The key that it is bound to. */
  boundTo: z.string().max(512).nullable().default(null),
})

/** All tokens of one authorization, with every generation of its refresh tokens: a spent one that comes again ends it. */
const grant = z.strictObject({
  kind: z.literal('grant'),
  id: familyId,
  clientId,
  userId,
  sessionId,
  granted: z.strictObject({
    scope: words(128),
    resources: words(512),
    claims: plainJson.optional(),
    details: z.array(plainJson).max(100).optional(),
    authenticatedAt: moment,
    acr,
    amr,
  }),
  createdAt: moment,
  expiresAt: moment,
  refreshTokens: z
    .array(refreshToken)
    .max(mostGenerations)
    .refine((all) => all.every(({ generation }, at) => generation === (all[0]?.generation ?? 0) + at))
    .default([]),
  /** When and why it ended, as of sessions. */
  ended: z
    .strictObject({ at: moment, because: z.string().max(64) })
    .nullable()
    .default(null),
})

/** An opaque or an encrypted access token. */
const accessToken = z.strictObject({
  kind: z.literal('access-token'),
  digest: sha256,
  /** Null for one that a client got for itself. */
  userId: userId.nullable().default(null),
  claims: plainJson,
  /** How long each use lets it live; absent for one that ends when it says. */
  idleSeconds: z.number().int().positive().max(lastMoment).optional(),
})

/** A client that looks after itself (RFC 7592). */
const registration = z.strictObject({
  kind: z.literal('registration'),
  clientId,
  /** SHA-256 of its registration access token, base64url. */
  digest: sha256,
  /** The id of the initial access token that it came with; `operator` where one of those gave it the token. */
  initialToken: z.string().max(64).nullable().default(null),
  policy: plainJson.nullable().default(null),
  registeredAt: moment,
})

/** A token by which clients may register themselves. */
const initialAccessToken = z.strictObject({
  kind: z.literal('initial-access-token'),
  id: z.string().min(1).max(64),
  digest: sha256,
  label: z.string().max(100),
  policy: plainJson.nullable().default(null),
  usesLeft: z.number().int().positive().max(10_000),
  createdAt: moment,
  expiresAt: moment,
})

/** An issuer whose assertions let clients in (RFC 7523). */
const trustedIssuer = z.strictObject({
  kind: z.literal('trusted-issuer'),
  issuer: z.string().min(1).max(2048),
  jwks: plainJson.nullable().default(null),
  jwksUri: z.string().max(2048).nullable().default(null),
  accepts: z.array(z.enum(['grant', 'id-jag'])).max(2),
  subjects: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('identity'), upstream: z.string().min(1).max(64) }),
    z.strictObject({ by: z.literal('email'), domains: words(253) }),
  ]),
  clients: words(255),
  scopes: words(128),
  maximumSeconds: z.number().int().positive().max(86_400),
  createdAt: moment,
})

/** What people’s names for clients with pairwise subjects are made with. */
const subjectSecret = z.strictObject({ kind: z.literal('subject-secret'), value: sha256 })

/** The last number that was given to somebody, so that nobody else is given it. */
const numberCounter = z.strictObject({
  kind: z.literal('number-counter'),
  name: z.string().min(1).max(64),
  last: z.number().int().nonnegative().max(999_999_999_999_999),
})

/** Who somebody was in the system that they were brought from, gone or not. */
const movedPerson = z.strictObject({
  kind: z.literal('moved-person'),
  source: z.string().min(1).max(64),
  foreignId: z.string().min(1).max(255),
  userId,
  digest: z.string().max(64),
  passwordDigest: z.string().max(64).nullable(),
  at: moment,
})

/** Something beside people that was brought from another system. */
const movedThing = z.strictObject({
  kind: z.literal('moved-thing'),
  source: z.string().min(1).max(64),
  foreignId: z.string().min(1).max(2048),
  at: moment,
})

/** An assertion or a proof that was accepted once. */
const seenAssertion = z.strictObject({
  kind: z.literal('seen-assertion'),
  digest: z.string().min(1).max(255),
  expiresAt: moment,
})

/** A key that tokens are signed with, in the clear. */
const signingKey = z.strictObject({
  kind: z.literal('signing-key'),
  /** The private key as a JWK; its `kid` is its thumbprint (RFC 7638). */
  jwk: plainJson,
  createdAt: moment,
  activeFrom: moment,
  publishedUntil: moment.nullable(),
})

/** What happened: a line of the audit trail. */
const happened = z.strictObject({
  kind: z.literal('event'),
  id: z.string().min(1).max(64),
  at: moment,
  type: z.string().regex(/^[a-z_]{1,64}\.[a-z_]{1,64}$/),
  userId: userId.nullable(),
  clientId: clientId.nullable(),
  sessionId: z.string().max(64).nullable(),
  familyId: z.string().max(64).nullable(),
  peer: z.string().max(64).nullable(),
  detail: plainJson,
})

/** Every kind that only another server of this kind has, in the order in which they are written. */
export const heldKinds = [
  subjectSecret,
  numberCounter,
  trustedIssuer,
  initialAccessToken,
  registration,
  movedPerson,
  movedThing,
  consent,
  session,
  grant,
  accessToken,
  seenAssertion,
  signingKey,
  happened,
] as const

/** Anything of that. */
export type HeldRecord = z.output<(typeof heldKinds)[number]>
/** One kind of it. */
export type Held<Kind extends HeldRecord['kind']> = Extract<HeldRecord, { kind: Kind }>

const names: ReadonlySet<string> = new Set(heldKinds.map(({ shape }) => shape.kind.value))

/** Whether a record is of a kind that no other system has. */
export function isHeld<R extends { readonly kind: string }>(record: R): record is Extract<R, HeldRecord> {
  return names.has(record.kind)
}
