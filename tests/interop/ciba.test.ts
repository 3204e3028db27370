// CIBA, asked of this server by `openid-client` and `oauth4webapi` as they come from npm, on both engines; and a client
// that is told when somebody has answered.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'
import { untilTooFast } from './client-run.ts'

const http = { [oauth.allowInsecureRequests]: true }
const secret = 'counter-secret-0123456789-0123456789'
const counter: oauth.Client = { client_id: 'counter' }
const scope = 'openid email offline_access accounts:read'
const grant = 'urn:openid:params:grant-type:ciba'

/** What a client is told. */
interface Heard {
  readonly authorization: string | undefined
  readonly body: unknown
}

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  describe(`a person who is elsewhere, the server on ${engine}`, { skip }, () => {
    const heard: Heard[] = []
    const receiver = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (piece: string) => {
        body += piece
      })
      request.on('end', () => {
        heard.push({ authorization: request.headers.authorization, body: JSON.parse(body) })
        response.writeHead(204).end()
      })
    })
    const on = serverOfThisFile({
      engine,
      skip,
      prepare: async ({ countersign }) => {
        await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
        receiver.unref()
        const { port } = receiver.address() as AddressInfo
        const file = join(tmpdir(), `countersign-ciba-${process.pid}-${engine}.json`)
        const common = {
          client_secret: secret,
          grant_types: [grant, 'refresh_token'],
          response_types: [],
          scope,
        }
        for (const more of [
          { client_id: 'counter', client_name: 'The Counter' },
          {
            client_id: 'pinged',
            client_name: 'The Pinged',
            backchannel_token_delivery_mode: 'ping',
            backchannel_client_notification_endpoint: `http://127.0.0.1:${port}/ping`,
          },
        ]) {
          writeFileSync(file, JSON.stringify({ ...common, ...more }))
          await countersign('client', 'create', '--metadata', file)
        }
        rmSync(file)
      },
    })
    after(() => receiver.close())
    withOauth4webapi(on)
    // What differs between the engines is tried in oauth/ciba.
    if (engine === 'postgres') return
    withOpenidClient(on)
    withPing(on, heard)
  })
}

/** Ada goes to the page in a browser without script, and decides. @returns what the page says then */
async function decide({ issuer }: Server, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  const ada = new Person()
  return (await ada.walk(`${issuer}/approve`, { username: 'ada', password, decision })).html
}

function configOf({ issuer }: Server, id: string): Promise<client.Configuration> {
  return client.discovery(new URL(issuer), id, secret, undefined, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  })
}

function withOpenidClient(on: Server): void {
  test('openid-client asks, waits, gets tokens, and keeps them fresh', async () => {
    const config = await configOf(on, 'counter')
    const asked = await client.initiateBackchannelAuthentication(config, {
      scope,
      login_hint: 'ada@example.test',
      binding_message: 'W4SCT',
    })
    deepEqual([asked.expires_in, asked.interval], [300, 5])
    match(await decide(on), /You can go back to where you started/)
    // The first poll is always in time; a test need not wait five seconds for it.
    const tokens = await client.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 1 })
    equal(tokens.claims()?.sub, 'usr_ada')
    equal(tokens.scope, scope)
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    equal((await client.fetchUserInfo(config, renewed.access_token, 'usr_ada')).email, 'ada@example.test')
    await rejects(
      client.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 1 }),
      isError('invalid_grant'),
    )
  })

  test('openid-client hears that a person has denied', async () => {
    const config = await configOf(on, 'counter')
    const asked = await client.initiateBackchannelAuthentication(config, { scope, login_hint: 'ada' })
    match(await decide(on, 'deny'), /Denied/)
    await rejects(
      client.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 1 }),
      isError('access_denied'),
    )
  })
}

function withOauth4webapi(on: Server): void {
  test('oauth4webapi goes step by step: pending, too fast, allowed, and expired', async () => {
    const issuer = new URL(on.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
    equal(as.backchannel_authentication_endpoint, `${on.issuer}/oauth/ciba`)
    deepEqual(as.backchannel_token_delivery_modes_supported, ['poll', 'ping'])
    equal(as.backchannel_user_code_parameter_supported, false)
    ok(as.grant_types_supported?.includes(grant))
    const auth = oauth.ClientSecretPost(secret)
    const ask = async () =>
      oauth.processBackchannelAuthenticationResponse(
        as,
        counter,
        await oauth.backchannelAuthenticationRequest(as, counter, auth, { scope, login_hint: 'ada' }, http),
      )
    const poll = async ({ auth_req_id }: oauth.BackchannelAuthenticationResponse) =>
      oauth.processBackchannelAuthenticationGrantResponse(
        as,
        counter,
        await oauth.backchannelAuthenticationGrantRequest(as, counter, auth, auth_req_id, http),
      )
    const asked = await ask()
    await rejects(poll(asked), isError('authorization_pending'))
    await untilTooFast(() => poll(asked))
    await on.advance(10)
    await rejects(poll(asked), isError('authorization_pending'))
    await decide(on)
    const tokens = await poll(asked)
    equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, 'usr_ada')
    const late = await ask()
    await on.advance(301)
    await rejects(poll(late), isError('expired_token'))
  })
}

function withPing(on: Server, heard: readonly Heard[]): void {
  test('a client is told once somebody has answered, and fetches its tokens then', async () => {
    const config = await configOf(on, 'pinged')
    const asked = await client.initiateBackchannelAuthentication(config, {
      scope,
      login_hint: 'ada',
      client_notification_token: 'a-token-of-the-client',
    })
    const ada = new Person()
    const account = await ada.walk(`${on.issuer}/account`, { username: 'ada', password })
    match(account.html, /A request waits for your answer/)
    await decide(on)
    const until = Date.now() + 60_000
    while (heard.length === 0 && Date.now() < until) await new Promise((resume) => setTimeout(resume, 20))
    deepEqual(heard, [
      { authorization: 'Bearer a-token-of-the-client', body: { auth_req_id: asked.auth_req_id } },
    ])
    const tokens = await client.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 1 })
    equal(tokens.claims()?.sub, 'usr_ada')
  })
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => {
    equal((error as { error?: unknown }).error, code)
    return true
  }
}
