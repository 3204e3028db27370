// What a person allows a client of others (`openid-client`, as it comes from npm): without JavaScript, box by box; again for
// more; an exact payment; and how it ends on the account page.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import {
  accountAccess,
  accounts,
  anAccess,
  aPayment,
  payment,
} from '../../packages/server/src/oauth/details/bank.fixture.ts'
import { browserSkip, type Page, screenshot, violations, withPage } from '../harness/browser.ts'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { ada, proveWho } from './bank-steps.ts'

const skip = browserSkip()
// Where answers go: the shop, as far as a browser sees it.
const shop = createServer((_, response) => response.end('The shop')).unref()
after(() => shop.close())
let redirectUri = ''
const api = 'https://pay.example/api'
const http = { [oauth.allowInsecureRequests]: true }
let secret = ''
let config: client.Configuration

const on = serverOfThisFile({
  prepare: async (server) => {
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
    redirectUri = `http://localhost:${(shop.address() as AddressInfo).port}/callback`
    const folder = mkdtempSync(join(tmpdir(), 'countersign-consent-'))
    const file = (name: string, content: object): string => {
      writeFileSync(join(folder, name), JSON.stringify(content))
      return join(folder, name)
    }
    const scopes = ['history:read=See past payments', 'limits:write=Change your limits'].flatMap((scope) => [
      '--scope',
      scope,
    ])
    const details = file('details.json', [payment, accountAccess])
    await server.countersign('api', 'create', api, '--name', 'Payments', ...scopes, '--details', details)
    const metadata = file('client.json', {
      client_id: 'shop',
      client_name: 'The Shop',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'openid profile email offline_access history:read limits:write',
      authorization_details_types: ['payment', 'account_access'],
    })
    secret = String((await server.countersign('client', 'create', '--metadata', metadata))['client_secret'])
    rmSync(folder, { recursive: true })
    const execute = [client.allowInsecureRequests]
    const proof = client.ClientSecretPost(secret)
    config = await client.discovery(new URL(server.issuer), 'shop', undefined, proof, { execute })
  },
})
/** A request of the shop: where to send the person, and what becomes of the answer. */
async function request(parameters: Record<string, string>) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: redirectUri,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    ...parameters,
  })
  const tokens = (left: URL) =>
    client.authorizationCodeGrant(config, left, { pkceCodeVerifier, expectedState })
  return { url, tokens }
}

/** Presses a button of the consent page. @returns where it leads away to */
async function press(page: Page, name: 'Allow' | 'Deny'): Promise<URL> {
  const left = page.waitForRequest((sent) => sent.url().startsWith(redirectUri))
  await page.getByRole('button', { name }).click()
  return new URL((await left).url())
}

const boxes = (page: Page) =>
  page.locator('main input[type=checkbox]:visible').evaluateAll((all) => all.map(({ id }) => id))

const much = 'openid profile email offline_access history:read limits:write'

test('without JavaScript: each scope can be unticked, more is asked as more, and the account page ends it', {
  skip,
}, async () => {
  const withoutScript = { javaScriptEnabled: false }
  await withPage(async (page) => {
    const first = await request({ scope: 'openid email history:read' })
    await page.goto(first.url.href)
    await proveWho(page, ada)
    await page.getByLabel('See your e-mail address').uncheck()
    equal(await page.getByLabel('Know that it’s you').isDisabled(), true)
    const one = await first.tokens(await press(page, 'Allow'))
    equal(one.scope, 'openid history:read')

    const more = await request({ scope: much })
    await page.goto(more.url.href)
    const asked = await boxes(page)
    deepEqual(asked, ['scope:profile', 'scope:email', 'scope:offline_access', 'scope:limits:write'])
    equal(await page.getByLabel('See your e-mail address').isChecked(), false)
    await page.getByText('You have allowed before:').waitFor()
    await screenshot(page, 'journey-consent-more')
    await page.getByLabel('Change your limits').uncheck()
    const two = await more.tokens(await press(page, 'Allow'))
    equal(two.scope, 'openid profile offline_access history:read')
    const renewed = await client.refreshTokenGrant(config, String(two.refresh_token))
    equal(renewed.scope, two.scope)

    const again = await request({ scope: much, prompt: 'none' })
    await page.goto(again.url.href)
    equal((await again.tokens(new URL(page.url()))).scope, two.scope)

    await page.goto(`${on.issuer}/account`)
    const app = page.locator('section[aria-labelledby="connected"] li', { hasText: 'The Shop' }).first()
    deepEqual(await app.locator('ul.may li').allTextContents(), ['See past payments', 'See your profile'])
    await app.getByText(/last used just now\. Keeps access while you are away/).waitFor()
    await app.getByRole('button', { name: 'Withdraw access of The Shop' }).click()
    await page.getByText('Access withdrawn.').waitFor()
    await rejects(client.refreshTokenGrant(config, String(renewed.refresh_token)), { error: 'invalid_grant' })
    const silent = await request({ scope: 'openid', prompt: 'none' })
    await page.goto(silent.url.href)
    equal(new URL(page.url()).searchParams.get('error'), 'consent_required')
  }, withoutScript)
})

test('RFC 9396: a payment is read and allowed, and of three accounts one', { skip }, async () => {
  await withPage(async (page) => {
    const { url, tokens } = await request({
      scope: 'openid',
      authorization_details: JSON.stringify([aPayment, anAccess]),
    })
    await page.goto(url.href)
    await proveWho(page, ada)
    await page.getByLabel('Pay 123.50 EUR to Merchant A').waitFor()
    await page.getByText('Order 7').waitFor()
    deepEqual(await violations(page), [])
    await screenshot(page, 'journey-consent-details')
    for (const iban of accounts.slice(1)) await page.getByLabel(iban).uncheck()
    const { authorization_details: details } = await tokens(await press(page, 'Allow'))
    deepEqual(details, [aPayment, { ...anAccess, accounts: [accounts[0]] }])
    await page.goto(`${on.issuer}/account`)
    await page.getByText(`See the balances, transactions of these accounts: ${accounts[0]}`).waitFor()
  })
})

test('AZ-21: a no tells the client, and nothing is kept', { skip }, async () => {
  await withPage(async (page) => {
    const { url, tokens } = await request({ scope: 'openid limits:write', prompt: 'consent' })
    await page.goto(url.href)
    await proveWho(page, ada)
    await rejects(tokens(await press(page, 'Deny')), { error: 'access_denied' })
  })
})

test('oauth4webapi: authorization details are in the answer as it checks it, and narrower with a refresh', async () => {
  const issuer = new URL(on.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
  deepEqual(as.authorization_details_types_supported, ['payment', 'account_access'])
  const own: oauth.Client = { client_id: 'shop' }
  const proof = oauth.ClientSecretPost(secret)
  const verifier = oauth.generateRandomCodeVerifier()
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: 'shop',
    redirect_uri: redirectUri,
    scope: 'offline_access',
    authorization_details: JSON.stringify([anAccess]),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    prompt: 'consent',
  }).toString()
  const { left } = await new Person(redirectUri).walk(url, { username: 'grace', password })
  ok(left)
  const answer = oauth.validateAuthResponse(as, own, left, oauth.expectNoState)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    own,
    proof,
    answer,
    redirectUri,
    verifier,
    http,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, own, response)
  deepEqual(tokens.authorization_details, [anAccess])
  const refresh = async (token: unknown, details: object) => {
    const additionalParameters = { authorization_details: JSON.stringify([details]) }
    const options = { ...http, additionalParameters }
    const sent = await oauth.refreshTokenGrantRequest(as, own, proof, String(token), options)
    return oauth.processRefreshTokenResponse(as, own, sent)
  }
  const less = { ...anAccess, accounts: [accounts[1]] }
  const narrowed = await refresh(tokens.refresh_token, less)
  deepEqual(narrowed.authorization_details, [less])
  await rejects(refresh(narrowed.refresh_token, { ...anAccess, accounts: ['GB33BUKB20201555555555'] }), {
    error: 'invalid_authorization_details',
  })
})
