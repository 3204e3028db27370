// APIs that ask each other in a person's name, for tests: the bank's asks the ledger's, which asks the archive's.
import { accessTokenType, tokenExchange } from '@countersign/protocol'
import type { Answer, House } from '../../platform/house.ts'
import { createApi } from '../apis/registration.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import {
  bank,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
  tokensFor,
  type Wire,
} from '../house.ts'

export const archive = 'https://archive.example/'

const scopes = ['accounts:read', 'transfers:write', 'ledger:read', 'archive:read', 'archive:write']

export const exchangers = {
  teller: {
    id: 'teller',
    name: 'The Bank’s API',
    secret,
    api: bank,
    scopes,
    exchange: {
      audiences: [ledger, archive],
      scopes: { 'ledger:read': ['accounts:read'], 'archive:read': ['transfers:write', 'accounts:read'] },
    },
  },
  keeper: {
    id: 'keeper',
    name: 'The Ledger’s API',
    secret,
    api: ledger,
    scopes,
    exchange: {
      audiences: [archive, bank],
      scopes: { 'archive:read': ['ledger:read'], 'accounts:read': ['ledger:read'] },
    },
  },
  archivist: { id: 'archivist', name: 'The Archive’s API', secret, api: archive },
  support: {
    id: 'support',
    name: 'The Bank’s Support',
    secret,
    api: bank,
    scopes,
    exchange: { audiences: [archive], scopes: { 'archive:read': ['accounts:read'] }, impersonates: true },
  },
  /** It has tokens of its own, from people, and wants less of them. */
  site: {
    id: 'site',
    name: 'A careful Site',
    secret,
    redirectUris: ['https://site.example/callback'],
    scopes: ['openid', 'offline_access', 'accounts:read', 'transfers:write'],
    exchange: { audiences: [bank] },
  },
} as const satisfies Record<string, ClientDescription>

/** A house with them. */
export async function openExchangeHouse(options: { readonly house?: House } = {}): Promise<OAuthHouse> {
  const house = await openOAuthHouse(options)
  const created = [
    await createApi(house, {
      identifier: archive,
      scopes: [
        { name: 'archive:read', description: '' },
        { name: 'archive:write', description: '' },
      ],
      accessTokenSeconds: 600,
    }),
    ...(await Promise.all(Object.values(exchangers).map((client) => createClient(house, client)))),
  ]
  for (const result of created) if (!result.ok) throw new Error(JSON.stringify(result.findings))
  return house
}

/** Exchanges a token, as the bank's API unless told otherwise. */
export function exchangeToken(
  house: OAuthHouse,
  subject: unknown,
  more: Wire = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = {
    grant_type: tokenExchange,
    subject_token: String(subject),
    subject_token_type: accessTokenType,
    client_id: 'teller',
    client_secret: secret,
    ...more,
  }
  return post(house.visitor(), '/oauth/token', form, headers)
}

/** The new token itself. */
export async function exchanged(house: OAuthHouse, subject: unknown, more: Wire = {}): Promise<string> {
  const answer = await exchangeToken(house, subject, more)
  if (answer.status !== 200) throw new Error(`The exchange is answered ${answer.status} ${answer.body}`)
  return String(answer.json()['access_token'])
}

/** The error that an exchange is answered; null for a token. */
export async function refusal(house: OAuthHouse, subject: unknown, more: Wire = {}): Promise<unknown> {
  return (await exchangeToken(house, subject, more)).json()['error'] ?? null
}

/** A token of Ada's for the bank, which the site `web` got. */
export async function tokenOfAda(house: OAuthHouse, more: Wire = {}): Promise<string> {
  return String((await tokensFor(house, { scope: 'openid accounts:read', ...more }))['access_token'])
}

/** A token that a client got for itself. */
export async function ownToken(house: OAuthHouse, more: Wire = {}): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'machine',
    client_secret: secret,
    scope: 'accounts:read',
    ...more,
  }
  return String((await post(house.visitor(), '/oauth/token', form)).json()['access_token'])
}
