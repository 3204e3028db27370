// Every known attack on signed tokens, made on the DPoP proofs of the token endpoint and of userinfo (RT-10, classes C1 to
// C3): all but the named fault of each proof is right for its request.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { digest } from '@countersign/protocol'
import {
  codeFor,
  exchange,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
} from '../../packages/server/src/oauth/house.ts'
import { type Answer, openHouse } from '../../packages/server/src/platform/house.ts'
import { attacksOn, untouched } from '../harness/token-attacks.ts'
import { goodClaims, now } from '../harness/token-kinds.ts'

/** What the checklist calls each attack of the harness, by the beginning of its name. */
const ids: readonly (readonly [attack: string, ids: string])[] = [
  ['C3.1 ', 'JW-01, C1 (CVE-2022-23540)'],
  ['C3.2 ', 'JW-02, C1 (CVE-2023-48223)'],
  ['C3.3 ', 'JW-02, C1 (CVE-2022-23541)'],
  ['C3.4 ', 'JW-10, C1 (CVE-2022-21449)'],
  ['C3.5 ', 'JW-03, C2 (CVE-2018-0114)'],
  ['C3.7', 'JW-05, JW-06'],
  ['C3.8 ', 'C3 (GHSA-jv3g-j58f-9mq9)'],
  ['C3.9', 'JW-06'],
  ['C3.10', 'JW-06'],
  ['C3.11', 'JW-09'],
  ['C3.13', 'JW-07'],
  ['C3.15', 'JW-11, C3 (CVE-2025-30204)'],
]

function idsOf(attack: string): string {
  const found = ids.find(([beginning]) => attack.startsWith(beginning))
  assert.ok(found, `the checklist has a place for “${attack}”`)
  return `RT-10, ${found[1]}`
}

/** From now on the good proof of the harness is for this request. */
function aimedAt(address: string, claims: object): void {
  const aim = goodClaims.dpop
  for (const name of Object.keys(aim)) delete aim[name]
  Object.assign(aim, { jti: 'd1', htm: 'POST', htu: address, iat: now - 10, ...claims })
}

let house: OAuthHouse
let token: string
before(async () => {
  house = await openOAuthHouse({ house: await openHouse({ start: now }) })
})
after(() => house.close())

const asked = {
  grant_type: 'client_credentials',
  client_id: 'machine',
  client_secret: secret,
  scope: 'accounts:read',
}
const atToken = (dpop: string): Promise<Answer> => post(house.visitor(), '/oauth/token', asked, { dpop })
const atUserinfo = (dpop: string): Promise<Answer> =>
  post(house.visitor(), '/oauth/userinfo', {}, { authorization: `DPoP ${token}`, dpop })

const address = (path: string): string => `http://localhost:4400${path}`

describe('A proof at the token endpoint', () => {
  aimedAt(address('/oauth/token'), {})
  const [attacks, good] = [attacksOn('dpop'), untouched('dpop')]
  for (const [name, , proofs] of attacks) {
    test(`${idsOf(name)}: is nothing with ${name}, ${proofs.length} ways`, async () => {
      for (const proof of proofs) assertRefused(await atToken(proof), 400, proof)
    })
  }

  test('is good as it is, so that none of them was refused for another reason', async () => {
    assert.equal((await atToken(good)).status, 200)
  })
})

describe('A proof at userinfo', () => {
  before(async () => {
    const code = (await codeFor(await house.signedIn(), { scope: 'openid' })).get('code')
    aimedAt(address('/oauth/token'), { jti: 'd2' })
    const { json } = await exchange(house.visitor(), code, {}, { dpop: untouched('dpop') })
    token = String(json()['access_token'])
    aimedAt(address('/oauth/userinfo'), { jti: 'd3', ath: digest(token) })
  })

  test('RT-10, C1 (CVE-2022-23540), C2 (CVE-2018-0114): is nothing in any of these ways either', async () => {
    for (const [, , proofs] of attacksOn('dpop'))
      for (const proof of proofs) assertRefused(await atUserinfo(proof), 401, proof)
    assert.equal((await atUserinfo(untouched('dpop'))).status, 200)
    assertRefused(await atUserinfo(untouched('dpop')), 401, 'the same once more')
  })
})

function assertRefused({ status, body, json }: Answer, expected: number, proof: string): void {
  const kind = `${status} for ${proof.slice(0, 200)}`
  assert.equal(status, expected, kind)
  assert.equal(json()['error'], 'invalid_dpop_proof', kind)
  assert.doesNotMatch(body, /access_token"|"sub"/, kind)
}
