// Whatever is done to tokens, done to attestations and to their proofs at the token endpoint: each alone is spoiled, while
// the other one is as it should be.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { peekUnverified } from '@countersign/protocol'
import { publicPart, specimen } from '../../../../../tests/harness/specimens.ts'
import { attacksOn, untouched } from '../../../../../tests/harness/token-attacks.ts'
import { goodClaims, now } from '../../../../../tests/harness/token-kinds.ts'
import { type Answer, openHouse } from '../../platform/house.ts'
import { createClient } from '../clients/registration.ts'
import { type OAuthHouse, openOAuthHouse } from '../house.ts'

const algorithms = ['ES256', 'RS256', 'EdDSA', 'ES384'] as const
let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse({ house: await openHouse({ start: now }) })
  const created = await createClient(house, {
    id: 'wallet',
    name: 'The Wallet',
    authentication: 'attest_jwt_client_auth',
    attesterJwks: { keys: algorithms.map((alg) => publicPart(specimen(alg).jwk)) },
    grants: ['client_credentials'],
    scopes: ['accounts:read'],
  })
  assert.ok(created.ok)
  Object.assign(goodClaims.clientAttestation, {
    sub: 'wallet',
    cnf: { jwk: publicPart(specimen('ES256').jwk) },
  })
  Object.assign(goodClaims.clientAttestationPop, { iss: 'wallet', aud: house.issuer.url })
})

let networks = 0
function ask(attestation: string, pop: string): Promise<Answer> {
  networks += 1
  const form = { grant_type: 'client_credentials', scope: 'accounts:read' }
  return house.visitor().visit('/oauth/token', {
    body: new URLSearchParams(form).toString(),
    headers: { 'oauth-client-attestation': attestation, 'oauth-client-attestation-pop': pop },
    // Each from a network of its own, since failures are counted.
    peer: `203.0.${networks >> 8}.${networks & 255}`,
  })
}

async function assertRefused(asked: Promise<Answer>, how: string): Promise<void> {
  const { status, body } = await asked
  assert.ok([400, 401].includes(status), `${status}: ${how}`)
  assert.doesNotMatch(body, /access_token"/, how)
}

test('RT-10 JW-01 to JW-11 C1 C2 C3: an attestation that is spoiled in any way gets nobody in', async () => {
  for (const [name, , tokens] of attacksOn('clientAttestation'))
    for (const token of tokens)
      await assertRefused(ask(token, untouched('clientAttestationPop')), `${name}: ${token.slice(0, 100)}`)
})

test('RT-10 JW-01 to JW-11 C1 C2 C3: nor does a proof', async () => {
  const { kid } = specimen('ES256').key
  // Its key is that of the attestation, whatever it calls it.
  const isNamedOtherwise = (token: string) => (peekUnverified(token)?.header.kid ?? kid) !== kid
  for (const [name, , tokens] of attacksOn('clientAttestationPop'))
    for (const token of tokens.filter((one) => !isNamedOtherwise(one)))
      await assertRefused(ask(untouched('clientAttestation'), token), `${name}: ${token.slice(0, 100)}`)
})

test('C11: as they are they get their client in, once', async () => {
  const [attestation, pop] = [untouched('clientAttestation'), untouched('clientAttestationPop')]
  assert.equal((await ask(attestation, pop)).status, 200)
  assert.equal((await ask(attestation, pop)).status, 401)
})
