import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { endSession } from '../../accounts/sessions/sessions.store.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { House } from '../../platform/house.ts'
import { allKeys, unpublishNow } from '../../platform/keys/keys.store.ts'
import { disableClient } from '../clients/clients.store.ts'
import { ada, type OAuthHouse, openOAuthHouse, tokensFor } from '../house.ts'
import { revokeJwt } from './access-tokens.store.ts'
import { revokeFamily } from './families.store.ts'
import { type KnownToken, knownToken } from './known-token.ts'
import { verifiedClaims } from './verified-claims.ts'

describe('A JWT whose signature was verified before', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse()
  })
  after(() => house.close())

  async function tokenSeen(own = house): Promise<{ readonly token: string; readonly known: KnownToken }> {
    const token = String((await tokensFor(own))['access_token'])
    return { token, known: (await knownToken(own.room, token)) ?? assert.fail() }
  }

  test('is not verified again', async () => {
    const { token, known } = await tokenSeen()
    const again = await knownToken(house.room, token)
    assert.equal(again?.claims, known.claims, 'the very same claims: nobody has read them again')
  })

  test('says the same in every request, whatever is tried with it in one', async () => {
    const { known } = await tokenSeen()
    const { amr } = known.claims
    assert.ok(Array.isArray(amr))
    assert.throws(() => (amr as string[]).push('mfa'), TypeError)
    assert.throws(() => Object.assign(known.claims, { scope: 'admin' }), TypeError)
  })

  test('vouches for no other text', async () => {
    const { token } = await tokenSeen()
    const signature = token.slice(token.lastIndexOf('.') + 1)
    const last = signature.at(-1) === 'A' ? 'Q' : 'A'
    for (const other of [token.slice(0, -1) + last, token.slice(0, token.lastIndexOf('.') + 1), ` ${token}`])
      assert.equal(await knownToken(house.room, other), null)
  })

  const endings: Readonly<Record<string, (house: House, known: KnownToken) => WriteSet>> = {
    'is revoked': ({ database, runtime }, { claims }) => [revokeJwt(database, claims, runtime.now())],
    'has a family that was revoked': ({ database, runtime }, { live }) => [
      revokeFamily(database, live?.family.id ?? '', 'consent withdrawn', runtime.now()),
    ],
    'has a session that was ended': ({ database, runtime }, { live }) => [
      endSession(database, runtime.now(), { id: live?.family.sessionId ?? '', userId: ada.id }),
    ],
    'has a client that was disabled': ({ database, runtime }, { claims }) => [
      disableClient(database, claims.client_id, runtime.now()),
    ],
    'has a person who was disabled': ({ database, runtime }) => [
      disableUser(database, runtime.now(), ada.id),
    ],
  }
  for (const [ending, writes] of Object.entries(endings)) {
    test(`is worth nothing at once when it ${ending}`, async () => {
      const own = await openOAuthHouse()
      const { token, known } = await tokenSeen(own)
      await own.database.commit(writes(own, known))
      assert.equal(await knownToken(own.room, token), null)
      await own.close()
    })
  }

  test('is worth nothing when its time is up', async () => {
    const { token, known } = await tokenSeen()
    house.runtime.advance(known.claims.exp - house.runtime.now())
    assert.equal(await knownToken(house.room, token), null)
  })

  test('is worth nothing when its key is retired, as soon as that is known here', async () => {
    const { token } = await tokenSeen()
    const { database, runtime, room } = house
    const [key] = (await allKeys(database)).filter(({ alg }) => alg === 'ES256')
    await database.commit([unpublishNow(database, key?.kid ?? '', runtime.now())])
    runtime.advance(6)
    await room.keyring.refresh()
    assert.equal(await knownToken(room, token), null)
  })

  test('is forgotten for others that are asked about, in the end', () => {
    const memory = verifiedClaims()
    const verified = { header: { alg: 'ES256' }, key: {}, claims: {} } as Parameters<typeof memory.add>[1]
    memory.add('often', verified)
    memory.add('once', verified)
    for (let other = 0; other < 10_000; other++) {
      memory.add(`${other}`, verified)
      if (other % 1000 === 0) assert.notEqual(memory.get('often'), undefined)
    }
    assert.equal(memory.get('once'), undefined)
    assert.equal(memory.get('0'), undefined)
  })
})
