// Clients that know people by names of their own, for tests, and what lists the addresses of their sector.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import { codeFor, exchange, type OAuthHouse, secret, type Wire } from '../house.ts'

const scopes = ['openid', 'profile', 'offline_access', 'accounts:read', 'ledger:read']

/** Two of one host, and one of another. */
export const strangers = {
  calendar: {
    id: 'calendar',
    name: 'A Calendar',
    secret,
    redirectUris: ['https://one.example/calendar'],
    postLogoutRedirectUris: ['https://one.example/bye'],
    subjectType: 'pairwise',
    scopes,
  },
  diary: {
    id: 'diary',
    name: 'A Diary',
    secret,
    redirectUris: ['https://one.example/diary'],
    subjectType: 'pairwise',
    scopes,
  },
  rival: {
    id: 'rival',
    name: 'Somebody Else',
    secret,
    redirectUris: ['https://two.example/callback'],
    subjectType: 'pairwise',
    scopes,
  },
} as const satisfies Record<string, ClientDescription>

export async function addStrangers(house: OAuthHouse): Promise<void> {
  for (const client of Object.values(strangers)) {
    const made = await createClient(house, client)
    if (!made.ok) throw new Error(JSON.stringify(made.findings))
  }
}

/** What a person allows one of them. */
export async function tokensOf(
  house: OAuthHouse,
  client: keyof typeof strangers,
  more: Wire = {},
): Promise<Record<string, unknown>> {
  const [redirectUri] = strangers[client].redirectUris
  const wire = { client_id: client, redirect_uri: redirectUri, scope: 'openid', ...more }
  const code = (await codeFor(await house.signedIn(), wire)).get('code')
  return (await exchange(house.visitor(), code, { client_id: client, client_secret: secret })).json()
}

/** A place on this machine that answers with a text. */
export async function placeThatSays(
  text: string,
  status = 200,
): Promise<{ readonly uri: string; close(): Promise<void> }> {
  const server = createServer((_request, answer) => answer.writeHead(status).end(text))
  await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sector.json`,
    close: () => new Promise((resume) => server.close(() => resume())),
  }
}
