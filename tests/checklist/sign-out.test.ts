// Every door by which a person's session ends, as people and operators use them: each is told to the application that
// got tokens in it (checklist SE).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { createSignOutReceiver, type SignOutReceiver } from '@countersign/sdk/sign-out'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { eventually, type OwnSession, openRelyingParty, type RelyingParty } from '../harness/relying-party.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  describe(`sign-out everywhere, the server on ${engine}`, { skip }, () => {
    let party: RelyingParty
    let receiver: SignOutReceiver
    const on = serverOfThisFile({
      engine,
      skip,
      prepare: async (server) => {
        receiver = createSignOutReceiver({ issuer: server.issuer, clientId: 'told', onSignOut: () => {} })
        const judge = async (token: string) => {
          const { sessionId = '' } = await receiver.receive(token)
          return { sid: sessionId }
        }
        party = await openRelyingParty(server, { id: 'told', host: '127.0.0.1', hears: ['back'], judge })
      },
    })
    after(() => party?.[Symbol.asyncDispose]())
    beforeEach(() => party?.sessions.clear())

    const into = async (
      username: string,
      person = new Person(`${party.origin}/bye`),
    ): Promise<{ person: Person; session: OwnSession }> => {
      const known = new Set(party.sessions.keys())
      await person.walk(`${party.origin}/sign-in`, { username, password })
      const [, session] = [...party.sessions].find(([key]) => !known.has(key)) ?? []
      ok(session)
      return { person, session }
    }
    const isTold = (session: OwnSession): Promise<void> =>
      eventually(() => ![...party.sessions.values()].some(({ sid }) => sid === session.sid), 'the message')

    test('SE-04: signing out here is told', async () => {
      const { person, session } = await into('ada')
      await person.submit(await person.open(`${on.issuer}/sign-out`), {})
      await isTold(session)
    })

    test('SE-08: ending a session from the account page is told, and others are left alone', async () => {
      const elsewhere = await into('ada')
      const here = await into('ada')
      const page = await here.person.open(`${on.issuer}/account`)
      const seen = await here.person.submit(page, { session: elsewhere.session.sid })
      equal(seen.url.searchParams.get('done'), 'session-ended')
      await isTold(elsewhere.session)
      deepEqual(
        [...party.sessions.values()].map(({ sid }) => sid),
        [here.session.sid],
      )
    })

    test('SE-07: a new password is told to the applications of every session', async () => {
      const { person, session } = await into('tim')
      const other = await into('tim')
      const page = await person.open(`${on.issuer}/account`)
      const changed = { current_password: password, new_password: 'difference-engine-number-two' }
      const seen = await person.submit(page, changed)
      equal(seen.url.searchParams.get('done'), 'password-changed', seen.html)
      await isTold(session)
      await isTold(other.session)
    })

    test('SE-01: a session that another person takes the place of is told', async () => {
      const person = new Person(`${party.origin}/bye`)
      // A tab that was opened before.
      const form = await person.open(`${on.issuer}/sign-in`)
      const { session } = await into('ada', person)
      await person.submit(form, { username: 'grace', password })
      await isTold(session)
    })

    test('SE-06: disabling and deleting a person are told', async () => {
      const { session } = await into('ada')
      await on.countersign('user', 'disable', 'ada')
      await isTold(session)
      const other = await into('grace')
      await on.countersign('user', 'delete', 'grace')
      await isTold(other.session)
    })

    test('SE-12: what was told once is refused when it comes again', async () => {
      const [token = ''] = party.heard
      const again = await receiver.fetch(
        new Request('https://told.example/', {
          method: 'POST',
          body: new URLSearchParams({ logout_token: token }),
        }),
      )
      equal(again.status, 400)
    })
  })
}
