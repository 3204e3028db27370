// The wires of others that this server speaks, as an operator states them under `profiles`. In development each is on,
// at its usual paths.
import { readFileSync } from 'node:fs'
import { isLoopback, originOf } from '@countersign/protocol'
import { z } from 'zod'
import type { User } from '../accounts/users/users.store.ts'
import type { OAuthRoom } from '../oauth/room.ts'
import type { Route } from '../platform/http/exchange.ts'
import { accountApiRoutes } from '../profiles/basic/account.routes.ts'
import { basic, basicRoutes } from '../profiles/basic/basic.routes.ts'
import { basicSettings } from '../profiles/basic/settings.ts'
import { djRestAuthRoutes } from '../profiles/dj-rest-auth/dj-rest-auth.routes.ts'
import { djRestAuthSettings } from '../profiles/dj-rest-auth/settings.ts'
import { usualJwtSettings } from '../profiles/django/jwt-settings.ts'
import { djoserRoutes } from '../profiles/djoser/djoser.routes.ts'
import { isActive } from '../profiles/djoser/room.ts'
import { djoserSettings } from '../profiles/djoser/settings.ts'
import { drfTokenRoutes } from '../profiles/drf-token/drf-token.routes.ts'
import { drfToken } from '../profiles/drf-token/key.ts'
import { drfTokenSettings } from '../profiles/drf-token/settings.ts'
import type { ProfileRoom } from '../profiles/enter.ts'
import {
  faultOfKeys,
  isOfKeyring,
  type KeyChoice,
  type KeyTexts,
  type ProfileAlgorithm,
  type ProfileKeys,
  profileKeys,
} from '../profiles/keys.ts'
import { knock, knockRoutes } from '../profiles/knock/knock.routes.ts'
import { knockSettings } from '../profiles/knock/settings.ts'
import { ensureProfileClients } from '../profiles/profile-client.ts'
import { type SimpleJwtRoom, simpleJwt } from '../profiles/simplejwt/room.ts'
import { type SimpleJwtSettings, simpleJwtSettings } from '../profiles/simplejwt/settings.ts'
import { simpleJwtRoutes } from '../profiles/simplejwt/simplejwt.routes.ts'
import type { Finding, Mode } from './settings.ts'

const schemas = {
  basic: basicSettings,
  simplejwt: simpleJwtSettings,
  knock: knockSettings,
  'drf-token': drfTokenSettings,
  djoser: djoserSettings,
  'dj-rest-auth': djRestAuthSettings,
} as const

type Name = keyof typeof schemas

/** What an operator writes under `profiles`: `true` for the usual settings. */
export type ProfilesConfig = { readonly [N in Name]?: boolean | z.input<(typeof schemas)[N]> } & {
  /** Origins of front ends, such as `https://app.example.com`: their scripts may call these wires. */
  readonly origins?: readonly string[]
}

/** The wires that are on: their settings, complete, and the keys that they name by file; and from where they may be called. */
export type Profiles = { readonly [N in Name]: Spoken<z.output<(typeof schemas)[N]>> | null } & {
  readonly origins: readonly string[]
}

interface Spoken<S> {
  readonly settings: S
  readonly texts: KeyTexts
}

const origin = z.string().refine((text) => originOf(text) === text, 'must be an origin, without a path')

const allOff: Profiles = {
  origins: [],
  basic: null,
  simplejwt: null,
  knock: null,
  'drf-token': null,
  djoser: null,
  'dj-rest-auth': null,
}

/** `true` for the usual settings of a wire, `false` for none, or what is stated of them. */
function wire<S extends z.ZodType>(settings: S, usual: z.ZodType<boolean, boolean | undefined>) {
  return z
    .union([usual, settings], 'must be true, false or its settings')
    .transform((given): z.output<S> | null => {
      if (given === false) return null
      return given === true ? settings.parse({}) : (given as z.output<S>)
    })
}

/** Reads `profiles`. Problems go into `findings`, and leave a wire off. */
export function readProfiles(written: unknown, mode: Mode, findings: Finding[]): Profiles {
  const usual = z.boolean().prefault(mode === 'development')
  const given = z
    .strictObject({
      basic: wire(basicSettings, usual),
      simplejwt: wire(simpleJwtSettings, usual),
      knock: wire(knockSettings, usual),
      'drf-token': wire(drfTokenSettings, usual),
      djoser: wire(djoserSettings, usual),
      'dj-rest-auth': wire(djRestAuthSettings, usual),
      origins: z.array(origin).default([]),
    })
    .safeParse(written ?? {})
  if (!given.success) {
    for (const { path, message } of given.error.issues.flatMap(innermost)) {
      const place = ['profiles', ...path.map(String)].join('.')
      findings.push(finding(place, 'invalid', `“${place}” ${message}.`))
    }
    return allOff
  }
  const { data: wires } = given
  if (mode === 'production' && wires['dj-rest-auth']?.dangerChangeWithoutOldPassword === true) {
    const place = 'profiles.dj-rest-auth.dangerChangeWithoutOldPassword'
    findings.push(
      finding(place, 'danger', `“${place}” is for development, and not for a server in production.`),
    )
    return allOff
  }
  return {
    origins: wires.origins,
    basic: spoken('basic', wires.basic, findings),
    simplejwt: spoken('simplejwt', wires.simplejwt, findings),
    knock: spoken('knock', wires.knock, findings),
    'drf-token': spoken('drf-token', wires['drf-token'], findings),
    djoser: spoken('djoser', wires.djoser, findings),
    'dj-rest-auth': spoken('dj-rest-auth', wires['dj-rest-auth'], findings),
  }
}

type Issue = Pick<z.core.$ZodIssue, 'path' | 'message'>

/** What is wrong inside of settings that could also have been `true`, rather than that they are neither. */
function innermost(issue: z.core.$ZodIssue): Issue[] {
  const branches = issue.code === 'invalid_union' ? issue.errors : []
  const inside = branches.find((issues) =>
    issues.some(({ path, code }) => path.length > 0 || code === 'custom'),
  )
  if (inside === undefined) return [issue]
  return inside.flatMap(innermost).map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
}

/** Every route of the wires that are on; their clients are made where they are not there yet. */
export async function profileRoutes(
  oauth: OAuthRoom,
  door: ProfileRoom['door'],
  profiles: Profiles & { readonly signUpOpen: boolean },
): Promise<readonly Route[]> {
  const { platform } = oauth
  const { basic: ofBasic, simplejwt, knock: ofKnock, 'drf-token': keys } = profiles
  const room = { platform, door }
  const routes: Route[] = []
  if (ofBasic !== null) {
    await ensureProfileClients(platform, [basic])
    routes.push(...basicRoutes({ ...room, oauth, settings: ofBasic.settings }))
    routes.push(...accountApiRoutes(room, ofBasic.settings))
  }
  if (simplejwt !== null) routes.push(...simpleJwtRoutes(await jwtRoom(oauth, room, simplejwt)))
  if (ofKnock !== null) {
    const { settings, texts } = ofKnock
    const { signingKey } = await keysOf(oauth, { profile: 'knock', algorithm: settings.algorithm }, texts)
    await ensureProfileClients(platform, [knock])
    routes.push(...knockRoutes({ ...room, settings, signingKey }))
  }
  if (keys !== null) {
    await ensureProfileClients(platform, [drfToken])
    routes.push(...drfTokenRoutes({ ...room, resource: keys.settings.resource }, keys.settings.paths))
  }
  const allowsOrigin = callers(platform, profiles)
  // Paths that are stated one by one go before those that follow from a base.
  const taken = new Set(routes.map(({ path }) => path))
  const more = (await routesBelowBases(oauth, room, profiles)).filter(({ path }) => !taken.has(path))
  return [...routes, ...more].map((route) => ({ ...route, allowsOrigin }))
}

/** A room for JSON Web Tokens: one wire with one client, whichever profile speaks it. */
async function jwtRoom(
  oauth: OAuthRoom,
  room: ProfileRoom,
  { settings, texts }: Spoken<SimpleJwtSettings>,
): Promise<SimpleJwtRoom> {
  const { platform, lifetimes } = oauth
  const keys = await keysOf(oauth, { profile: 'simplejwt', algorithm: settings.algorithm }, texts)
  await ensureProfileClients(platform, [simpleJwt])
  return { ...room, lifetimes, settings, keys, runtime: platform.runtime }
}

/**
 * No client is registered for a front end of these wires, so its origin is stated. In development it may be any of this
 * machine.
 */
function callers({ development }: OAuthRoom['platform'], { origins }: Profiles): (origin: string) => boolean {
  const stated = new Set(origins)
  return (asking) => stated.has(asking) || (development && isLoopback(asking))
}

/** The wires of Django with accounts: their keys share one client with those of DRF, their tokens one with Simple JWT. */
async function routesBelowBases(
  oauth: OAuthRoom,
  room: ProfileRoom,
  { signUpOpen, ...profiles }: Profiles & { readonly signUpOpen: boolean },
): Promise<readonly Route[]> {
  const { djoser, 'dj-rest-auth': restAuth, simplejwt } = profiles
  if (djoser === null && restAuth === null) return []
  await ensureProfileClients(room.platform, [drfToken])
  const tokens = async (
    { settings: { jwt: stated }, texts }: Spoken<{ readonly jwt: boolean | SimpleJwtSettings }>,
    ...headerTypes: readonly string[]
  ): Promise<SimpleJwtRoom | null> => {
    if (stated === false) return null
    if (stated !== true) return jwtRoom(oauth, room, { settings: stated, texts })
    const settings = usualJwtSettings(simplejwt?.settings ?? null, headerTypes)
    return jwtRoom(oauth, room, { settings, texts: simplejwt?.texts ?? texts })
  }
  const routes: Route[] = []
  if (djoser !== null) {
    const { settings } = djoser
    const jwt = await tokens(djoser, 'JWT')
    const own = { ...room, settings, signUpOpen, resource: settings.resource, takesKeys: settings.token }
    const admits = (user: User) => isActive({ ...own, jwt }, user)
    routes.push(...djoserRoutes({ ...own, admits, jwt: jwt && { ...jwt, admits } }))
  }
  if (restAuth !== null) {
    const { settings } = restAuth
    const jwt = settings.useJwt ? await tokens(restAuth, 'Bearer') : null
    const own = { ...room, settings, signUpOpen, jwt, resource: settings.resource }
    const knowsOrigin = callers(room.platform, profiles)
    routes.push(...djRestAuthRoutes({ ...own, takesKeys: !settings.useJwt, knowsOrigin }))
  }
  return routes
}

async function keysOf(
  { platform, keyring }: OAuthRoom,
  choice: KeyChoice,
  texts: KeyTexts,
): Promise<ProfileKeys> {
  const { algorithm } = choice
  if (texts.signing === null && isOfKeyring(algorithm)) await keyring.ensure(algorithm)
  return profileKeys(platform, keyring, choice, texts)
}

interface KeyFiles {
  readonly algorithm?: ProfileAlgorithm
  readonly signingKey?: string
  readonly signingKeyFile?: string | undefined
  readonly verifyingKey?: string
  readonly verifyingKeyFiles?: readonly string[]
  readonly paths?: unknown
  readonly resource?: unknown
  /** Tokens of another wire, with files of their own. */
  readonly jwt?: boolean | SimpleJwtSettings
}

/** A wire with its keys; null where it is off, or where a key can't be read. */
function spoken<S extends KeyFiles>(name: Name, settings: S | null, findings: Finding[]): Spoken<S> | null {
  if (settings === null) return null
  const named: KeyFiles = typeof settings.jwt === 'object' ? settings.jwt : settings
  const { signingKey, signingKeyFile, verifyingKey = '', verifyingKeyFiles = [], algorithm } = named
  const place = `profiles.${name}`
  const isNamed = signingKey !== undefined || signingKeyFile !== undefined
  const stated = signingKey === undefined ? null : longEnough(signingKey, `${place}.signingKey`, findings)
  const signing = signingKeyFile === undefined ? stated : textOf(signingKeyFile, place, findings)
  const verifying = [
    ...(verifyingKey === '' ? [] : [longEnough(verifyingKey, `${place}.verifyingKey`, findings)]),
    ...verifyingKeyFiles.map((file) => textOf(file, place, findings)),
  ]
  const known = verifying.filter((text) => text !== null)
  const isWhole = known.length === verifying.length && (signing !== null || !isNamed)
  if (!isWhole) return null
  const texts = { signing, verifying: known }
  const fault = algorithm === undefined ? null : faultOfKeys(texts, algorithm)
  if (fault === null) return { settings, texts }
  findings.push(finding(place, 'invalid', `“${place}” names a key that can’t be used: ${fault}`))
  return null
}

/** The text of a key file without the line end that editors add. */
function textOf(file: string, place: string, findings: Finding[]): string | null {
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    return longEnough(text, place, findings, `: ${file}`)
  } catch {
    findings.push(finding(place, 'unreadable', `“${place}” names a file that can’t be read: ${file}.`))
  }
  return null
}

function longEnough(text: string, place: string, findings: Finding[], where = ''): string | null {
  if (Buffer.byteLength(text) >= 32) return text
  findings.push(finding(place, 'weak', `“${place}” names a key of fewer than 32 bytes${where}.`))
  return null
}

function finding(place: string, code: string, message: string): Finding {
  return { path: `countersign.config: ${place}`, code, message }
}
