// An account may name a mailbox that is somebody else's, by a slip or on purpose. What its holder does must not be a way to
// write to that mailbox whatever they like, nor as often as they like.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import type { OutgoingLetter } from '../../platform/mail/carrier.ts'
import { mailDelivery } from '../../platform/mail/delivery.ts'
import { mailEvents } from '../../platform/mail/mail-server.fixture.ts'
import type { Canonical } from '../users/identifiers.ts'
import { type AccountChange, toldOf } from './told-of.ts'

const stranger = { id: 'usr_eve', email: 'stranger@example.test' as Canonical, emailVerified: false }
const words = 'You have won: call-now.example'

async function openMailHouse() {
  const house = await openHouse()
  const carried: OutgoingLetter[] = []
  const delivery = mailDelivery(
    house,
    async (letter) => {
      carried.push(letter)
    },
    { from: 'no-reply@id.example' },
  )
  const tell = async (change: AccountChange, user = stranger): Promise<void> => {
    await house.database.commit([toldOf(house, user, change, null)])
    await delivery.deliver()
  }
  return { house, carried, tell, [Symbol.asyncDispose]: () => house.close() }
}

const chosen: Readonly<Record<string, AccountChange>> = {
  'the name of a passkey that was added': { what: 'passkey.added', name: words },
  'the name of a passkey that was removed': { what: 'passkey.removed', name: words },
  'the name of a passkey that was copied': { what: 'passkey.copied', name: words },
  'the address that was asked for': { what: 'address.change_asked', to: 'y@call-now.example' },
  'the address that it became': {
    what: 'address.changed',
    from: stranger.email,
    to: 'y@call-now.example',
  },
  'the user name that it got': { what: 'username.changed', to: 'call-now.example' },
}
for (const [name, change] of Object.entries(chosen)) {
  test(`C16, PW-25: no letter to a mailbox that nobody has proven says ${name}`, async () => {
    await using mail = await openMailHouse()
    await mail.tell(change)
    const letter = mail.carried.find(({ to }) => to === stranger.email)
    assert.doesNotMatch(`${letter?.subject}${letter?.text}${letter?.html}`, /call-now|undefined|false/)
    assert.match(letter?.text ?? '', /another one|A passkey/)
  })
}

test('PW-24: whoever changes things all day has three letters in a quarter of an hour sent to a mailbox that nobody has proven', async () => {
  await using mail = await openMailHouse()
  const { house, carried, tell } = mail
  for (let i = 0; i < 12; i++) await tell({ what: 'recovery_codes.made' })
  assert.equal(carried.length, 3)
  assert.deepEqual(await house.letters(), [])
  const dropped = (await mailEvents(house)).filter(({ type }) => type === 'mail.given_up')
  assert.equal(dropped.length, 9)
  assert.deepEqual(dropped[0], {
    type: 'mail.given_up',
    kind: 'account.changed',
    attempts: 1,
    because: 'too many',
  })
  assert.equal(await house.mail.mayPost(stranger.email, null), false, 'counted with every other letter there')
  house.runtime.advance(900)
  await tell({ what: 'recovery_codes.made' })
  assert.equal(carried.length, 4)
})

test('PW-27: nobody is kept from being told of changes at a mailbox of their own', async () => {
  await using mail = await openMailHouse()
  const proven = { ...stranger, emailVerified: true }
  for (let i = 0; i < 12; i++) await mail.tell({ what: 'recovery_codes.made' }, proven)
  assert.equal(mail.carried.length, 12)
  await mail.tell({ what: 'passkey.added', name: words }, proven)
  assert.match(mail.carried.at(-1)?.text ?? '', /call-now/)
  assert.equal('rationed' in (mail.carried[0] ?? {}), false)
})
