// What a person sees when a server is up: every address, who may sign in, and nothing else.
import type { Development } from '../development.ts'
import { isRealUpstream } from '../development.ts'
import { hasMailbox, mailIsOpen } from '../mail.ts'
import { seededPassword, seededPeople } from '../seed.ts'
import type { Settings } from '../settings.ts'
import { version } from '../version.ts'
import { bold, columns, cyan, dim } from './terminal.ts'

interface Banner {
  readonly value: unknown
  readonly lines: readonly string[]
}

/** What `countersign dev` says once it answers. */
export function developmentBanner(
  settings: Settings,
  { issuer, bank }: Development,
  readyMs: number,
): Banner {
  const simulated = ['google', 'facebook', 'oidc'].filter((id) => !isRealUpstream(settings, id))
  const value = {
    ready: true,
    issuer,
    bank,
    signIn: `${issuer}/sign-in`,
    account: `${issuer}/account`,
    metadata: `${issuer}/.well-known/openid-configuration`,
    ...(hasMailbox(settings) ? { mailbox: `${issuer}/dev/mailbox` } : {}),
    simulators: simulated.map((id) => `${issuer}/dev/idp/${id}`),
    people: seededPeople.map(({ username }) => username),
    password: seededPassword,
  }
  const addresses = [
    ...(bank === null ? [] : [['Sample bank', cyan(bank)]]),
    ['Sign in', cyan(value.signIn)],
    ['Account', cyan(value.account)],
    ['Metadata', cyan(value.metadata)],
    ...(value.mailbox === undefined ? [] : [['Mailbox', cyan(value.mailbox)]]),
    ...(simulated.length === 0
      ? []
      : [['Simulated', `${simulated.join(', ')}  ${dim(`at ${issuer}/dev/idp/…`)}`]]),
  ]
  return {
    value,
    lines: [
      '',
      headline(settings, readyMs),
      '',
      ...columns(addresses),
      '',
      ...columns([['People', `${value.people.join(', ')}  ${dim('password')} ${seededPassword}`]]),
      '',
      dim('  For development only: everything above is public. Ctrl+C stops.'),
      '',
    ],
  }
}

/** What `countersign start` says once it answers. */
export function productionBanner(settings: Settings, port: number, readyMs: number): Banner {
  return {
    value: {
      ready: true,
      issuer: settings.url,
      port,
      workers: settings.workers,
      mail: mailIsOpen(settings) ? 'open' : 'closed',
    },
    lines: [
      headline(settings, readyMs),
      ...columns([
        ['Issuer', settings.url],
        [
          'Listening',
          `${settings.host}:${port}${settings.workers > 1 ? `, ${settings.workers} workers` : ''}`,
        ],
        ...(mailIsOpen(settings)
          ? []
          : [['Mail', 'closed: nobody can be sent a new password. Set SMTP_URL to open it.']]),
      ]),
    ],
  }
}

function headline(settings: Settings, readyMs: number): string {
  const url = settings.database.reveal()
  const engine = url.startsWith('postgres') ? 'PostgreSQL' : `SQLite ${url.replace(/^file:/, '')}`
  return `  ${bold(`Countersign ${version}`)}  ready in ${Math.round(readyMs)} ms  ${dim(`(${engine}, Node ${process.versions.node})`)}`
}
