// The clients of Doorkeeper: Rails' server of OAuth.
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { Found } from '../records.ts'
import { clientFound } from './found.ts'
import { listOf, momentIn, textIn, truthIn } from './values.ts'

/** @param secrets how they are kept: `plain` or `sha256`; bcrypt is seen */
export function* doorkeeperApplication(
  row: Readonly<Record<string, unknown>>,
  secrets: string | undefined,
): Generator<Found> {
  const id = textIn(row['uid'])
  if (id === null) return
  const isPublic = 'confidential' in row && !truthIn(row['confidential'])
  const addresses = listOf(row['redirect_uri'])
  const byPeople = addresses.length > 0 ? ['authorization_code', 'refresh_token'] : []
  yield clientFound({
    id,
    metadata: {
      client_name: textIn(row['name']) ?? id,
      token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
      grant_types: [...byPeople, ...(isPublic ? [] : ['client_credentials'])],
      scope: listOf(row['scopes']).join(' '),
      ...(addresses.length > 0 && { redirect_uris: addresses }),
    },
    secret: isPublic ? null : secretOf(textIn(row['secret']), secrets),
    createdAt: momentIn(row['created_at']),
  })
  yield { kind: 'remark', text: remark }
}

const remark =
  'Which grants Doorkeeper’s clients may use stands in its settings: here each may use codes, and those with a secret client_credentials.'

function secretOf(secret: string | null, kept: string | undefined) {
  if (secret === null) return null
  if (secret.startsWith('$2')) return { as: 'hash', value: secret } as const
  if (kept === 'plain') return { as: 'text', value: secret } as const
  const isHex = /^[0-9a-f]{64}$/.test(secret)
  if (isHex && kept === 'sha256')
    return { as: 'sha256', value: Buffer.from(secret, 'hex').toString('base64url') } as const
  // Taken for the secret itself, a digest would let in whoever read the table.
  if (isHex)
    throw new ForeignUnreadable(
      'The secrets of oauth_applications may be digests or not: say which with --client-secrets sha256 or plain.',
    )
  return { as: 'text', value: secret } as const
}
