import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import type { House } from '../platform/house.ts'
import { testRuntime } from '../platform/runtime.ts'
import { putPassword } from './credentials/passwords.store.ts'
import { type Identity, linkIdentity, unlinkIdentity } from './identities/identities.store.ts'
import { insertPasskey, type Passkey, removePasskey } from './passkeys/passkeys.store.ts'
import { canonicalEmail, canonicalUsername } from './users/identifiers.ts'
import { addSomeone } from './users/someone.fixture.ts'
import { changeUsername, userById } from './users/users.store.ts'
import { isLastWayIn, type WaysIn, waysInOf } from './ways-in.ts'

const nobody = { email: null, username: null }
const now = testRuntime().now()
const password = { sealedHash: 'sealed', changedAt: now }
const here = { rpId: 'localhost', userVerified: true }
const unverified = { ...here, userVerified: false }
const elsewhere = { ...here, rpId: 'old.example.com' }

function identity(id: string, userId = 'usr'): Identity {
  return {
    id,
    userId,
    upstream: 'oidc',
    issuer: 'https://idp.test',
    subject: id,
    email: null,
    createdAt: now,
  }
}

function passkey(id: string, kind: Pick<Passkey, 'rpId' | 'userVerified'>, userId = 'usr'): Passkey {
  return {
    id,
    userId,
    credentialId: `credential of ${id}`,
    userHandle: null,
    publicKey: new Uint8Array([165]),
    signCount: 0,
    transports: [],
    backupEligible: null,
    backedUp: null,
    name: 'Passkey',
    createdAt: now,
    lastUsedAt: null,
    ...kind,
  }
}

function ways(held: Partial<WaysIn>): WaysIn {
  return { user: nobody, password: null, identities: [], passkeys: [], domain: here.rpId, ...held }
}

test('one identity alone is the last way in; one of two is not', () => {
  assert.equal(isLastWayIn(ways({ identities: [identity('a')] }), 'a'), true)
  assert.equal(isLastWayIn(ways({ identities: [identity('a'), identity('b')] }), 'a'), false)
})

test('a password is another way in for who has an address or a user name to give with it', () => {
  const held = { password, identities: [identity('a')] }
  assert.equal(isLastWayIn(ways(held), 'a'), true)
  const [email, username] = [canonicalEmail('ada@example.com'), canonicalUsername('ada')]
  assert.equal(isLastWayIn(ways({ ...held, user: { ...nobody, email } }), 'a'), false)
  assert.equal(isLastWayIn(ways({ ...held, user: { ...nobody, username } }), 'a'), false)
  const user = { email, username }
  assert.equal(isLastWayIn(ways({ ...held, password: null, user }), 'a'), true, 'a name alone opens nothing')
})

test('a passkey is another way in where it was made for this domain and verifies its person', () => {
  const beside = (kind: Pick<Passkey, 'rpId' | 'userVerified'>) =>
    isLastWayIn(ways({ identities: [identity('a')], passkeys: [passkey('p', kind)] }), 'a')
  assert.equal(beside(here), false)
  assert.equal(beside(unverified), true)
  assert.equal(beside(elsewhere), true)
})

test('a passkey of another domain is nobody’s last way in, even where there is no other', () => {
  assert.equal(isLastWayIn(ways({ passkeys: [passkey('p', elsewhere)] }), 'p'), false)
  assert.equal(isLastWayIn(ways({ passkeys: [passkey('p', here)] }), 'p'), true)
  assert.equal(isLastWayIn(ways({ passkeys: [passkey('p', here), passkey('q', elsewhere)] }), 'p'), true)
  assert.equal(isLastWayIn(ways({ passkeys: [passkey('p', here), passkey('q', here)] }), 'p'), false)
})

test('where browsers have no passkeys for us, none is a way in', () => {
  const held = { identities: [identity('a')], passkeys: [passkey('p', here)], domain: null }
  assert.equal(isLastWayIn(ways(held), 'a'), true)
})

onBothEngines('What pages offer to take away', (open) => {
  test('is what can be taken away, whatever else somebody has', async () => {
    const house = await open()
    const removals = everybody().flatMap((held) => [
      ...held.identities.map((_, index) => ({ held, index, kind: 'identities' as const })),
      ...held.passkeys.map((_, index) => ({ held, index, kind: 'passkeys' as const })),
    ])
    const outcomes = new Set<boolean>()
    for (const removal of removals) {
      const { offered, done } = await offeredAndDone(house, removal)
      assert.equal(offered, done, JSON.stringify(removal))
      outcomes.add(done)
    }
    assert.deepEqual(outcomes, new Set([true, false]))
  })
})

interface Held {
  readonly isNamed: boolean
  readonly hasPassword: boolean
  readonly identities: readonly string[]
  readonly passkeys: readonly Pick<Passkey, 'rpId' | 'userVerified'>[]
}

/** Everybody who has something of each kind, or hasn’t. */
function everybody(): readonly Held[] {
  const kinds = [here, unverified, elsewhere]
  const sets = [[], ...kinds.map((kind) => [kind]), [here, here], [here, elsewhere], [unverified, elsewhere]]
  return [false, true].flatMap((isNamed) =>
    [false, true].flatMap((hasPassword) =>
      [[], ['a'], ['a', 'b']].flatMap((identities) =>
        sets.map((passkeys) => ({ isNamed, hasPassword, identities, passkeys })),
      ),
    ),
  )
}

interface Removal {
  readonly held: Held
  readonly kind: 'identities' | 'passkeys'
  readonly index: number
}

async function offeredAndDone(house: House, { held, kind, index }: Removal) {
  const { database, runtime, issuer } = house
  const { id: userId } = await addSomeone(house)
  const username = held.isNamed ? canonicalUsername(userId) : null
  const identities = held.identities.map(() => identity(runtime.id('idn'), userId))
  const passkeys = held.passkeys.map((each) => passkey(runtime.id('psk'), each, userId))
  const kept = await database.commit([
    changeUsername(database, runtime.now(), userId, username),
    held.hasPassword ? putPassword(database, runtime.now(), userId, 'sealed') : null,
    ...identities.map((one) => linkIdentity(database, one)),
    ...passkeys.map((one) => insertPasskey(database, one)),
  ])
  assert.deepEqual(kept, { ok: true })
  const user = await userById(database, userId)
  assert.ok(user)
  const id = { identities, passkeys }[kind][index]?.id ?? ''
  const remove = { identities: unlinkIdentity, passkeys: removePasskey }[kind]
  const offered = !isLastWayIn(await waysInOf(house, user), id)
  const { ok } = await database.commit([remove(database, runtime.now(), userId, id, issuer.domain)])
  return { offered, done: ok }
}
