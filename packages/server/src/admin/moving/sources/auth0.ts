// Auth0: the users of the bulk export, one JSON object a line, with the hashes that its support hands out.
import { movedUser } from '../records.ts'
import { auth0Client } from './auth0-clients.ts'
import { jsonFile, jsonLines } from './export-file.ts'
import { usualTotp } from './second-factors.ts'
import type { Source } from './source.ts'
import { claimsOf, listIn, membersIn, momentIn, textIn, truthIn } from './values.ts'

export const auth0: Source = {
  title: 'Auth0',
  reads: 'an export with one user a line (JSON)',
  options: { clients: 'a JSON file of its clients (auth0 api get clients)' },
  numbers: [],
  async *read({ from, options, since }) {
    for await (const line of jsonLines(from)) {
      const user = membersIn(line)
      const changed = momentIn(user['updated_at']) ?? momentIn(user['created_at'])
      if (since !== null && (changed ?? 0) < since) continue
      const own = textIn(membersIn(user['_id'])['$oid'])
      yield movedUser({
        id: textIn(user['user_id']) ?? (own === null ? (textIn(user['email']) ?? '') : `auth0|${own}`),
        username: textIn(user['username']),
        email: textIn(user['email']),
        emailVerified: truthIn(user['email_verified']),
        name: textIn(user['name']) ?? textIn(user['nickname']) ?? '',
        claims: claimsOf({
          given_name: user['given_name'],
          family_name: user['family_name'],
          nickname: user['nickname'],
          picture: user['picture'],
          locale: user['locale'],
          phone_number: user['phone_number'],
        }),
        passwordHash: textIn(user['passwordHash']) ?? textIn(membersIn(user['custom_password_hash'])['hash']),
        roles: listIn(membersIn(user['app_metadata'])['roles']).flatMap((role) => textIn(role) ?? []),
        identities: listIn(user['identities']).map(membersIn).flatMap(identityOf),
        disabled: truthIn(user['blocked']),
        createdAt: momentIn(user['created_at']),
        totp: totpIn(user),
      })
    }
    const clients = options['clients']
    if (clients === undefined) return
    const listed = await jsonFile(clients)
    const all = Array.isArray(listed) ? listed : listIn(membersIn(listed)['clients'])
    for (const client of all.map(membersIn)) yield* auth0Client(client)
  },
}

/** As its support hands them out, and as its own import takes them: `mfa_factors`. */
function totpIn(user: Readonly<Record<string, unknown>>) {
  const secrets = listIn(user['mfa_factors']).map((factor) => membersIn(membersIn(factor)['totp'])['secret'])
  return usualTotp(secrets.map(textIn).find((secret) => secret !== null) ?? null)
}

const issuers: Readonly<Record<string, readonly [upstream: string, issuer: string]>> = {
  'google-oauth2': ['google', 'https://accounts.google.com'],
  facebook: ['facebook', 'https://www.facebook.com'],
}

function identityOf(identity: Readonly<Record<string, unknown>>) {
  const known = issuers[textIn(identity['provider']) ?? '']
  const subject = textIn(identity['user_id'])
  if (known === undefined || subject === null) return []
  return [{ upstream: known[0], issuer: known[1], subject, email: null }]
}
