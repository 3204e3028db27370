// Reads the settings of the table: from the environment, then from `countersign.config.ts`, then the default. All
// problems are found together; the result is frozen, and remembers where each value came from.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LazySettings } from '../admin/moving/lazy/ask-elsewhere.ts'
import type { ProfileName } from '../oauth/profiles/rules.ts'
import type { RegistrationMode, RegistrationSettings } from '../oauth/registration/rules.ts'
import { isWithin } from '../platform/http/issuer.ts'
import type { SecondFactorRule } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'
import type { SignUpRule } from '../signin/sign-in.routes.ts'
import { type UpstreamSettings, upstreamSettings } from '../signin/upstreams/settings.ts'
import { exchangeFindings } from './exchange.ts'
import { type MailSettings, mailIsOpen, readMail } from './mail.ts'
import { readMoving } from './moving.ts'
import { type Profiles, readProfiles } from './profiles.ts'
import { type Entry, type Key, knownVariables, prefixOf, table, upstreamParts } from './settings-table.ts'
import { closest } from './spelling.ts'

/** What the server is run for: trying things out on one’s own machine, or serving people. */
export type Mode = 'development' | 'production'

/** A problem with the configuration: where, which, and what to do about it, in people’s words. */
export interface Finding {
  readonly path: string
  readonly code: string
  readonly message: string
}

/** Every setting, complete: what nobody gave has its default. */
export interface Settings {
  readonly mode: Mode
  /** The issuer: an origin. */
  readonly url: string
  /** The newest first. */
  readonly secrets: readonly Secret[]
  readonly database: Secret
  readonly host: string
  readonly port: number
  readonly bankPort: number
  /** Whether the sample bank is started beside the server; whoever starts it says so. */
  readonly withBank?: boolean
  readonly workers: number
  readonly logLevel: string
  readonly data: string
  readonly trustProxy: readonly string[]
  /** The domain that passkeys are bound to; undefined for the issuer's host. */
  readonly passkeyDomain: string | undefined
  readonly otherHosts: readonly string[]
  /** Networks that may be called beside the internet, as CIDR ranges. */
  readonly networks: readonly string[]
  /** File of this server's certificate; undefined where a proxy ends TLS. */
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  /** The port at which clients are asked for certificates (RFC 8705). */
  readonly mtlsPort: number | undefined
  /** Where clients show certificates, if that is another address than the issuer's: an origin. */
  readonly mtlsUrl: string | undefined
  /** File of the authorities that vouch for clients' certificates. */
  readonly clientCa: string | undefined
  /** The header in which trusted proxies tell a client's certificate, in lower case. */
  readonly clientCertHeader: string | undefined
  readonly managementPort: number | undefined
  readonly mail: MailSettings
  /** The rules that this server is run by. */
  readonly profile: ProfileName
  /** Whether APIs and clients may have their tokens encrypted (RFC 7516). */
  readonly encryptedTokens: boolean
  /** Whether clients may register themselves, and what for; what is not said follows from the profile. */
  readonly registration: RegistrationSettings
  /** Whether DPoP proofs have to name a nonce of this server (RFC 9449 §8). */
  readonly dpopNonces: boolean
  /** How people create accounts themselves. */
  readonly signUp: SignUpRule
  /** Whether people may have a second factor, or must. */
  readonly secondFactor: SecondFactorRule
  readonly clock: 'system' | 'test'
  readonly bootstrapAdmin: { readonly email: string; readonly password: Secret } | undefined
  readonly upstreams: UpstreamSettings
  /** The wires of others that are spoken. */
  readonly profiles: Profiles
  /** Systems that are asked about people who are not here yet. */
  readonly moving: LazySettings
}

/** What was read, and what is to be said of it. */
export interface Loaded {
  readonly settings: Settings
  readonly findings: readonly Finding[]
  /** Every value as text with its origin; secrets hidden. */
  readonly printed: readonly { name: string; value: string; origin: string; about: string }[]
}

/** Where settings come from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly config: Readonly<Record<string, unknown>>
  readonly mode: Mode
}

/** Reads every source. Findings never stop the reading: the caller decides what to refuse. */
export function loadSettings({ env, config, mode }: Sources): Loaded {
  const findings: Finding[] = [
    ...unknownVariables(env),
    ...unknownKeys(config),
    ...exchangeFindings(config['exchange']),
  ]
  const origins = new Map<string, string>()
  const values: Partial<Record<Key, unknown>> = {}
  for (const [name, entry] of Object.entries(table) as [Key, Entry][]) {
    const found = rawValue(name, entry, env, config, findings)
    if (found === undefined) continue
    const parsed = entry.schema.safeParse(found.value)
    if (parsed.success) {
      values[name] = parsed.data
      origins.set(name, found.origin)
    } else {
      const why = parsed.error.issues[0]?.message ?? 'is not valid'
      findings.push({ path: found.origin, code: 'invalid', message: `${found.origin} ${why}.` })
    }
  }
  checkPasskeyDomain(values, origins, findings)
  const settings = complete(values, mode, {
    upstreams: readUpstreams(env, config, findings, origins),
    profiles: readProfiles(config['profiles'], mode, findings),
    mail: readMail(config['mail'], values, findings),
    moving: readMoving(config['moving'], mode, findings),
  })
  checkSignUp(settings, origins, findings)
  return { settings, findings, printed: printed(settings, values, origins) }
}

function checkSignUp(settings: Settings, origins: ReadonlyMap<string, string>, findings: Finding[]): void {
  if (settings.signUp !== 'confirmed' || mailIsOpen(settings)) return
  const origin = origins.get('signUp') ?? 'signUp'
  const message = `${origin} asks for proven addresses, and no mail can be sent: set SMTP_URL as well.`
  findings.push({ path: origin, code: 'mail_closed', message })
}

/** Browsers bind passkeys to the page's own host or to a parent of it, and to nothing else. */
function checkPasskeyDomain(
  values: Partial<Record<Key, unknown>>,
  origins: ReadonlyMap<string, string>,
  findings: Finding[],
): void {
  const { passkeyDomain: domain, url = 'http://localhost' } = values as {
    passkeyDomain?: string
    url?: string
  }
  if (domain === undefined || isWithin(new URL(url).hostname, domain)) return
  const origin = origins.get('passkeyDomain') ?? 'passkeyDomain'
  const message = `${origin} is not the host of this server’s address, nor a parent of it: no browser would have passkeys for it.`
  findings.push({ path: origin, code: 'passkey_domain', message })
  delete values.passkeyDomain
}

function complete(
  values: Partial<Record<Key, unknown>>,
  mode: Mode,
  parts: Pick<Settings, 'upstreams' | 'profiles' | 'mail' | 'moving'>,
): Settings {
  const given = <T>(key: Key, fallback: T): T => (values[key] as T | undefined) ?? fallback
  const folder = given('data', '.countersign')
  const listenPort = given('port', 4400)
  const secrets = [
    ...(values.secret === undefined ? [] : [values.secret as string]),
    ...given<string[]>('secrets', []),
  ]
  const email = values.bootstrapAdminEmail as string | undefined
  const password = values.bootstrapAdminPassword as string | undefined
  return Object.freeze({
    mode,
    url: given('url', `${values.tlsCert === undefined ? 'http' : 'https'}://localhost:${listenPort}`),
    secrets: [...new Set(secrets)].map((value) => new Secret(value)),
    database: new Secret(
      given('database', `file:${join(folder, mode === 'development' ? 'dev.db' : 'countersign.db')}`),
    ),
    host: given('host', mode === 'development' ? 'localhost' : '0.0.0.0'),
    port: listenPort,
    bankPort: given('bankPort', 4401),
    workers: given('workers', 1),
    logLevel: given('logLevel', mode === 'development' ? 'warn' : 'info'),
    data: folder,
    trustProxy: given<string[]>('trustProxy', []),
    passkeyDomain: values.passkeyDomain as string | undefined,
    otherHosts: given<string[]>('otherHosts', []),
    networks: given<string[]>('networks', []),
    tlsCert: values.tlsCert as string | undefined,
    tlsKey: values.tlsKey as string | undefined,
    mtlsPort: values.mtlsPort as number | undefined,
    mtlsUrl: values.mtlsUrl as string | undefined,
    clientCa: values.clientCa as string | undefined,
    clientCertHeader: values.clientCertHeader as string | undefined,
    managementPort: values.managementPort as number | undefined,
    profile: given('profile', 'default'),
    encryptedTokens: given('encryptedTokens', false),
    registration: registrationIn(values),
    dpopNonces: given('dpopNonces', false),
    signUp: given('signUp', mailIsOpen({ mode, mail: parts.mail }) ? 'confirmed' : 'open'),
    secondFactor: given('secondFactor', 'optional'),
    clock: given('clock', 'system'),
    bootstrapAdmin:
      email === undefined || password === undefined ? undefined : { email, password: new Secret(password) },
    ...parts,
  })
}

function registrationIn(values: Partial<Record<Key, unknown>>): RegistrationSettings {
  return {
    mode: values.registration as RegistrationMode | undefined,
    scopes: values.registrationScopes as string[] | undefined,
    hosts: values.registrationHosts as string[] | undefined,
    most: values.registrationLimit as number | undefined,
  }
}

function rawValue(
  name: Key,
  entry: Entry,
  env: Sources['env'],
  config: Sources['config'],
  findings: Finding[],
): { value: unknown; origin: string } | undefined {
  const direct = env[entry.env]
  if (direct !== undefined && direct !== '') return { value: direct, origin: entry.env }
  const file = entry.secret === true || entry.file === true ? env[`${entry.env}_FILE`] : undefined
  if (file !== undefined && file !== '') return fromFile(`${entry.env}_FILE`, file, findings)
  const written = config[name]
  return written === undefined ? undefined : { value: written, origin: `countersign.config: ${name}` }
}

function fromFile(
  origin: string,
  file: string,
  findings: Finding[],
): { value: string; origin: string } | undefined {
  try {
    return { value: readFileSync(file, 'utf8').trimEnd(), origin }
  } catch {
    const message = existsSync(file)
      ? `${origin} names a file that can’t be read.`
      : `${origin} names a file that does not exist.`
    findings.push({ path: origin, code: 'unreadable_file', message })
    return undefined
  }
}

function readUpstreams(
  env: Sources['env'],
  config: Sources['config'],
  findings: Finding[],
  origins: Map<string, string>,
): UpstreamSettings {
  const written = ((config['signIn'] as { upstreams?: Record<string, unknown> } | undefined)?.upstreams ??
    {}) as Record<string, Record<string, unknown>>
  const result: Record<string, unknown> = {}
  for (const [id, schema] of Object.entries(upstreamSettings)) {
    const prefix = prefixOf(id)
    const candidate: Record<string, unknown> = { ...written[id] }
    for (const part of upstreamParts) {
      const direct = env[`${prefix}_${part}`]
      const file = part === 'SECRET' ? env[`${prefix}_SECRET_FILE`] : undefined
      const value =
        direct ?? (file === undefined ? undefined : fromFile(`${prefix}_SECRET_FILE`, file, findings)?.value)
      if (value !== undefined && value !== '') candidate[part.toLowerCase()] = value
    }
    if (Object.keys(candidate).length === 0) continue
    const parsed = schema.safeParse(candidate)
    if (parsed.success) {
      result[id] = parsed.data
      origins.set(
        `signIn.upstreams.${id}`,
        env[`${prefix}_ID`] === undefined ? 'countersign.config' : `${prefix}_*`,
      )
      continue
    }
    for (const issue of parsed.error.issues) {
      const where = `${prefix}_${String(issue.path[0] ?? '').toUpperCase()}`
      findings.push({
        path: where,
        code: 'invalid',
        message: `${where} is missing or not valid: the “${id}” upstream needs it.`,
      })
    }
  }
  return result as UpstreamSettings
}

function unknownVariables(env: Sources['env']): Finding[] {
  const known = knownVariables()
  return Object.keys(env)
    .filter((name) => name.startsWith('COUNTERSIGN_') && !known.includes(name))
    .map((name) => ({
      path: name,
      code: 'unknown_variable',
      message: `${name} is not a setting.${meant(name, known)}`,
    }))
}

function unknownKeys(config: Sources['config']): Finding[] {
  const forbidden: readonly string[] = ['secret', 'secrets', 'bootstrapAdminPassword']
  const known = [
    ...Object.keys(table).filter((key) => !forbidden.includes(key)),
    'signIn',
    'exchange',
    'profiles',
    'moving',
    'mail',
  ]
  return Object.keys(config)
    .filter((key) => !known.includes(key))
    .map((key) =>
      forbidden.includes(key)
        ? {
            path: `countersign.config: ${key}`,
            code: 'secret_in_file',
            message: `“${key}” is a secret: give it by ${table[key as Key].env} or ${table[key as Key].env}_FILE.`,
          }
        : {
            path: `countersign.config: ${key}`,
            code: 'unknown_key',
            message: `“${key}” is not a setting.${meant(key, known)}`,
          },
    )
}

function meant(name: string, known: readonly string[]): string {
  const best = closest(name, known)
  return best === undefined ? '' : ` Did you mean ${best}?`
}

function printed(
  settings: Settings,
  values: Partial<Record<Key, unknown>>,
  origins: Map<string, string>,
): Loaded['printed'] {
  const shown: Readonly<Record<string, unknown>> = {
    ...settings,
    database: withoutPassword(settings.database.reveal()),
    smtpUrl: withoutPassword(settings.mail.smtpUrl?.reveal() ?? ''),
    mailFrom: settings.mail.from,
    registration: settings.registration.mode,
    registrationScopes: settings.registration.scopes,
    registrationHosts: settings.registration.hosts,
    registrationLimit: settings.registration.most,
    secret: values.secret === undefined ? undefined : '[secret]',
    secrets: values.secrets === undefined ? undefined : '[secret]',
    bootstrapAdminEmail: values.bootstrapAdminEmail,
    bootstrapAdminPassword: values.bootstrapAdminPassword === undefined ? undefined : '[secret]',
  }
  const plain = (Object.entries(table) as [Key, Entry][]).map(([name, { about }]) => ({
    name,
    value: text(shown[name]),
    origin: origins.get(name) ?? 'default',
    about,
  }))
  const providers = Object.keys(settings.upstreams).map((id) => ({
    name: `signIn.upstreams.${id}`,
    value: 'on',
    origin: origins.get(`signIn.upstreams.${id}`) ?? 'default',
    about: 'sign in with this provider',
  }))
  return [...plain, ...providers]
}

function text(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return Array.isArray(value) ? value.join(', ') : String(value)
}

/** Also of an address that nobody can read, and of one that says its password behind the question mark, as drivers take it. */
function withoutPassword(url: string): string {
  return url
    .replace(/^(\w[\w+.-]*:\/\/[^:/?#@]*):.*@/s, '$1:[secret]@')
    .replace(/([?&]\w*password=)[^&#]*/gi, '$1[secret]')
}
