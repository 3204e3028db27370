// The forms in which an export is written: our own, and those that Django and Rails read, so that nobody is locked in.
import type { MovedRecord, MovedUser } from './records.ts'

/** A form: what stands before, between and after records, and each record's own text; null leaves it out. */
export interface ExportFormat {
  readonly title: string
  readonly before: string
  readonly between: string
  readonly after: string
  write(record: MovedRecord): string | null
}

/** One JSON object a line. */
const open: ExportFormat = {
  title: 'JSON Lines',
  before: '',
  between: '\n',
  after: '\n',
  write: (record) => JSON.stringify(record),
}

/** A fixture for `manage.py loaddata`. People get numbers there: those of their place in the file. */
function django(): ExportFormat {
  let number = 0
  return {
    title: 'a fixture of Django',
    before: '[\n',
    between: ',\n',
    after: '\n]\n',
    write: (record) => {
      if (record.kind === 'role')
        return JSON.stringify({ model: 'auth.group', fields: { name: record.name, permissions: [] } })
      if (record.kind !== 'user') return null
      number += 1
      return JSON.stringify({ model: 'auth.user', pk: number, fields: djangoFields(record) })
    },
  }
}

function djangoFields(user: MovedUser): Record<string, unknown> {
  const { username, email, claims, name, roles, disabled, createdAt } = user
  const given = typeof claims['given_name'] === 'string' ? claims['given_name'] : name
  const family = typeof claims['family_name'] === 'string' ? claims['family_name'] : ''
  return {
    username: username ?? email ?? user.id,
    email: email ?? '',
    first_name: given.slice(0, 150),
    last_name: family.slice(0, 150),
    password: djangoHash(user.passwordHash),
    is_active: !disabled,
    is_staff: roles.includes('staff'),
    is_superuser: roles.includes('superuser'),
    date_joined: isoOf(createdAt),
    groups: roles.filter((role) => role !== 'staff' && role !== 'superuser').map((role) => [role]),
    user_permissions: [],
  }
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
    before: 'email,username,name,password_digest,created_at\n',
    between: '\n',
    after: '\n',
    write: (record) => {
      if (record.kind !== 'user') return null
      const { email, username, name, passwordHash, createdAt } = record
      const bcrypt = passwordHash?.replace(/^bcrypt\$/, '') ?? ''
      const digest = /^\$2[aby]\$/.test(bcrypt) ? bcrypt : ''
      return [email ?? '', username ?? '', name, digest, isoOf(createdAt)].map(csvField).join(',')
    },
  }
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
  django,
  rails,
} as const satisfies Record<string, () => ExportFormat>
