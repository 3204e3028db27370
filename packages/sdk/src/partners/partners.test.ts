import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { importPrivateJwkAsync, KeyError, peekUnverified, signTokenAsync } from '@countersign/protocol'
import { createPartners, memoryReplay, type Partner, ReplayMemoryFull, type ReplayStore } from './index.ts'
import {
  acmeIssuer,
  codeOf,
  encryptionPair,
  publisher,
  sharedSecret,
  shopIssuer,
  signingPair,
  start,
  twoPartners,
} from './world.fixture.ts'

describe('a message between partners', () => {
  test('what one signs the other verifies, with who said it and under which name', async () => {
    const { shop, acme } = await twoPartners()
    const said = { order: 17, lines: ['ä', null, 1.5] }
    const { from, message, id, issuedAt, expiresAt } = await acme.verify(await shop.sign('acme', said))
    assert.equal(from, 'shop')
    assert.deepEqual(message, said)
    assert.match(id, /^[\w-]{22}$/)
    assert.deepEqual([issuedAt, expiresAt], [start, start + 300])
  })

  test('seed 2.6: a changed byte anywhere is refused', async () => {
    const { shop, acme } = await twoPartners()
    const token = await shop.sign('acme', { order: 17 })
    for (let at = 0; at < token.length; at += 7) {
      const other = token[at] === 'A' ? 'B' : 'A'
      const code = await codeOf(acme.verify(token.slice(0, at) + other + token.slice(at + 1)))
      // A byte of the sender's name makes it a message of nobody that we know.
      assert.ok(code === 'refused' || code === 'unknown_partner', `${at}: ${code}`)
    }
    assert.equal((await acme.verify(token)).from, 'shop', 'and the token itself is good')
  })

  test('a message is for one partner: another one refuses it', async () => {
    const { shop, shopKey, now } = await twoPartners()
    const bolt = await createPartners({
      self: { issuer: 'https://bolt.example' },
      partners: { shop: { issuer: shopIssuer, key: shopKey.publicJwk } },
      now,
    })
    assert.equal(await codeOf(bolt.verify(await shop.sign('acme', 1))), 'refused')
  })

  test('another partner’s key does not sign under this one’s name', async () => {
    const boltKey = signingPair()
    const { acmeKey, shopKey, now } = await twoPartners()
    const acme = await createPartners({
      self: { issuer: acmeIssuer, key: acmeKey.privateJwk },
      partners: {
        shop: { issuer: shopIssuer, key: shopKey.publicJwk },
        bolt: { issuer: 'https://bolt.example', key: boltKey.publicJwk },
      },
      now,
    })
    for (const kid of [boltKey.privateJwk['kid'], shopKey.privateJwk['kid']]) {
      const impostor = await createPartners({
        self: { issuer: shopIssuer, key: { ...boltKey.privateJwk, kid } },
        partners: { acme: { issuer: acmeIssuer, key: acmeKey.publicJwk } },
        now,
      })
      assert.equal(await codeOf(acme.verify(await impostor.sign('acme', 'pay'))), 'refused')
    }
  })

  test('nobody’s message, and a message to nobody, name no partner', async () => {
    const { shop, acme } = await twoPartners()
    assert.equal(await codeOf(shop.sign('acmee', 1)), 'unknown_partner')
    assert.equal(await codeOf(acme.verify(await acme.sign('shop', 1))), 'unknown_partner')
    for (const rubbish of ['', 'a.b.c', '..', 'é'.repeat(9000), 'a.b.c.d.e'])
      assert.match(await codeOf(acme.verify(rubbish)), /^(?:unknown_partner|refused)$/)
  })

  test('a message ends: at its time, give or take the clocks, it is refused', async () => {
    const { clock, shop, acme } = await twoPartners()
    const tokens = await Promise.all([
      shop.sign('acme', 1, { lifetime: 60 }),
      shop.sign('acme', 2, { lifetime: 60 }),
    ])
    clock.now = start + 74
    assert.equal((await acme.verify(tokens[0])).message, 1)
    clock.now = start + 75
    assert.equal(await codeOf(acme.verify(tokens[1])), 'refused')
    await assert.rejects(
      () => createPartners({ self: { issuer: 'a' }, partners: {}, lifetime: 4000 }),
      TypeError,
    )
  })

  test('a token of another kind is no message, though its key, sender and audience are right', async () => {
    const { acme, shopKey, clock } = await twoPartners()
    const common = {
      iss: shopIssuer,
      aud: acmeIssuer,
      sub: 'x',
      iat: clock.now,
      exp: clock.now + 60,
      jti: 'j',
    }
    const key = await importPrivateJwkAsync(shopKey.privateJwk)
    const access = await signTokenAsync('access', { ...common, client_id: 'x', message: 'pay' }, key)
    assert.equal(await codeOf(acme.verify(access)), 'refused')
  })

  test('what JSON can’t say is not signed, nor what no header would hold', async () => {
    const { shop } = await twoPartners()
    await assert.rejects(shop.sign('acme', undefined), TypeError)
    const deep = JSON.parse(`${'['.repeat(20)}${']'.repeat(20)}`) as unknown
    for (const unreadable of [10n, '\uD800', JSON.parse('{"__proto__":1}'), deep])
      await assert.rejects(shop.sign('acme', unreadable), TypeError)
    for (const lifetime of [0, -1, 1.5, 3601])
      await assert.rejects(shop.sign('acme', 1, { lifetime }), TypeError)
    assert.equal(await codeOf(shop.sign('acme', 'x'.repeat(6000))), 'too_large')
    const { acme } = await twoPartners({ acme: { self: { issuer: acmeIssuer } } })
    await assert.rejects(acme.sign('shop', 1), /self needs a \{ key \}/)
  })
})

describe('a message is taken once', () => {
  test('a replay is refused until the message itself has ended', async () => {
    const { clock, shop, acme } = await twoPartners()
    const token = await shop.sign('acme', 1)
    await acme.verify(token)
    for (const later of [0, 1, 299, 314]) {
      clock.now = start + later
      assert.equal(await codeOf(acme.verify(token)), 'replayed', `${later} s later`)
    }
    clock.now = start + 315
    assert.equal(await codeOf(acme.verify(token)), 'refused')
  })

  test('of fifty verifications at once exactly one passes, also when the store answers late', async () => {
    const taken = new Set<string>()
    const late: ReplayStore = {
      consume: async (id) => {
        await new Promise(setImmediate)
        if (taken.has(id)) return false
        taken.add(id)
        return true
      },
    }
    for (const replay of [memoryReplay({ now: () => start }), late]) {
      const { shop, acme } = await twoPartners({ acme: { replay } })
      const token = await shop.sign('acme', 1)
      const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => acme.verify(token)))
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          assert.equal(await codeOf(Promise.reject(outcome.reason)), 'replayed')
      }
    }
  })

  test('a forged message uses nothing up: the genuine one of its identifier still passes', async () => {
    const { shop, acme } = await twoPartners()
    const token = await shop.sign('acme', 1)
    const [header, payload] = token.split('.')
    assert.equal(await codeOf(acme.verify(`${header}.${payload}.${'A'.repeat(86)}`)), 'refused')
    assert.equal((await acme.verify(token)).message, 1)
  })

  test('a memory that is full refuses rather than forgets, and has room again when messages end', async () => {
    const clock = { now: start }
    const replay = memoryReplay({ most: 2, now: () => clock.now })
    const { shop, acme, clock: theirs } = await twoPartners({ acme: { replay } })
    const [one, two, three] = await Promise.all([1, 2, 3].map((message) => shop.sign('acme', message)))
    await acme.verify(one ?? '')
    await acme.verify(two ?? '')
    assert.equal(await codeOf(acme.verify(three ?? '')), 'unavailable')
    assert.equal(await codeOf(acme.verify(one ?? '')), 'replayed', 'what it knows it still knows')
    clock.now = theirs.now = start + 315
    const next = await shop.sign('acme', 4)
    assert.equal((await acme.verify(next)).message, 4)
  })

  test('a memory knows an identifier whatever end it comes with, and holds no more than it may', () => {
    const store = memoryReplay({ most: 1, now: () => start })
    assert.equal(store.consume('a', start + 10), true)
    assert.equal(store.consume('a', start + 20), false)
    assert.throws(() => store.consume('b', start + 10), ReplayMemoryFull)
  })

  test('a store that fails, or answers with anything but true, lets nothing pass', async () => {
    const broken: ReplayStore = { consume: () => Promise.reject(new Error('no connection')) }
    const odd = { consume: () => 'OK' } as unknown as ReplayStore
    for (const [replay, code] of [
      [broken, 'unavailable'],
      [odd, 'replayed'],
    ] as const) {
      const { shop, acme } = await twoPartners({ acme: { replay } })
      assert.equal(await codeOf(acme.verify(await shop.sign('acme', 1))), code)
    }
  })
})

describe('a secret between two', () => {
  const k = sharedSecret()
  const bySecret = () =>
    twoPartners({
      shop: { self: { issuer: shopIssuer }, partners: { acme: { issuer: acmeIssuer, secret: k } } },
      acme: { self: { issuer: acmeIssuer }, partners: { shop: { issuer: shopIssuer, secret: k } } },
    })

  test('signs in both directions', async () => {
    const { shop, acme } = await bySecret()
    assert.equal((await acme.verify(await shop.sign('acme', 'to'))).message, 'to')
    assert.equal((await shop.verify(await acme.sign('shop', 'fro'))).message, 'fro')
  })

  test('one’s own message sent back is refused', async () => {
    const { shop, acme } = await bySecret()
    const own = await shop.sign('acme', 'pay me')
    assert.equal(await codeOf(shop.verify(own)), 'unknown_partner')
    assert.equal((await acme.verify(own)).message, 'pay me')
  })

  test('a public key is never taken for the secret', async () => {
    const { shopKey, acme } = await twoPartners()
    const k = Buffer.from(JSON.stringify(shopKey.publicJwk)).toString('base64url')
    const forger = await createPartners({
      self: { issuer: shopIssuer },
      partners: {
        acme: { issuer: acmeIssuer, secret: { kty: 'oct', alg: 'HS256', k, kid: shopKey.publicJwk['kid'] } },
      },
      now: () => start,
    })
    assert.equal(await codeOf(acme.verify(await forger.sign('acme', 1))), 'refused')
  })

  test('is shared with one partner alone', async () => {
    const partners = {
      acme: { issuer: acmeIssuer, secret: k },
      bolt: { issuer: 'https://bolt.example', secret: k },
    }
    await assert.rejects(createPartners({ self: { issuer: shopIssuer }, partners }), /one partner alone/)
  })
})

describe('what createPartners is told', () => {
  test('two of one name, or a partner of our own, are refused', async () => {
    const { publicJwk: key } = signingPair()
    const self = { issuer: shopIssuer }
    for (const partners of [
      { me: { issuer: shopIssuer, key } },
      { a: { issuer: acmeIssuer, key }, b: { issuer: acmeIssuer, key } },
      { nobody: { issuer: '', key } },
    ])
      await assert.rejects(createPartners({ self, partners }), TypeError)
  })

  test('what two partners have in common could be either’s, and is refused', async () => {
    const { publicJwk: key } = signingPair()
    const address = 'https://platform.example/jwks.json'
    for (const [one, other] of [
      [{ jwks: address }, { jwks: 'https://PLATFORM.example:443/jwks.json' }],
      [{ key }, { key: { ...key, kid: 'another-name' } }],
      [{ key }, { jwks: { keys: [signingPair().publicJwk, key] } }],
      [{ jwks: { keys: [key] } }, { jwks: { keys: [key] } }],
    ]) {
      const partners = { a: { issuer: acmeIssuer, ...one }, b: { issuer: 'https://bolt.example', ...other } }
      const told = createPartners({
        self: { issuer: shopIssuer },
        partners: partners as Record<string, Partner>,
      })
      await assert.rejects(told, /one partner alone/)
    }
  })

  test('a private key is not taken for a partner’s, nor a set without one usable key', async () => {
    const { privateJwk } = signingPair()
    const self = { issuer: shopIssuer }
    const told = (partner: object) =>
      createPartners({ self, partners: { acme: { issuer: acmeIssuer, ...partner } as Partner } })
    await assert.rejects(told({ key: privateJwk }), KeyError)
    await assert.rejects(told({ jwks: { keys: [privateJwk] } }), KeyError)
    await assert.rejects(told({ jwks: { keys: [] } }), TypeError)
    await assert.rejects(told({ jwks: 'http://acme.example/jwks.json' }), TypeError)
    await assert.rejects(told({}), TypeError)
    await assert.rejects(told({ jwks: { keys: [] }, secret: sharedSecret() }), TypeError)
  })
})

describe('encrypted to the partner', () => {
  const keys = encryptionPair()
  const [shopKey, acmeKey] = [signingPair(), signingPair()]
  const sealed = () =>
    twoPartners({
      shop: {
        self: { issuer: shopIssuer, key: shopKey.privateJwk },
        partners: { acme: { issuer: acmeIssuer, key: acmeKey.publicJwk, encryptTo: keys.publicJwk } },
      },
      acme: {
        self: { issuer: acmeIssuer, decryptionKey: keys.privateJwk },
        partners: { shop: { issuer: shopIssuer, key: shopKey.publicJwk } },
      },
    })

  test('nobody on the way reads a word of it, and the partner knows who wrote it', async () => {
    const { shop, acme } = await sealed()
    const token = await shop.sign('acme', { secret: 'canary-of-the-mine' })
    const parts = token.split('.')
    assert.equal(parts.length, 5)
    for (const part of parts) {
      const text = Buffer.from(part, 'base64url').toString('latin1')
      for (const word of ['canary', 'shop.example', 'message']) assert.ok(!text.includes(word), word)
    }
    assert.equal(peekUnverified(token), null)
    const { from, message } = await acme.verify(token)
    assert.deepEqual([from, message], ['shop', { secret: 'canary-of-the-mine' }])
    assert.equal(await codeOf(acme.verify(token)), 'replayed')
  })

  test('without the key, or altered, it is refused', async () => {
    const { shop, acme } = await sealed()
    const token = await shop.sign('acme', 1)
    const { acme: deaf } = await twoPartners()
    assert.equal(await codeOf(deaf.verify(token)), 'refused')
    const parts = token.split('.')
    for (let part = 0; part < parts.length; part++) {
      const text = parts[part] ?? ''
      if (text === '') continue
      const altered = parts.with(part, (text[0] === 'A' ? 'B' : 'A') + text.slice(1)).join('.')
      assert.equal(await codeOf(acme.verify(altered)), 'refused', `part ${part}`)
    }
    assert.equal((await acme.verify(token)).message, 1)
  })
})

describe('a partner that publishes its keys', () => {
  test('may change them: the next message by a new key is taken after one look, and the old key ends', async (t) => {
    const [old, young] = [signingPair(), signingPair()]
    const { published, url, close } = await publisher([old.publicJwk])
    t.after(close)
    const { acmeKey, clock, now } = await twoPartners()
    const acme = await createPartners({
      self: { issuer: acmeIssuer, key: acmeKey.privateJwk },
      partners: { shop: { issuer: shopIssuer, jwks: url } },
      now,
    })
    const shopWith = (key: typeof old) =>
      createPartners({
        self: { issuer: shopIssuer, key: key.privateJwk },
        partners: { acme: { issuer: acmeIssuer, key: acmeKey.publicJwk } },
        now,
      })
    const [before, after] = await Promise.all([shopWith(old), shopWith(young)])
    assert.equal((await acme.verify(await before.sign('acme', 1))).message, 1)
    assert.equal(published.asked, 1)

    published.keys = [young.publicJwk]
    assert.equal(await codeOf(acme.verify(await after.sign('acme', 2))), 'refused', 'just asked')
    assert.equal(published.asked, 1)
    clock.now += 31
    const tokens = await Promise.all([3, 4, 5].map((message) => after.sign('acme', message)))
    const taken = await Promise.all(tokens.map((token) => acme.verify(token)))
    assert.deepEqual(
      taken.map(({ message }) => message),
      [3, 4, 5],
    )
    assert.equal(published.asked, 2, 'one flight for all three')
    assert.equal(await codeOf(acme.verify(await before.sign('acme', 6))), 'refused')
    assert.equal(published.asked, 2, 'and an unknown key does not ask again at once')
  })

  test('and that can’t be asked makes its message worth sending again, not refused', async (t) => {
    const key = signingPair()
    const { published, url, close } = await publisher([key.publicJwk])
    t.after(close)
    published.isDown = true
    const { acmeKey, clock, now } = await twoPartners()
    const acme = await createPartners({
      self: { issuer: acmeIssuer },
      partners: { shop: { issuer: shopIssuer, jwks: url } },
      now,
    })
    const shop = await createPartners({
      self: { issuer: shopIssuer, key: key.privateJwk },
      partners: { acme: { issuer: acmeIssuer, key: acmeKey.publicJwk } },
      now,
    })
    const token = await shop.sign('acme', 1)
    assert.equal(await codeOf(acme.verify(token)), 'unavailable')
    published.isDown = false
    clock.now += 2
    assert.equal((await acme.verify(token)).message, 1)
  })
})
