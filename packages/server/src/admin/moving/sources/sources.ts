// The systems that people come from, as one table.
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { type MovedRecord, movedRecord } from '../records.ts'
import { nulMessage } from '../records-parts.ts'
import { auth0 } from './auth0.ts'
import { csv } from './csv.ts'
import { authJs, betterAuth, supabase } from './database-of-users.ts'
import { django } from './django.ts'
import { checkedFirst, type ExportFile, jsonLines, openExport } from './export-file.ts'
import { firebase } from './firebase.ts'
import { keycloak } from './keycloak.ts'
import { rails } from './rails.ts'
import { type Gauge, type Source, tellsNoChanges } from './source.ts'

/** Another Countersign: what `countersign export` wrote. */
const countersign: Source = {
  title: 'Countersign',
  reads: 'a file of countersign export (one JSON object a line), or - for standard input',
  options: {},
  numbers: [],
  keepsIds: true,
  warning:
    'Whoever wrote this file, or could change it, can sign in here as anybody in it, and with signing keys in it as anybody at all.',
  async *read({ from, piped, since, gauge }) {
    if (since !== null) yield { kind: 'remark', text: tellsNoChanges }
    const file = await openExport({ from, piped }, 'countersign')
    yield* checkedFirst(file, gauge, (passed) => recordsIn(file, passed), 'records')
  },
}

async function* recordsIn(file: ExportFile, passed?: Gauge['passed']): AsyncGenerator<MovedRecord> {
  for await (const [value, line] of jsonLines(file, passed)) {
    const record = movedRecord.safeParse(value)
    if (record.success) {
      yield record.data
      continue
    }
    const [issue] = record.error.issues
    if (issue?.message === nulMessage)
      throw new ForeignUnreadable(
        `Line ${line} of ${file.name} ${nulMessage}: see its ${String(issue.path[0])}.`,
      )
    // Where, and never what: it may be a secret.
    const where = issue?.path.join('.') || 'kind'
    throw new ForeignUnreadable(`Line ${line} of ${file.name} is no record of an export: see its ${where}.`)
  }
}

/** By the name that the command line knows each by. */
export const sources = {
  django,
  rails,
  keycloak,
  auth0,
  firebase,
  supabase,
  'better-auth': betterAuth,
  authjs: authJs,
  csv,
  countersign,
} as const satisfies Record<string, Source>

/** A name of the table. */
export type SourceName = keyof typeof sources
