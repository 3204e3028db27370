// What `countersign start` refuses and `countersign doctor` explains: settings that would make a production server
// unsafe. Every finding says how to mend it (SC-13).
import { profiles } from '../oauth/profiles/rules.ts'
import type { Finding, Settings } from './settings.ts'

/** Words that people leave in place of a secret. */
const placeholders = /change.?me|secret.?secret|password|example|default|test|12345|abcdef|your.?secret|todo/i

/** Most processes that write one file without waiting for each other most of the time. */
const mostFileWorkers = 8

/** @returns every reason not to serve people with these settings, all at once. */
export function unsafeSettings(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Finding[] {
  return [
    ...issuerFindings(settings, env),
    ...secretFindings(settings),
    ...rotationFindings(env),
    ...storageFindings(settings),
    ...otherFindings(settings),
  ]
}

function issuerFindings(settings: Settings, env: Readonly<Record<string, string | undefined>>): Finding[] {
  if (settings.url === `http://localhost:${settings.port}` && env['COUNTERSIGN_URL'] === undefined) {
    return [
      finding(
        'COUNTERSIGN_URL',
        'issuer_missing',
        'The public address of this server is not set. Set COUNTERSIGN_URL, e.g. https://id.example.com.',
      ),
    ]
  }
  const url = new URL(settings.url)
  if (url.protocol !== 'https:') {
    return [
      finding(
        'COUNTERSIGN_URL',
        'issuer_not_https',
        'The issuer is plain http: passwords and tokens would cross the network unprotected. Use an https address; a proxy in front may end TLS.',
      ),
    ]
  }
  return isLoopbackHost(url.hostname)
    ? [
        finding(
          'COUNTERSIGN_URL',
          'issuer_loopback',
          'The issuer names this machine only: nobody else can reach it. Use the public address.',
        ),
      ]
    : []
}

/** Whether a host name can only mean this machine. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(host)
  )
}

function secretFindings(settings: Settings): Finding[] {
  if (settings.secrets.length === 0) {
    return [
      finding(
        'COUNTERSIGN_SECRET',
        'secret_missing',
        'There is no secret. Set COUNTERSIGN_SECRET (or COUNTERSIGN_SECRET_FILE) to what `openssl rand -base64 48` prints, and keep it: without it nothing sealed can be read.',
      ),
    ]
  }
  return settings.secrets
    .map((secret) => secret.reveal())
    .filter((value) => new Set(value).size < 12 || placeholders.test(value))
    .slice(0, 1)
    .map(() =>
      finding(
        'COUNTERSIGN_SECRET',
        'secret_weak',
        'A secret looks made up or left over from an example. Use what `openssl rand -base64 48` prints.',
      ),
    )
}

function rotationFindings(env: Readonly<Record<string, string | undefined>>): Finding[] {
  const given = (name: string): boolean => Boolean(env[name] || env[`${name}_FILE`])
  if (!given('COUNTERSIGN_SECRET') || !given('COUNTERSIGN_SECRETS')) return []
  return [
    finding(
      'COUNTERSIGN_SECRETS',
      'secret_twice',
      'COUNTERSIGN_SECRET is set too, and nobody can tell which secret is the newest. While you change it, set COUNTERSIGN_SECRETS alone: new,old.',
    ),
  ]
}

function storageFindings(settings: Settings): Finding[] {
  const url = settings.database.reveal()
  if (url === ':memory:' || url === 'file::memory:') {
    return [
      finding(
        'DATABASE_URL',
        'database_in_memory',
        'The database lives in memory: a restart forgets everyone. Use file:… or postgres://….',
      ),
    ]
  }
  if (url.startsWith('file:') && settings.workers > mostFileWorkers) {
    return [
      finding(
        'WEB_CONCURRENCY',
        'too_many_writers',
        `More than ${mostFileWorkers} workers on the embedded database wait for each other. Use PostgreSQL.`,
      ),
    ]
  }
  return []
}

function otherFindings(settings: Settings): Finding[] {
  const findings: Finding[] = []
  if (settings.clock === 'test') {
    findings.push(
      finding(
        'COUNTERSIGN_CLOCK',
        'movable_clock',
        'COUNTERSIGN_CLOCK=test lets anyone move the clock. Remove it.',
      ),
    )
  }
  if (profiles[settings.profile].testOnly) {
    findings.push(
      finding(
        'COUNTERSIGN_PROFILE',
        'test_profile',
        'The profile is for tests: anyone could register clients here. Use default, fapi2 or mcp.',
      ),
    )
  }
  if (settings.trustProxy.some((range) => /\/0$|^\*$|^all$/i.test(range))) {
    findings.push(
      finding(
        'COUNTERSIGN_TRUST_PROXY',
        'trusts_everyone',
        'Every address counts as a trusted proxy, so anyone can claim any address. Name your proxies’ addresses.',
      ),
    )
  }
  return findings
}

function finding(path: string, code: string, message: string): Finding {
  return { path, code, message }
}
