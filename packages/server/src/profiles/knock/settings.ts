// The settings of the profile: which entities sign in, where, and how their tokens are signed.
import { z } from 'zod'
import { profileAlgorithms } from '../keys.ts'
import { membersOf } from '../person.ts'
import { path, resource } from '../wire/settings.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'must be lower-case letters, digits and underscores')

const entity = z.strictObject({
  name,
  /** Where they sign in; `/user_token` for `user` unless given. */
  paths: z.array(path).optional(),
  /** The member of `auth` that names the person. */
  loginField: z.string().min(1).max(64).default('email'),
  /** In seconds; null for tokens that last until they are revoked. */
  lifetime: z
    .number()
    .int()
    .min(1)
    .max(366 * 86_400)
    .nullable()
    .default(86_400),
  /** The role that a person needs to be one; anybody is one where none is given. */
  role: z.string().min(1).max(100).nullable().default(null),
})

/** `profiles.knock` of the configuration. */
export const knockSettings = z.strictObject({
  entities: z
    .array(entity)
    .min(1)
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'name an entity twice')
    .prefault([{ name: 'user' }]),
  algorithm: z.enum(profileAlgorithms).default('HS256'),
  /** A file with Rails' secret_key_base, for an algorithm that begins with HS. */
  signingKeyFile: z.string().optional(),
  audience: z.string().nullable().default(null),
  resource,
  /** What `sub` holds: the person's number of before, or their id here. */
  subject: z.enum(['number', 'id']).default('number'),
  /** Whether the answer names the person beside the token, as many applications had it. */
  withUser: z.boolean().default(false),
  /** What stood in `to_token_payload`: a function from a person to claims. Those of the token itself win over them. */
  extraClaims: membersOf.nullable().default(null),
  /** A function from a person to what the answer says beside the token. */
  responseExtras: membersOf.nullable().default(null),
  /** Takes a name only in the letters in which it is kept, as the original does. */
  exactNames: z.boolean().default(false),
})

/** As an operator writes it. */
export type KnockInput = z.input<typeof knockSettings>
/** As read, complete. */
export type KnockSettings = z.output<typeof knockSettings>
/** One entity of it. */
export type KnockEntity = KnockSettings['entities'][number]
