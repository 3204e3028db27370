// A server with everything that people and clients can hold, for tests that move it to another one; and what comes there.
import assert from 'node:assert/strict'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { insertTotp } from '../../accounts/factors/factors.ts'
import { usualShape } from '../../accounts/factors/totp.ts'
import { openPeople } from '../../accounts/people.fixture.ts'
import { makeKey } from '../../oauth/api-keys/keep-keys.ts'
import { createClient } from '../../oauth/clients/registration.ts'
import {
  ada,
  bank,
  codeFor,
  exchange,
  grace,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
} from '../../oauth/house.ts'
import { saveTrustedIssuer } from '../../oauth/jwt-bearer/trusted-issuers.store.ts'
import { oauthRoom, oauthRoutes } from '../../oauth/oauth.routes.ts'
import { profiles } from '../../oauth/profiles/rules.ts'
import { makeInitialToken } from '../../oauth/registration/initial-tokens.ts'
import { edgeOf, type House, Visitor } from '../../platform/house.ts'
import { cookieName } from '../../platform/http/cookies.ts'
import { openKeyring } from '../../platform/keys/keyring.ts'
import { vaultWith } from '../../platform/keys/vault.ts'
import { type ExportOptions, exportAll } from './export.ts'
import { exportFormats } from './formats.ts'
import { importAll } from './import.ts'
import { type MovedRecord, movedRecord } from './records.ts'
import type { ImportReport } from './report.ts'

export const password = 'analytical-engine-1843'
export const totpSecret = Buffer.from('12345678901234567890')
export const everyScope = 'openid accounts:read ledger:read offline_access'
/** A client that knows people by names of its own. */
export const secretive = {
  id: 'secretive',
  name: 'A Client with Names of its Own',
  secret,
  redirectUris: ['https://secretive.example/callback'],
  subjectType: 'pairwise',
  sectorIdentifierUri: null,
  signOut: { backChannel: { uri: 'https://secretive.example/bye', sessionRequired: true } },
} as const

/** A server that has nothing yet, at the same address, with a secret of its own. */
export async function openNewHouse(house: House, { keysFirst = false } = {}): Promise<OAuthHouse> {
  const vault = vaultWith(['another secret of another house, long enough'], house.runtime)
  const moved: House = { ...house, vault }
  house.runtime.advance(5)
  const keyring = await openKeyring(moved)
  if (keysFirst) await keyring.ensure('ES256')
  const room = oauthRoom(moved, {
    keyring,
    registration: { mode: 'open' },
    encryptedTokens: false,
    dpopNonces: false,
    mutualTls: null,
  })
  const edge = edgeOf(moved, oauthRoutes(room))
  const nobody = () => Promise.reject(new Error('Nobody signs in here.'))
  return { ...moved, room, edge, visitor: () => new Visitor(edge), signIn: nobody, signedIn: nobody }
}

/** The lines of an export, as they are written. */
export async function linesOf(house: House, options: ExportOptions = {}): Promise<string[]> {
  const { passwords } = await openPeople({ house })
  const lines: string[] = []
  const format = exportFormats.countersign()
  for await (const record of exportAll(house, passwords, options)) lines.push(format.write(record, 0) ?? '')
  return lines
}

/** Takes lines in, as the command does. */
export async function bring(
  house: House,
  lines: readonly string[],
  { apply = true, keepsIds = true, source = 'countersign' } = {},
): Promise<ImportReport> {
  const { passwords } = await openPeople({ house })
  return importAll(house, passwords, recordsIn(lines), {
    source,
    numbers: [],
    keepsIds,
    keyResource: null,
    rpId: null,
    encryptedTokens: true,
    apply,
    broken: false,
  })
}

async function* recordsIn(lines: readonly string[]): AsyncGenerator<MovedRecord> {
  for (const line of lines) yield movedRecord.parse(JSON.parse(line))
}

/** Signs nobody in again: a browser with what another one holds. */
export function browserWith(house: OAuthHouse, cookies: ReadonlyMap<string, string>): Visitor {
  const browser = house.visitor()
  const name = cookieName(house.issuer, 'sid')
  browser.cookies.set(name, cookies.get(name) ?? assert.fail('That browser holds no session.'))
  return browser
}

/** What lets people and clients in at the server that moves. */
export interface Belongings {
  readonly browser: ReadonlyMap<string, string>
  readonly signedOut: ReadonlyMap<string, string>
  readonly refreshToken: string
  /** Its predecessor. */
  readonly spentToken: string
  readonly opaqueToken: string
  /** Of a client itself, and of a person. */
  readonly jwt: string
  readonly revokedJwt: string
  readonly apiKey: string
  readonly registration: { readonly path: string; readonly token: string }
  readonly initialToken: string
  readonly pairwiseName: string
}

/** Opens a server with all of that. */
export async function openOldHouse(
  house: House,
  passwords: Passwords,
): Promise<{ readonly old: OAuthHouse; readonly belongings: Belongings }> {
  const old = await openOAuthHouse({ house, registration: { mode: 'open' } })
  const { database, runtime } = house
  const hidden = await createClient(house, secretive)
  assert.ok(hidden.ok, JSON.stringify(hidden))
  await database.commit([
    putPassword(database, runtime.now(), ada.id, await passwords.protect(ada.id, password)),
    saveTrustedIssuer(database, {
      issuer: 'https://partner.example',
      jwks: null,
      jwksUri: 'https://partner.example/keys',
      accepts: ['grant'],
      subjects: { by: 'email', domains: ['partner.example'] },
      clients: ['web'],
      scopes: ['accounts:read'],
      maximumSeconds: 300,
      createdAt: runtime.now(),
    }),
  ])
  const held = await holdingsOf(old)
  await database.commit([insertTotp(house, grace.id, { ...usualShape, secret: totpSecret }, 7)])
  return { old, belongings: held }
}

async function holdingsOf(old: OAuthHouse): Promise<Belongings> {
  const browser = await old.signedIn()
  const asked = { scope: everyScope, prompt: 'consent' }
  const atBank = { resource: bank }
  const first = await exchange(old.visitor(), (await codeFor(browser, asked)).get('code'), atBank)
  const second = (await refresh(old.visitor(), first.json()['refresh_token'], atBank)).json()
  const itsOwn = { client_id: secretive.id, redirect_uri: secretive.redirectUris[0] }
  const code = (await codeFor(browser, { ...itsOwn, scope: 'openid' })).get('code')
  assert.equal((await exchange(old.visitor(), code, { ...itsOwn, client_secret: secret })).status, 200)
  const opaque = await refresh(old.visitor(), second['refresh_token'], { resource: ledger })
  assert.equal(opaque.status, 200, opaque.body)
  const machine = { grant_type: 'client_credentials', client_id: 'machine', client_secret: secret }
  const jwtOf = async () =>
    (await post(old.visitor(), '/oauth/token', { ...machine, resource: bank })).json()['access_token']
  const revokedJwt = String(await jwtOf())
  await post(old.visitor(), '/oauth/revoke', { ...machine, grant_type: undefined, token: revokedJwt })
  const apiKey = await makeKey(old, profiles.default, {
    name: 'The nightly report',
    owner: { kind: 'client', clientId: 'machine' },
    audience: bank,
    scopes: ['accounts:read'],
  })
  assert.ok(apiKey.ok)
  const metadata = { client_name: 'By itself', redirect_uris: ['https://itself.example/cb'] }
  const headers = { 'content-type': 'application/json' }
  const registered = (
    await old.visitor().visit('/oauth/register', { body: JSON.stringify(metadata), headers })
  ).json()
  const signedOut = await old.signedIn()
  const held = new Map(signedOut.cookies)
  await old.database.commit([
    {
      sql: `update sessions set ended_at = ${old.runtime.now()} where id = (select max(id) from sessions)`,
      parameters: [],
    },
  ])
  const { token } = await makeInitialToken(old, { label: 'for a friend', uses: 3 })
  return {
    browser: new Map(browser.cookies),
    signedOut: held,
    refreshToken: String(opaque.json()['refresh_token']),
    spentToken: String(second['refresh_token']),
    opaqueToken: String(opaque.json()['access_token']),
    jwt: String(await jwtOf()),
    revokedJwt,
    apiKey: apiKey.text,
    registration: {
      path: String(registered['registration_client_uri']).slice(old.issuer.url.length),
      token: String(registered['registration_access_token']),
    },
    initialToken: token,
    pairwiseName: await old.room.subjects.of(secretive, ada.id),
  }
}
