import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { event } from './events.ts'

onBothEngines('The store of events', (open) => {
  test('an event stands with who, what, where and when, in the order in which things happened', async () => {
    const { database, runtime } = await open()
    const happened = {
      type: 'token.revoked',
      userId: 'usr_1',
      clientId: 'web',
      sessionId: 'ses_1',
      familyId: 'fam_1',
      peer: '198.51.100.1',
      detail: { kind: 'refresh' },
    } as const
    const at = runtime.now()
    await database.commit([event(database, runtime, happened)])
    runtime.advance(1)
    await database.commit([event(database, runtime, { type: 'user.signed_in' })])
    const rows = await database.read('select * from events order by at', [])
    assert.deepEqual(
      rows.map(({ type }) => type),
      ['token.revoked', 'user.signed_in'],
    )
    const { id, ...row } = rows[0] ?? {}
    assert.match(String(id), /^evt_/)
    assert.deepEqual(
      { ...row },
      {
        at,
        type: 'token.revoked',
        user_id: 'usr_1',
        client_id: 'web',
        session_id: 'ses_1',
        family_id: 'fam_1',
        peer: '198.51.100.1',
        detail: '{"kind":"refresh"}',
      },
    )
  })

  test('SC-10: an event and what it tells of are one commit: neither stands without the other', async () => {
    const { database, runtime } = await open()
    const told = event(database, runtime, { type: 'user.signed_in' })
    await assert.rejects(database.commit([told, { ...told }]), 'the second row has the same id')
    assert.deepEqual(await database.read('select id from events', []), [])
  })
})
