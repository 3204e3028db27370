// What no authenticator says, made from what one does: bytes changed, cut, doubled, and CBOR of every shape. Whatever it
// is, it is refused and not thrown over, and soon. `npm test` tries some, `npm run fuzz -- --passkeys` as many as one likes.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { verifyAssertion, verifyCreation } from '../../packages/server/src/accounts/passkeys/ceremonies.ts'
import type { Passkey } from '../../packages/server/src/accounts/passkeys/passkeys.store.ts'
import { isSoundKey } from '../../packages/server/src/accounts/passkeys/public-keys.ts'
import { readAssertion, readCreation } from '../../packages/server/src/accounts/passkeys/responses.ts'
import { issuerAt } from '../../packages/server/src/platform/http/issuer.ts'
import type { Instant } from '../../packages/server/src/platform/runtime.ts'
import { Authenticator, cbor } from '../harness/authenticator.ts'
import { computingMs } from '../harness/own-time.ts'

const issuer = issuerAt('http://localhost:4400')
const challenge = Buffer.alloc(32, 7).toString('base64url')
/** Milliseconds of processors that one answer may cost. */
const longest = 1000

type Change = (bytes: Buffer) => Buffer

const place = fc.nat(4095)
const byte = fc.integer({ min: 0, max: 255 })
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, byte).map(
    ([at, value]): Change =>
      (bytes) => {
        const changed = Buffer.from(bytes)
        if (changed.length > 0) changed[at % changed.length] = value
        return changed
      },
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 8 })).map(
    ([at, more]): Change =>
      (bytes) => {
        const here = at % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, here), more, bytes.subarray(here)])
      },
  ),
  place.map(
    (at): Change =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
  fc.tuple(place, fc.nat(64)).map(
    ([at, count]): Change =>
      (bytes) => {
        const here = at % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, here), bytes.subarray(here + count)])
      },
  ),
  fc.tuple(place, byte, fc.nat(9000)).map(
    ([at, value, count]): Change =>
      (bytes) => {
        const here = at % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, here), Buffer.alloc(count, value), bytes.subarray(here)])
      },
  ),
)
const changes = fc.array(change, { minLength: 1, maxLength: 4 }).map(
  (all): Change =>
    (bytes) =>
      all.reduce((changed, one) => one(changed), bytes),
)

const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { maxDepth: 5 },
    fc.integer({ min: -300, max: 70_000 }),
    fc.string({ maxLength: 12 }),
    fc.uint8Array({ maxLength: 200 }),
    fc.array(tie('anything'), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(
          fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom('fmt', 'attStmt', 'authData')),
          tie('anything'),
        ),
        {
          maxLength: 5,
        },
      )
      .map((pairs) => new Map(pairs)),
  ),
}))
/** CBOR, or what begins like it. */
const encoded = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  anything.map(cbor),
  anything.map((authData) =>
    cbor(
      new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]),
    ),
  ),
)

/** Tries so many of each kind. @throws AssertionError with what was found, and the seed that finds it again */
export async function tryMalformed(seed: number, count: number): Promise<void> {
  const world = await honest()
  const options = { seed, numRuns: count, verbose: false, endOnFailure: true } as const
  await fc.assert(
    fc.asyncProperty(changes, fc.boolean(), async (changed, ofClientData) => {
      const part = ofClientData ? 'clientDataJSON' : 'attestationObject'
      await within(async () => {
        const sent = readCreation(world.authenticator.create(world.creation, { sent: { [part]: changed } }))
        if (sent !== null) await verifyCreation(issuer, challenge, sent)
      })
    }),
    options,
  )
  await fc.assert(
    fc.asyncProperty(encoded, async (bytes) => {
      await within(async () => {
        const sent = readCreation(
          world.authenticator.create(world.creation, { sent: { attestationObject: () => bytes } }),
        )
        if (sent !== null) assert.equal(await verifyCreation(issuer, challenge, sent), null)
        await isSoundKey(new Uint8Array(bytes))
      })
    }),
    options,
  )
  await fc.assert(
    fc.asyncProperty(
      changes,
      fc.constantFrom('clientDataJSON', 'authenticatorData', 'signature'),
      async (changed, part) => {
        let isChanged = false
        const twist = (bytes: Buffer): Buffer => {
          const other = changed(bytes)
          isChanged = !other.equals(bytes)
          return other
        }
        await within(async () => {
          const sent = readAssertion(world.authenticator.get(world.request, { sent: { [part]: twist } }))
          const asked = { verification: 'preferred', named: true } as const
          const use =
            sent === null ? null : await verifyAssertion(issuer, challenge, sent, world.passkey, asked)
          // What is signed can't be changed; how a signature is spelt, perhaps.
          if (part !== 'signature') assert.equal(use === null, isChanged)
        })
      },
    ),
    options,
  )
}

async function within(work: () => Promise<void>): Promise<void> {
  const took = await computingMs(work)
  assert.ok(took < longest, `It took ${Math.round(took)} ms.`)
}

async function honest() {
  const authenticator = new Authenticator()
  const creation = { challenge, rp: { id: 'localhost' }, user: { id: 'aGFuZGxl' } }
  const sent = readCreation(authenticator.create(creation))
  const made = sent && (await verifyCreation(issuer, challenge, sent))
  if (made === null) throw new Error('What is honest is refused.')
  const passkey: Passkey = {
    ...made,
    id: 'psk_1',
    userId: 'usr_1',
    userHandle: 'aGFuZGxl',
    rpId: 'localhost',
    name: 'Honest',
    createdAt: 0 as Instant,
    lastUsedAt: null,
  }
  // Only this one signs, however many are made afterwards.
  const request = { challenge, rpId: 'localhost', allowCredentials: [{ id: made.credentialId }] }
  return { authenticator, creation, request, passkey }
}
