// The table of every plain setting: where its value may come from, and what it must look like.
import { z } from 'zod'
import { profileNames } from '../oauth/profiles/rules.ts'
import { registrationModes } from '../oauth/registration/rules.ts'
import { networkOf } from '../platform/http/egress.ts'
import type { Carrier } from '../platform/mail/carrier.ts'
import { readSender, readSmtpUrl } from '../platform/mail/smtp-address.ts'
import { type UpstreamSettings, upstreamSettings } from '../signin/upstreams/settings.ts'
import type { ExchangeSettings } from './exchange.ts'
import type { MovingConfig } from './moving.ts'
import type { ProfilesConfig } from './profiles.ts'

const address = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an http(s) address',
  )
  .refine(
    (text) => URL.canParse(text) && new URL(text).pathname === '/' && new URL(text).search === '',
    'must have no path',
  )
  .transform((text) => new URL(text).origin)
const whole = (least: number, most: number, what = 'whole number') => {
  const error = `must be a ${what} from ${least} to ${most}`
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error })
}
const port = whole(0, 65_535, 'port')
const list = z.union([z.array(z.string()), z.string().transform(commaSeparated)])
const network = z.string().refine((text) => networkOf(text) !== null, 'must be a network such as 10.0.0.0/8')
const yesOrNo = z.union(
  [z.boolean(), z.stringbool({ truthy: ['on', 'true', '1'], falsy: ['off', 'false', '0'] })],
  'must be on or off',
)
const secret = z
  .string()
  .min(32, 'must have at least 32 characters; `openssl rand -base64 48` makes a good one')
/** Headers that say something else. */
const ownHeaders = [
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'dpop',
  'host',
  'x-forwarded-for',
]
const databaseUrl = z
  .string()
  .refine(
    (text) => /^(file:|postgres(ql)?:\/\/|:memory:$)/.test(text),
    'must begin with file: or postgres://',
  )
  .refine(
    isReadable,
    'is no address as postgres://user:password@host/database: signs such as # / ? @ % in a password are written %23 %2F %3F %40 %25',
  )

/** Whether the driver of PostgreSQL reads it as well: the host may be left out, for a socket. */
function isReadable(url: string): boolean {
  return !url.startsWith('postgres') || URL.canParse(url) || URL.canParse(url.replace('@/', '@socket/'))
}

/** A row of the table. */
export interface Entry {
  readonly env: string
  readonly schema: z.ZodType
  /** It may also come from a file named by `<ENV>_FILE`, and is never printed. */
  readonly secret?: true
  /** It may also come from such a file, though it is no secret. */
  readonly file?: true
  /** What it is, for whoever reads the list of settings. */
  readonly about: string
}

/** Every plain setting, by its name in the configuration file. */
export const table = {
  url: { env: 'COUNTERSIGN_URL', schema: address, about: 'the issuer: the public address of this server' },
  secret: {
    env: 'COUNTERSIGN_SECRET',
    schema: secret,
    secret: true,
    about: 'root of every encryption and form token',
  },
  secrets: {
    env: 'COUNTERSIGN_SECRETS',
    schema: list.pipe(z.array(secret)),
    secret: true,
    about: 'for rotation: the newest first, older ones only open',
  },
  database: {
    env: 'DATABASE_URL',
    schema: databaseUrl,
    secret: true,
    about: 'file:… (embedded) or postgres://…',
  },
  host: { env: 'HOST', schema: z.string(), about: 'the address to listen on' },
  port: { env: 'PORT', schema: port, about: 'the port to listen on' },
  bankPort: { env: 'BANK_PORT', schema: port, about: 'the sample bank’s port (development)' },
  workers: {
    env: 'WEB_CONCURRENCY',
    schema: whole(1, 256),
    about: 'processes that share the port',
  },
  logLevel: {
    env: 'LOG_LEVEL',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    about: 'how much is logged',
  },
  data: { env: 'COUNTERSIGN_DATA', schema: z.string(), about: 'the folder of the embedded database' },
  trustProxy: {
    env: 'COUNTERSIGN_TRUST_PROXY',
    schema: list,
    about: 'proxies whose X-Forwarded-For is believed, as CIDR ranges',
  },
  passkeyDomain: {
    env: 'COUNTERSIGN_PASSKEY_DOMAIN',
    schema: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a host name such as example.com'),
    about:
      'the domain that passkeys are bound to, where it is a parent of the issuer’s host; never change it',
  },
  otherHosts: {
    env: 'COUNTERSIGN_HOSTS',
    schema: list,
    about: 'further host names that may reach this server',
  },
  networks: {
    env: 'COUNTERSIGN_NETWORKS',
    schema: list.pipe(z.array(network)),
    about: 'private networks that may be called beside the internet, as CIDR ranges',
  },
  tlsCert: {
    env: 'COUNTERSIGN_TLS_CERT',
    schema: z.string(),
    about: 'file of this server’s certificate and its chain (PEM): it then speaks TLS itself',
  },
  tlsKey: {
    env: 'COUNTERSIGN_TLS_KEY',
    schema: z.string(),
    about: 'file of that certificate’s private key (PEM)',
  },
  mtlsPort: {
    env: 'COUNTERSIGN_MTLS_PORT',
    schema: port,
    about: 'the port at which clients are asked for certificates; may be PORT',
  },
  mtlsUrl: {
    env: 'COUNTERSIGN_MTLS_URL',
    schema: address,
    about: 'the address at which clients show certificates, where it is not the issuer’s',
  },
  clientCa: {
    env: 'COUNTERSIGN_TLS_CLIENT_CA',
    schema: z.string(),
    about: 'file of the authorities that vouch for clients’ certificates (PEM)',
  },
  clientCertHeader: {
    env: 'COUNTERSIGN_CLIENT_CERT_HEADER',
    schema: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'must be the name of a header')
      .transform((name) => name.toLowerCase())
      .refine((name) => !ownHeaders.includes(name), 'must be a header of its own'),
    about: 'the header in which trusted proxies tell a client’s certificate',
  },
  smtpUrl: {
    env: 'SMTP_URL',
    schema: z
      .string()
      .refine(
        (text) => readSmtpUrl(text) !== null,
        'must look like smtps://user:password@host or smtp://host:25',
      ),
    secret: true,
    about: 'the mail server that takes our letters: smtps://… or smtp://… (STARTTLS)',
  },
  mailFrom: {
    env: 'MAIL_FROM',
    schema: z
      .string()
      .refine((text) => readSender(text) !== null, 'must look like Example <no-reply@example.com>'),
    file: true,
    about: 'who our letters are from',
  },
  managementPort: {
    env: 'COUNTERSIGN_MANAGEMENT_PORT',
    schema: port,
    about: 'moves /livez and /readyz to a port of their own',
  },
  profile: {
    env: 'COUNTERSIGN_PROFILE',
    schema: z.enum(profileNames),
    about: 'the rules to run by: default, fapi2, mcp, or conformance (tests)',
  },
  registration: {
    env: 'COUNTERSIGN_REGISTRATION',
    schema: z.enum(registrationModes),
    about: 'whether clients may register themselves: off, with a token of yours, or open to anyone',
  },
  registrationScopes: {
    env: 'COUNTERSIGN_REGISTRATION_SCOPES',
    schema: list,
    about: 'scopes of your APIs that such clients may ask for; `all` for every one',
  },
  registrationHosts: {
    env: 'COUNTERSIGN_REGISTRATION_HOSTS',
    schema: list,
    about: 'hosts that redirect URIs of such clients may be at',
  },
  registrationLimit: {
    env: 'COUNTERSIGN_REGISTRATION_LIMIT',
    schema: whole(0, 1_000_000_000),
    about: 'how many clients may have registered themselves',
  },
  signUp: {
    env: 'COUNTERSIGN_SIGN_UP',
    schema: z.enum(['confirmed', 'open', 'closed']),
    about:
      'how people create accounts: with a proven address (where mail can be sent, unless told), at once, or not at all',
  },
  secondFactor: {
    env: 'COUNTERSIGN_SECOND_FACTOR',
    schema: z.enum(['optional', 'required']),
    about:
      '`required`: nobody gets a session without a second factor; who has none sets one up at the sign-in',
  },
  encryptedTokens: {
    env: 'COUNTERSIGN_ENCRYPTED_TOKENS',
    schema: yesOrNo,
    about: '`on` lets APIs and clients have tokens encrypted to their keys',
  },
  dpopNonces: {
    env: 'COUNTERSIGN_DPOP_NONCES',
    schema: yesOrNo,
    about: '`on` asks for a nonce of this server in every DPoP proof',
  },
  clock: {
    env: 'COUNTERSIGN_CLOCK',
    schema: z.enum(['system', 'test']),
    about: '`test` adds POST /dev/clock (development)',
  },
  bootstrapAdminEmail: {
    env: 'COUNTERSIGN_BOOTSTRAP_ADMIN_EMAIL',
    schema: z.email(),
    about: 'read only while no administrator exists',
  },
  bootstrapAdminPassword: {
    env: 'COUNTERSIGN_BOOTSTRAP_ADMIN_PASSWORD',
    schema: z.string(),
    secret: true,
    about: 'read only while no administrator exists',
  },
} as const satisfies Record<string, Entry>

/** The name of a plain setting. */
export type Key = keyof typeof table

/** What an operator writes in `countersign.config.ts`, through `defineConfig`. */
export type Config = {
  readonly [K in Exclude<Key, 'secret' | 'secrets' | 'bootstrapAdminPassword'>]?: z.input<
    (typeof table)[K]['schema']
  >
} & {
  readonly signIn?: { readonly upstreams?: UpstreamSettings }
  /** With whom signed messages are exchanged (`countersign jwt sign --partner`). */
  readonly exchange?: ExchangeSettings
  /** The wires of others that this server speaks, such as `simplejwt`. */
  readonly profiles?: ProfilesConfig
  /** Systems that are asked about people who are not here yet. */
  readonly moving?: MovingConfig
  /** Carries every letter, instead of SMTP_URL. */
  readonly mail?: Carrier
}

/** What may stand behind `COUNTERSIGN_<PROVIDER>_`; a provider is on when its id and secret are given. */
export const upstreamParts = ['ID', 'SECRET', 'ISSUER', 'NAME'] as const
/** How the environment names of a provider begin. */
export const prefixOf = (provider: string): string => `COUNTERSIGN_${provider.toUpperCase()}`

/** Every environment name that we read. */
export function knownVariables(): string[] {
  const plain = Object.values(table as Record<string, Entry>).flatMap(({ env, secret: isSecret, file }) =>
    isSecret || file ? [env, `${env}_FILE`] : [env],
  )
  const providers = Object.keys(upstreamSettings)
    .map(prefixOf)
    .flatMap((prefix) => [...upstreamParts.map((part) => `${prefix}_${part}`), `${prefix}_SECRET_FILE`])
  // The SDK's, which may stand in the same environment, and those of the project's own test run.
  const others = [
    'ISSUER',
    'AUDIENCE',
    'CLIENT_ID',
    'CLIENT_SECRET',
    'BROWSER',
    'SCREENSHOTS',
    'TEST_POSTGRES',
  ].map((name) => `COUNTERSIGN_${name}`)
  return [...plain, ...providers, ...others]
}

function commaSeparated(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
