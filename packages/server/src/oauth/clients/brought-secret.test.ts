import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { digest } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { openPeople } from '../../accounts/people.fixture.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { Busy } from '../../platform/http/failure.ts'
import { bank, openOAuthHouse, secret } from '../house.ts'
import { oauthRoom, oauthRoutes } from '../oauth.routes.ts'
import { keepBroughtSecret } from './brought-secret.ts'
import { clientById, insertClient } from './clients.store.ts'
import { clientOf, rotateSecret } from './registration.ts'

/** As Django makes one: the salt is text. */
const hash = `pbkdf2_sha256$1000$salt$${pbkdf2Sync(secret, 'salt', 1000, 32, 'sha256').toString('base64')}`

onBothEngines('A client that was brought with a hash of another system', (open) => {
  const opened = async () => {
    const people = await openPeople({ house: await open() })
    const house = await openOAuthHouse({ house: people.house })
    let tried = 0
    const world = { busy: false }
    const passwords = {
      ...people.passwords,
      verifies: (...all: Parameters<typeof people.passwords.verifies>) => {
        tried += 1
        return world.busy ? Promise.reject(new Busy('full')) : people.passwords.verifies(...all)
      },
    }
    const room = oauthRoom(house, { keyring: house.room.keyring, door: { ...people, passwords } })
    const edge = edgeOf(house, oauthRoutes(room), {})
    const description = {
      name: 'Brought',
      grants: ['client_credentials'],
      scopes: ['accounts:read'],
    } as const
    const secretDigest = keepBroughtSecret(house, 'brought', hash) ?? assert.fail()
    const client = { ...clientOf(description, 'brought', null, house.runtime.now()), secretDigest }
    await house.database.commit([insertClient(house.database, client)])
    const ask = (client_secret: string, peer = '203.0.113.7') =>
      new Visitor(edge).visit('/oauth/token', {
        form: { grant_type: 'client_credentials', resource: bank, client_id: 'brought', client_secret },
        peer,
      })
    return { house, ask, world, tried: () => tried, kept: secretDigest }
  }

  test('comes in with its secret and no other; from the first time on its digest is kept, and nothing is hashed', async () => {
    const { house, ask, tried, kept } = await opened()
    assert.doesNotMatch(kept, /pbkdf2/)
    assert.equal((await ask(`${secret}x`)).status, 401)
    assert.equal((await ask(secret)).status, 200)
    assert.equal((await clientById(house.database, 'brought'))?.secretDigest, digest(secret))
    assert.equal((await ask(secret)).status, 200)
    assert.equal((await ask(`${secret}x`)).status, 401)
    assert.equal(tried(), 2)
  })

  test('C26: brings the same secret twenty times at once, right or wrong, for one hash', async () => {
    const { ask, tried } = await opened()
    const many = (value: string) => Promise.all(Array.from({ length: 20 }, () => ask(value)))
    assert.ok((await many('wrong')).every(({ status }) => status === 401 || status === 429))
    assert.equal(tried(), 1)
    assert.deepEqual(new Set((await many(secret)).map(({ status }) => status)), new Set([200]))
    assert.equal(tried(), 2)
  })

  test('TK-12 C26: of guesses from one network ten a minute are hashed, and twenty of all networks', async () => {
    const { house, ask, tried } = await opened()
    for (let i = 0; i < 15; i++) await ask(`guess ${i}`)
    assert.equal(tried(), 10)
    const refused = await ask('another')
    assert.equal(refused.status, 429)
    assert.match(refused.header('retry-after') ?? '', /^\d+$/)
    for (let i = 0; i < 40; i++) await ask(`more ${i}`, `198.51.${i}.1`)
    assert.equal(tried(), 20)
    house.runtime.advance(60)
    assert.equal((await ask(secret)).status, 200)
  })

  test('a secret that an operator gave it meanwhile is the only one', async () => {
    const { house, ask } = await opened()
    const fresh = (await rotateSecret(house, 'brought')) ?? assert.fail()
    assert.equal((await ask(secret)).status, 401)
    assert.equal((await ask(fresh)).status, 200)
  })

  test('is asked to come again where no slot is free, and is let in then', async () => {
    const { ask, world } = await opened()
    world.busy = true
    assert.equal((await ask(secret)).status, 503)
    world.busy = false
    assert.equal((await ask(secret)).status, 200)
  })

  test('C26: a hash that costs too much, or nothing, is never kept', async () => {
    const { house } = await opened()
    const costly = `pbkdf2_sha256$9999999$salt$${'A'.repeat(43)}=`
    for (const text of [costly, 'd41d8cd98f00b204e9800998ecf8427e', 'what is this', '!', ''])
      assert.equal(keepBroughtSecret(house, 'x', text), null, text)
  })
})
