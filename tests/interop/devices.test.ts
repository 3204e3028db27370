// The device authorization grant (RFC 8628), asked of this server by `openid-client` and `oauth4webapi` as they come from
// npm, on both engines; and by the guide's own shell script.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'
import { untilTooFast } from './client-run.ts'

const http = { [oauth.allowInsecureRequests]: true }
const native: oauth.Client = { client_id: 'demo-native' }
const scope = 'openid email offline_access accounts:read'

const noCurl = ['curl', 'sh'].every((program) => !spawnSync(program, ['--version']).error)
  ? false
  : 'curl or a POSIX shell is missing here'

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  describe(`a device, the server on ${engine}`, { skip }, () => {
    const on = serverOfThisFile({ engine, skip, bank: true })
    withOpenidClient(on)
    withOauth4webapi(on)
    if (engine === 'sqlite') withCurl(on)
  })
}

/** Ada follows the device's link in a browser without script, and decides. @returns what the page says then */
async function decide(link: string, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  const ada = new Person()
  const code = await ada.walk(link, { username: 'ada', password })
  const question = await ada.submit(code, { user_code: new URL(link).searchParams.get('user_code') ?? '' })
  return (await ada.submit(question, { decision })).html
}

function withOpenidClient(on: Server): void {
  test('openid-client waits, gets tokens, keeps them fresh and reads the claims', async () => {
    const config = await client.discovery(new URL(on.issuer), native.client_id, undefined, undefined, {
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    })
    const device = await client.initiateDeviceAuthorization(config, { scope })
    equal(device.expires_in, 600)
    equal(device.interval, 5)
    match(await decide(device.verification_uri_complete ?? ''), /You can go back to your device/)
    // The first poll is always in time; a test need not wait five seconds for it.
    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 })
    equal(tokens.claims()?.sub, 'usr_ada')
    equal(tokens.scope, scope)
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    const claims = await client.fetchUserInfo(config, renewed.access_token, 'usr_ada')
    equal(claims.email, 'ada@example.test')
    await rejects(
      client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 }),
      isError('invalid_grant'),
    )
    await rejects(client.refreshTokenGrant(config, renewed.refresh_token ?? ''), isError('invalid_grant'))
  })

  test('openid-client hears that a person has denied, and what its client may not ask for', async () => {
    const options = { execute: [client.allowInsecureRequests] }
    const config = await client.discovery(new URL(on.issuer), native.client_id, undefined, undefined, options)
    const device = await client.initiateDeviceAuthorization(config, { scope })
    match(await decide(device.verification_uri_complete ?? '', 'deny'), /Denied/)
    await rejects(
      client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 }),
      isError('access_denied'),
    )
    const web = await client.discovery(
      new URL(on.issuer),
      'demo-web',
      'demo-web-secret-0123456789abcdef',
      undefined,
      options,
    )
    await rejects(client.initiateDeviceAuthorization(web, { scope }), isError('unauthorized_client'))
  })
}

function withOauth4webapi(on: Server): void {
  test('oauth4webapi binds a device’s tokens to its key, and the key is needed to refresh (RFC 9449 §5)', async () => {
    const issuer = new URL(on.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
    const DPoP = oauth.DPoP(native, await oauth.generateKeyPair('ES256'))
    const device = await oauth.processDeviceAuthorizationResponse(
      as,
      native,
      await oauth.deviceAuthorizationRequest(as, native, oauth.None(), { scope }, http),
    )
    await decide(device.verification_uri_complete ?? '')
    const tokens = await oauth.processDeviceCodeResponse(
      as,
      native,
      await oauth.deviceCodeGrantRequest(as, native, oauth.None(), device.device_code, { ...http, DPoP }),
    )
    equal(tokens.token_type, 'dpop')
    const refresh = (options: object) =>
      oauth.refreshTokenGrantRequest(as, native, oauth.None(), tokens.refresh_token ?? '', {
        ...http,
        ...options,
      })
    equal((await refresh({})).status, 400)
    const renewed = await oauth.processRefreshTokenResponse(as, native, await refresh({ DPoP }))
    equal(renewed.token_type, 'dpop')
  })

  // Last: from here on the server's clock is ahead of what proofs may say.
  test('oauth4webapi goes step by step: pending, too fast, allowed, and expired', async () => {
    const issuer = new URL(on.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
    equal(as.device_authorization_endpoint, `${on.issuer}/oauth/device`)
    ok(as.grant_types_supported?.includes('urn:ietf:params:oauth:grant-type:device_code'))
    const ask = async () =>
      oauth.processDeviceAuthorizationResponse(
        as,
        native,
        await oauth.deviceAuthorizationRequest(as, native, oauth.None(), { scope, resource: on.api }, http),
      )
    const poll = async ({ device_code }: oauth.DeviceAuthorizationResponse) =>
      oauth.processDeviceCodeResponse(
        as,
        native,
        await oauth.deviceCodeGrantRequest(as, native, oauth.None(), device_code, http),
      )
    const device = await ask()
    await rejects(poll(device), isError('authorization_pending'))
    await untilTooFast(() => poll(device))
    await on.advance(10)
    await rejects(poll(device), isError('authorization_pending'))
    await decide(device.verification_uri_complete ?? '')
    const tokens = await poll(device)
    equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, 'usr_ada')
    const late = await ask()
    await on.advance(601)
    await rejects(poll(late), isError('expired_token'))
  })
}

function withCurl(on: Server): void {
  test('the guide’s shell script is a device', { skip: noCurl }, async () => {
    const guide = readFileSync(new URL('../../docs/guides/devices.md', import.meta.url), 'utf8')
    const script = guide.match(/^```sh\n(issuer=.*?)^```$/ms)?.[1] ?? ''
    const shell = spawn('sh', ['-c', script], { env: { ...process.env, ISSUER: on.issuer } })
    const ended = new Promise((resolve) => shell.once('close', resolve))
    let said = ''
    let decided: Promise<string> | undefined
    for await (const text of shell.stdout.setEncoding('utf8')) {
      said += String(text)
      const code = /enter ([A-Z]{4}-[A-Z]{4})/.exec(said)?.[1]
      if (code !== undefined) decided ??= decide(`${on.issuer}/device?user_code=${code}`)
    }
    equal(await ended, 0)
    match((await decided) ?? '', /You can go back to your device/)
    deepEqual(said.trim().split('\n').slice(1), ['Connected: openid profile offline_access accounts:read'])
  })
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => {
    equal((error as { error?: unknown }).error, code)
    return true
  }
}
