// The systems that people come from, as one table.
import { movedRecord } from '../records.ts'
import { auth0 } from './auth0.ts'
import { csv } from './csv.ts'
import { authJs, betterAuth, supabase } from './database-of-users.ts'
import { django } from './django.ts'
import { jsonLines } from './export-file.ts'
import { firebase } from './firebase.ts'
import { keycloak } from './keycloak.ts'
import { rails } from './rails.ts'
import { type Source, tellsNoChanges } from './source.ts'

/** Another Countersign: what `countersign export` wrote. */
const countersign: Source = {
  title: 'Countersign',
  reads: 'a file of countersign export (one JSON object a line)',
  options: {},
  numbers: [],
  keepsIds: true,
  async *read({ from, since }) {
    if (since !== null) yield { kind: 'remark', text: tellsNoChanges }
    for await (const line of jsonLines(from)) yield movedRecord.parse(line)
  },
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
