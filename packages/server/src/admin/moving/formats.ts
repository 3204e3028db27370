// The forms in which an export is written: our own, and those that Django and Rails read, so that nobody is locked in.
import { base32Bytes } from '../../accounts/factors/base32.ts'
import type { MovedRecord, MovedTotp, MovedUser } from './records.ts'
import { roleNameOf } from './world.ts'

/** A form: what stands before, between and after records, and each record's own text; null leaves it out. */
export interface ExportFormat {
  readonly title: string
  readonly before: string
  readonly between: string
  readonly after: string
  /** How often all records are gone through; 1 unless said. */
  readonly passes?: number
  /** Whether who reads it lets people in by such a hash. Every one, unless said. */
  readsHash?(hash: string): boolean
  /** What reading it does to people who have no password here, where it does anything. */
  readonly withoutHash?: string
  /** @param pass the first is 0 */
  write(record: MovedRecord, pass: number): string | null
}

/** One JSON object a line. */
const open: ExportFormat = {
  title: 'JSON Lines',
  before: '',
  between: '\n',
  after: '\n',
  write: (record) => JSON.stringify(record),
}

/**
 * A fixture for `manage.py loaddata`. Who has a number of Django's keeps it; the others are found by their names there, or
 * are new. Of groups nothing is said but their names, so that they keep their permissions.
 */
function django({ otp }: { readonly otp: boolean }): ExportFormat {
  // What a group was called before it became a role stands in the role’s description: roles come first.
  const groups = new Map<string, string>()
  const lines = (record: MovedRecord, pass: number): object[] => {
    if (record.kind === 'role') {
      if (pass > 0) return []
      const { name, description } = record
      if (permissionKey(name) !== null || isOwnRole(name)) return []
      const group = roleNameOf(description) === name ? description : name
      groups.set(name, group)
      return [{ model: 'auth.group', fields: { name: group } }]
    }
    if (record.kind !== 'user') return []
    const number = record.numbers['simplejwt']
    // Django gives the others the next free numbers: those of before have to be there by then.
    if ((number === undefined) !== (pass === 1)) return []
    const user = {
      model: 'auth.user',
      ...(number !== undefined && { pk: number }),
      fields: djangoFields(record, groups),
    }
    return otp && record.totp !== null ? [user, ...djangoDevice(record, record.totp)] : [user]
  }
  return {
    title: 'a fixture of Django',
    readsHash: (hash) => djangoHash(hash) !== '!',
    withoutHash: 'loaddata takes away any that Django has of them',
    before: '[\n',
    between: ',\n',
    after: '\n]\n',
    passes: 2,
    write: (record, pass) =>
      lines(record, pass)
        .map((line) => JSON.stringify(line))
        .join(',\n') || null,
  }
}

function isOwnRole(role: string): boolean {
  return role === 'staff' || role === 'superuser'
}

/** The natural key of one of the permissions that Django makes for every model; null for any other role. */
function permissionKey(role: string): readonly [codename: string, app: string, model: string] | null {
  const [, app, codename, model] = /^([a-z_]\w*)\.((?:add|change|delete|view)_(\w+))$/.exec(role) ?? []
  return app === undefined || codename === undefined || model === undefined ? null : [codename, app, model]
}

function djangoName({ username, email, id }: MovedUser): string {
  return username ?? email ?? id
}

function djangoFields(user: MovedUser, groups: ReadonlyMap<string, string>): Record<string, unknown> {
  const { username, email, claims, name, roles, disabled, createdAt } = user
  // Whoever has no name is shown by what they sign in with: that is none.
  const shown = name === username || name === email ? '' : name
  const given = typeof claims['given_name'] === 'string' ? claims['given_name'] : shown
  const family = typeof claims['family_name'] === 'string' ? claims['family_name'] : ''
  const permissions = roles.map(permissionKey).filter((key) => key !== null)
  return {
    username: djangoName(user),
    email: email ?? '',
    first_name: firstLetters(given),
    last_name: firstLetters(family),
    password: djangoHash(user.passwordHash),
    is_active: !disabled,
    is_staff: roles.includes('staff'),
    is_superuser: roles.includes('superuser'),
    date_joined: isoOf(createdAt),
    groups: roles
      .filter((role) => !isOwnRole(role) && permissionKey(role) === null)
      .map((role) => [groups.get(role) ?? role]),
    user_permissions: permissions,
  }
}

/** As many as its columns hold, each of them whole: half of one is no text that a database takes. */
function firstLetters(text: string): string {
  return [...text].slice(0, 150).join('')
}

/** django-otp makes its codes with SHA-1 alone. */
function djangoDevice(user: MovedUser, { secret, algorithm, digits, period, lastStep }: MovedTotp): object[] {
  const key = base32Bytes(secret)
  if (key === null || algorithm !== 'SHA-1') return []
  const shape = {
    step: period,
    t0: 0,
    digits,
    tolerance: 1,
    drift: 0,
    last_t: lastStep === 0 ? -1 : lastStep,
  }
  return [
    {
      model: 'otp_totp.totpdevice',
      fields: {
        user: [djangoName(user)],
        name: 'default',
        confirmed: true,
        key: Buffer.from(key).toString('hex'),
        ...shape,
      },
    },
  ]
}

/** Django reads argon2, bcrypt and its own forms, each under the name of its hasher; what it can't read is no password. */
function djangoHash(hash: string | null): string {
  if (hash === null) return '!'
  if (/^\$argon2/.test(hash)) return `argon2${hash}`
  if (/^\$2[aby]\$/.test(hash)) return `bcrypt$${hash}`
  return /^(?:pbkdf2_sha256|pbkdf2_sha1|argon2|bcrypt|bcrypt_sha256|scrypt|md5)\$/.test(hash) ? hash : '!'
}

/** A table for a Rails application: `password_digest` is filled where has_secure_password can read it, which is bcrypt. */
function rails(): ExportFormat {
  return {
    title: 'a table for Rails (CSV)',
    readsHash: (hash) => railsDigest(hash) !== '',
    before: 'id,email,username,name,password_digest,roles,disabled,created_at\n',
    between: '\n',
    after: '\n',
    write: (record) => {
      if (record.kind !== 'user') return null
      const { email, username, name, passwordHash, createdAt, roles, disabled, numbers } = record
      const digest = railsDigest(passwordHash ?? '')
      const id = String(numbers['knock user'] ?? '')
      return [
        id,
        email ?? '',
        username ?? '',
        name,
        digest,
        roles.join(' '),
        String(disabled),
        isoOf(createdAt),
      ]
        .map(csvField)
        .join(',')
    },
  }
}

function railsDigest(hash: string): string {
  const bcrypt = hash.replace(/^bcrypt\$/, '')
  return /^\$2[aby]\$/.test(bcrypt) ? bcrypt : ''
}

/** RFC 4180 §2. What begins as a formula is shown as text by programs that calculate. */
function csvField(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

function isoOf(createdAt: number | null): string {
  return new Date((createdAt ?? 0) * 1000).toISOString().replace('.000Z', 'Z')
}

/** By the name that the command line knows each by; made anew for each export. */
export const exportFormats = {
  countersign: () => open,
  django: () => django({ otp: false }),
  /** With the devices of django-otp, which has to be installed where it is loaded. */
  'django-otp': () => django({ otp: true }),
  rails,
} as const satisfies Record<string, () => ExportFormat>
