// The settings that flows need, as a Django project states them; ours are made of the same by what the import of a
// configuration reads.
import type { SimpleJwtInput } from '../../../packages/server/src/profiles/simplejwt/settings.ts'

/** Releases of Simple JWT, by the dialect that they speak. */
export const dialects = ['5.2', '5.5.1'] as const
export type Dialect = (typeof dialects)[number]

/** One way of running Simple JWT. */
export interface GroupSettings {
  /** SIMPLE_JWT; durations in seconds. */
  readonly simpleJwt: Readonly<Record<string, unknown>>
  /** The sliding views stand where the others do. */
  readonly isSliding?: boolean
  /** LocaleMiddleware is on. */
  readonly hasLocales?: boolean
  /** What ours needs beside. */
  readonly ours?: SimpleJwtInput
  /** Which releases know these settings; all unless told. */
  readonly dialects?: readonly Dialect[]
}

const tokens = 'rest_framework_simplejwt.tokens'

export const groups = {
  usual: { simpleJwt: {} },
  rotating: { simpleJwt: { ROTATE_REFRESH_TOKENS: true } },
  blacklisting: { simpleJwt: { ROTATE_REFRESH_TOKENS: true, BLACKLIST_AFTER_ROTATION: true } },
  sliding: { simpleJwt: {}, isSliding: true },
  renamed: {
    simpleJwt: {
      ACCESS_TOKEN_LIFETIME: 60,
      REFRESH_TOKEN_LIFETIME: 3600,
      USER_ID_CLAIM: 'uid',
      TOKEN_TYPE_CLAIM: 'kind',
      JTI_CLAIM: 'name',
      AUDIENCE: 'shop',
      ISSUER: 'me',
    },
  },
  unnamed: { simpleJwt: { TOKEN_TYPE_CLAIM: null, JTI_CLAIM: null } },
  // More than a run takes, since its tokens are made at the beginning.
  lenient: { simpleJwt: { LEEWAY: 300 } },
  'other header': {
    simpleJwt: { AUTH_HEADER_TYPES: ['JWT', 'Bearer'], AUTH_HEADER_NAME: 'HTTP_X_ACCESS_TOKEN' },
  },
  'both kinds': {
    simpleJwt: { AUTH_TOKEN_CLASSES: [`${tokens}.AccessToken`, `${tokens}.SlidingToken`] },
    isSliding: true,
  },
  'of the password': { simpleJwt: { CHECK_REVOKE_TOKEN: true }, dialects: ['5.5.1'] },
  'by the subject': { simpleJwt: { USER_ID_CLAIM: 'sub' } },
  'by another name': { simpleJwt: { USER_ID_FIELD: 'username' } },
  'many languages': { simpleJwt: {}, hasLocales: true, ours: { locales: true } },
} as const satisfies Readonly<Record<string, GroupSettings>>

export type Group = keyof typeof groups
export const groupNames = Object.keys(groups) as readonly Group[]

/** The settings of a group, with every member. */
export function groupOf(name: Group): GroupSettings {
  return groups[name]
}
