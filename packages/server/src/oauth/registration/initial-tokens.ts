// Initial access tokens: made by operators, for those who register clients themselves. Each has a count and an end, and
// may have a policy of its own.
import { digest, type Finding, formatOpaque, grantTypes } from '@countersign/protocol'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import { type InitialToken, insertInitialToken } from './initial-tokens.store.ts'
import type { RegistrationPolicy } from './rules.ts'

/** How the tokens begin. */
export const initialPrefix = 'csit'

/** What a token is to be good for. */
export interface InitialTokenDescription {
  readonly label: string
  /** Registrations; 1 when left out. */
  readonly uses?: number
  /** A day when left out. */
  readonly seconds?: number
  /** What differs from the server's policy. */
  readonly policy?: Partial<RegistrationPolicy>
}

const mostUses = 10_000
const longestSeconds = 365 * 86_400
const usualSeconds = 86_400

/** What is wrong with a token as described. */
export function checkInitialToken(described: InitialTokenDescription): (Finding & { path: string })[] {
  const { label, uses = 1, seconds = usualSeconds, policy = {} } = described
  const findings: (Finding & { path: string })[] = []
  const find = (path: string, message: string) => findings.push({ path, code: 'range', message })
  if (label.length > 100 || /\p{Cc}|\p{Cf}/u.test(label))
    find('label', 'must be a line of 100 characters at most')
  if (!isWithin(uses, mostUses)) find('uses', `must be a whole number from 1 to ${mostUses}`)
  if (!isWithin(seconds, longestSeconds)) find('expires', 'must be within a year')
  const { grants = [] } = policy
  if (!grants.every((grant) => grantTypes.includes(grant)))
    find('grants', 'names a grant that does not exist here')
  return findings
}

function isWithin(count: number, most: number): boolean {
  return Number.isSafeInteger(count) && count >= 1 && count <= most
}

/** Makes a token. @returns it in the clear, for this once */
export async function makeInitialToken(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  { label, uses = 1, seconds = usualSeconds, policy = {} }: InitialTokenDescription,
): Promise<{ readonly token: string; readonly stored: InitialToken }> {
  const token = formatOpaque(initialPrefix, runtime.secret())
  const now = runtime.now()
  const stored: InitialToken = {
    id: runtime.id('iat'),
    digest: digest(token),
    label,
    policy: Object.keys(policy).length === 0 ? null : JSON.stringify(policy),
    usesLeft: uses,
    createdAt: now,
    expiresAt: now + seconds,
  }
  await database.commit([
    insertInitialToken(database, stored),
    event(database, runtime, { type: 'initial_access_token.created', detail: { token: stored.id, uses } }),
  ])
  return { token, stored }
}
