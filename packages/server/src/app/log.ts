// The log: JSON lines by pino, with secrets redacted by field name before anything is written.
import pino from 'pino'
import type { Log } from '../platform/platform.ts'

/** Field names whose values never reach a log, at any depth that we log. */
const secretFields = [
  'password',
  'secret',
  'token',
  'code',
  'authorization',
  'cookie',
  'assertion',
  'clientSecret',
  'refreshToken',
  'accessToken',
]

/** @param level pino's level names, or `silent` */
export function openLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
  })
}
