// SIMPLE_JWT of a Django project in the terms of `profiles.simplejwt`, and what of it has no counterpart. Values come as
// JSON has them: durations as seconds, as Python prints a timedelta, or as Django's own encoder writes one (ISO 8601).
import { isUsual, type Placeless, placeless } from './placeless.ts'
import type { SimpleJwtInput } from './settings.ts'

/** A setting of Django's that is not carried over as it stands, and what to do about it. */
export interface Left {
  readonly setting: string
  readonly why: string
}

/** What was read. `signingKey` and `verifyingKey` are secret or long: they belong into files. */
export interface FromDjango {
  readonly settings: SimpleJwtInput
  readonly signingKey: string | null
  readonly verifyingKey: string | null
  readonly left: readonly Left[]
}

type Given = Readonly<Record<string, unknown>>
type Value = string | number | boolean | null | readonly string[]
type Reader = (value: unknown) => Value | undefined

const text: Reader = (value) => (typeof value === 'string' ? value : undefined)
const textOrNull: Reader = (value) => (value === null ? null : text(value))
const truth: Reader = (value) => (typeof value === 'boolean' ? value : undefined)
const texts: Reader = (value) => {
  const all = typeof value === 'string' ? [value] : value
  return Array.isArray(all) && all.every((one) => typeof one === 'string') ? all : undefined
}
const party: Reader = (value) => (value === null || typeof value === 'string' ? value : texts(value))
const tokenClasses: Reader = (value) => {
  const names = texts(value)
  if (!Array.isArray(names)) return undefined
  const kinds = names.map((name) => /(Access|Sliding)Token$/.exec(name)?.[1]?.toLowerCase())
  return kinds.every((kind) => kind !== undefined) ? kinds : undefined
}

/** The settings that are carried over. The order is that of the original's documentation. */
const carried: { readonly [name: string]: readonly [keyof SimpleJwtInput, Reader] } = {
  ACCESS_TOKEN_LIFETIME: ['accessTokenLifetime', secondsOf],
  REFRESH_TOKEN_LIFETIME: ['refreshTokenLifetime', secondsOf],
  ROTATE_REFRESH_TOKENS: ['rotateRefreshTokens', truth],
  BLACKLIST_AFTER_ROTATION: ['blacklistAfterRotation', truth],
  UPDATE_LAST_LOGIN: ['updateLastLogin', truth],
  ALGORITHM: ['algorithm', text],
  AUDIENCE: ['audience', party],
  ISSUER: ['issuer', textOrNull],
  LEEWAY: ['leeway', secondsOf],
  AUTH_HEADER_TYPES: ['authHeaderTypes', texts],
  AUTH_HEADER_NAME: ['authHeaderName', text],
  USER_ID_CLAIM: ['userIdClaim', text],
  AUTH_TOKEN_CLASSES: ['authTokenClasses', tokenClasses],
  TOKEN_TYPE_CLAIM: ['tokenTypeClaim', textOrNull],
  JTI_CLAIM: ['jtiClaim', textOrNull],
  SLIDING_TOKEN_REFRESH_EXP_CLAIM: ['slidingTokenRefreshExpClaim', text],
  SLIDING_TOKEN_LIFETIME: ['slidingTokenLifetime', secondsOf],
  SLIDING_TOKEN_REFRESH_LIFETIME: ['slidingTokenRefreshLifetime', secondsOf],
  CHECK_REVOKE_TOKEN: ['checkRevokeToken', truth],
  REVOKE_TOKEN_CLAIM: ['revokeTokenClaim', text],
}

/** @param given a dictionary as in `settings.SIMPLE_JWT`, read from JSON; SECRET_KEY is not a part of it */
export function fromDjango(given: Given): FromDjango {
  const settings: Record<string, unknown> = {}
  const left: Left[] = []
  for (const [setting, value] of Object.entries(given)) {
    const row = carried[setting]
    if (row !== undefined) {
      const [name, read] = row
      const own = read(value)
      if (own === undefined)
        left.push({ setting, why: 'its value can’t be read from JSON: state it by hand' })
      else settings[name] = own
    } else if (!keys.has(setting)) left.push(...leftOf(setting, value, settings))
  }
  const { SIGNING_KEY: signing, VERIFYING_KEY: verifying } = given
  return {
    settings,
    signingKey: typeof signing === 'string' && signing !== '' ? signing : null,
    verifyingKey: typeof verifying === 'string' && verifying !== '' ? verifying : null,
    left,
  }
}

const keys: ReadonlySet<string> = new Set(['SIGNING_KEY', 'VERIFYING_KEY'])

function leftOf(setting: string, value: unknown, settings: Record<string, unknown>): readonly Left[] {
  const own = camelCase(setting)
  if (isPlaceless(own)) return isUsual(value) ? [] : [{ setting, why: placeless[own] }]
  switch (setting) {
    case 'USER_ID_FIELD':
      if (value === 'username' || value === 'email') settings['userIdField'] = value
      else if (value !== 'id' && value !== 'pk')
        return [{ setting, why: 'tokens hold the primary key that was imported: import with it as the id' }]
      return []
    case 'CHECK_USER_IS_ACTIVE':
      return value === false ? [{ setting, why: 'who is disabled is never let in here' }] : []
    default:
      return [{ setting, why: 'it is no setting of Simple JWT that is known here' }]
  }
}

function camelCase(setting: string): string {
  return setting.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function isPlaceless(name: string): name is Placeless {
  return Object.hasOwn(placeless, name)
}

/** Seconds of a duration in any of its forms; a fraction is kept. */
export function secondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return ofParts(Object.entries(value))
  if (typeof value !== 'string') return undefined
  const iso = /^(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(value)
  if (iso !== null && value.length > 2) return signed(iso[1], [iso[2], iso[3], iso[4], iso[5]])
  const printed = /^(?:(-?\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(value)
  if (printed !== null) return signed('', [printed[1], printed[2], printed[3], printed[4]])
  const called = /^(?:datetime\.)?timedelta\((.*)\)$/.exec(value)?.[1]
  return called === undefined ? undefined : ofCall(called)
}

function signed(sign: string | undefined, parts: readonly (string | undefined)[]): number {
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0))
  return (sign === '-' ? -1 : 1) * (days * 86_400 + hours * 3600 + minutes * 60 + seconds)
}

const units: Readonly<Record<string, number>> = {
  weeks: 604_800,
  days: 86_400,
  hours: 3600,
  minutes: 60,
  seconds: 1,
  milliseconds: 1e-3,
  microseconds: 1e-6,
}

/** `days=1, hours=2`, or days, seconds and microseconds by their places. */
function ofCall(written: string): number | undefined {
  const places = ['days', 'seconds', 'microseconds']
  const parts = written
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part, at) => {
      const [, name = places[at] ?? '', value] = /^(?:(\w+)\s*=\s*)?(-?\d+(?:\.\d+)?)$/.exec(part) ?? []
      return [name, value === undefined ? undefined : Number(value)] as const
    })
  return ofParts(parts)
}

function ofParts(parts: readonly (readonly [string, unknown])[]): number | undefined {
  let sum = 0
  for (const [name, value] of parts) {
    const unit = units[name]
    if (unit === undefined || typeof value !== 'number') return undefined
    sum += unit * value
  }
  return Math.round(sum * 1e6) / 1e6
}
