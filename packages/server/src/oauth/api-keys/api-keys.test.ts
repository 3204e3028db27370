import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest, formatOpaque, parseOpaque } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { defineRole, grantRole, withdrawRole } from '../../access/roles.store.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { disableUser, enableUser } from '../../accounts/users/users.store.ts'
import { deleteApi } from '../apis/apis.store.ts'
import { createApi } from '../apis/registration.ts'
import { deleteClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { forgetUser } from '../forget.store.ts'
import { ada, bank, introspected, ledger, type OAuthHouse, openOAuthHouse, post, secret } from '../house.ts'
import { profiles } from '../profiles/rules.ts'
import { sweep } from '../sweep.store.ts'
import type { ApiKey, KeyDescription, KeyOwner } from './api-key.ts'
import { keyById, listKeys } from './api-keys.store.ts'
import { endKey, makeKey } from './keep-keys.ts'
import { knownKey } from './known-key.ts'

const inactive = { active: false }
const ofMachine: KeyOwner = { kind: 'client', clientId: 'machine' }
const ofAda: KeyOwner = { kind: 'user', userId: ada.id }
const nightly: KeyDescription = {
  name: 'The nightly report',
  owner: ofMachine,
  audience: bank,
  scopes: ['accounts:read'],
}

async function made(
  house: OAuthHouse,
  more: Partial<KeyDescription> = {},
): Promise<{ readonly text: string; readonly key: ApiKey }> {
  const result = await makeKey(house, profiles.default, { ...nightly, ...more })
  assert.ok(result.ok, JSON.stringify(result))
  return result
}

const ask = (house: OAuthHouse, text: string, by = 'bank-api') => introspected(house, text, by)

/** Changes one column of a client as its store would: what is tried here is who notices. */
async function change(house: OAuthHouse, id: string, column: string, value: string | number | null) {
  const mark = house.database.dialect === 'postgres' ? ['$1', '$2'] : ['?', '?']
  const sql = `update clients set ${column} = ${mark[0]} where id = ${mark[1]}`
  await house.database.commit([{ sql, parameters: [value, id] }])
}

async function used(house: OAuthHouse, id: string): Promise<number | null> {
  return (await keyById(house.database, id))?.lastUsedAt ?? null
}

/** A use is written down beside the answer: waits until it says what it should. */
async function untilUsed(house: OAuthHouse, id: string, at: number): Promise<void> {
  const deadline = performance.now() + 60_000
  while ((await used(house, id)) !== at) {
    assert.ok(performance.now() < deadline, 'the use was never written down')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

onBothEngines('API keys', (open) => {
  const start = async () => openOAuthHouse({ house: await open() })

  test('a machine’s key is told to its API with owner, scope and end, and to nobody else', async () => {
    const house = await start()
    const { text, key } = await made(house, { seconds: 3600 })
    const now = house.runtime.now()
    assert.deepEqual(await ask(house, text), {
      active: true,
      token_type: 'Bearer',
      iss: house.issuer.url,
      sub: 'machine',
      aud: bank,
      client_id: 'machine',
      scope: 'accounts:read',
      iat: now,
      exp: now + 3600,
      jti: key.id,
    })
    for (const other of ['web', 'machine', 'other']) assert.deepEqual(await ask(house, text, other), inactive)
    house.runtime.advance(3599)
    assert.equal((await ask(house, text))['active'], true)
    house.runtime.advance(1)
    assert.deepEqual(await ask(house, text), inactive)
  })

  test('a person’s key speaks for the person as they are now, and says nothing of a sign-in', async () => {
    const house = await start()
    const { database } = house
    await database.commit([defineRole(database, { name: 'teller', description: '' })])
    await database.commit([grantRole(database, ada.id, 'teller')])
    const { text, key } = await made(house, { owner: ofAda })
    const seen = await ask(house, text)
    assert.deepEqual([seen['sub'], seen['username'], seen['roles']], [ada.id, 'ada', ['teller']])
    assert.equal(seen['client_id'], key.id, 'it came through no client')
    for (const name of ['exp', 'auth_time', 'acr', 'sid']) assert.equal(name in seen, false, name)
    await database.commit([withdrawRole(database, ada.id, 'teller')])
    assert.equal('roles' in (await ask(house, text)), false)
  })

  test('SC-01, SC-05: what is stored of a key is its digest, and no event, row or log has it', async () => {
    const house = await start()
    const { text } = await made(house)
    await ask(house, text)
    const rows = await house.database.read('select * from api_keys', [])
    assert.equal(rows[0]?.['digest'], digest(text))
    const events = await house.database.read('select * from events', [])
    assert.deepEqual(
      events.map((row) => row['type']).filter((type) => String(type).startsWith('api_key')),
      ['api_key.created'],
    )
    const body = parseOpaque('csak', text)?.secret ?? ''
    assert.equal(body.length, 43)
    assert.equal(JSON.stringify([rows, events, house.logged]).includes(body), false)
  })

  test('a key dies at once: revoked, with its client, its person, its API or their rights', async () => {
    const house = await start()
    const { database, runtime } = house
    const second = await createClient(house, {
      ...{ id: 'second', name: 'Second', secret, grants: ['client_credentials'] },
      scopes: ['accounts:read', 'transfers:write'],
    })
    assert.ok(second.ok)
    const owner: KeyOwner = { kind: 'client', clientId: 'second' }
    const { text, key } = await made(house, { owner, scopes: ['accounts:read', 'transfers:write'] })
    const isActive = async (of = text) => (await ask(house, of))['active']
    const without = async (column: string, value: string | number) => {
      const before = (await database.read(`select ${column} as was from clients where id = 'second'`, []))[0]
      await change(house, 'second', column, value)
      assert.equal(await isActive(), false, column)
      await change(house, 'second', column, (before?.['was'] ?? null) as string | number | null)
      assert.equal(await isActive(), true, column)
    }
    await without('disabled_at', 1)
    await without('grants', '["authorization_code"]')
    await without('authentication', 'none')
    await without('scopes', '["ledger:read"]')
    await without('dpop_bound_access_tokens', 1)
    await without('extras', '{"certificateBoundAccessTokens":true}')
    await change(house, 'second', 'scopes', '["accounts:read"]')
    assert.equal(
      (await ask(house, text))['scope'],
      'accounts:read',
      'what its owner may no longer, it may not',
    )

    const mine = await made(house, { owner: ofAda })
    await database.commit([disableUser(database, runtime.now(), ada.id)])
    assert.equal(await isActive(mine.text), false)
    await database.commit([enableUser(database, runtime.now(), ada.id)])
    assert.equal(await isActive(mine.text), true)
    await database.commit([eraseUser(house, ada.id), forgetUser(database, ada.id)])
    assert.equal(await isActive(mine.text), false)

    const other = await made(house)
    await database.commit(endKey(house, other.key))
    assert.equal(await isActive(other.text), false)
    await database.commit(deleteClient(house, 'second'))
    const again = { id: 'second', name: 'Another', secret, grants: ['client_credentials'] as const }
    assert.ok((await createClient(house, { ...again, scopes: ['accounts:read'] })).ok)
    assert.equal(await isActive(), false, 'C22: whoever has the name next has not the key')
    assert.equal(await keyById(database, key.id), undefined)

    const last = await made(house)
    await database.commit([deleteApi(database, bank)])
    assert.ok(
      (await createApi(house, { identifier: bank, scopes: [{ name: 'accounts:read', description: '' }] })).ok,
    )
    assert.equal(await isActive(last.text), false, 'nor does it open an API that came later')
  })

  test('of many who revoke a key at once one does, and it is told once', async () => {
    const house = await start()
    const { key, text } = await made(house)
    const asking = Promise.all(Array.from({ length: 10 }, () => ask(house, text)))
    const ended = await Promise.all(
      Array.from({ length: 10 }, () => house.database.commit(endKey(house, key))),
    )
    await asking
    assert.equal(ended.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(await ask(house, text), inactive)
    const told = await house.database.read(`select id from events where type = 'api_key.revoked'`, [])
    assert.equal(told.length, 1)
  })

  test('a key whose owner goes while it is made is not made, or goes as well', async () => {
    const house = await start()
    const { database } = house
    for (const round of [0, 1, 2, 3, 4]) {
      const id = `brief-${round}`
      const described = { id, name: 'Brief', secret, grants: ['client_credentials'] as const }
      assert.ok((await createClient(house, { ...described, scopes: ['accounts:read'] })).ok)
      const owner: KeyOwner = { kind: 'client', clientId: id }
      const making = Array.from({ length: 4 }, () => makeKey(house, profiles.default, { ...nightly, owner }))
      const going = Array.from({ length: round }, () => new Promise(setImmediate))
      const [results] = await Promise.all([
        Promise.all(making),
        Promise.all(going).then(() => database.commit(deleteClient(house, id))),
      ])
      for (const result of results) if (!result.ok) assert.equal(result.findings[0]?.path, 'client')
      assert.deepEqual(await listKeys(database), [])
    }
  })

  test('when it was last used is known to the minute, and a use that is refused is none', async () => {
    const house = await start()
    const { text, key } = await made(house)
    await ask(house, text, 'web')
    await ask(
      house,
      text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    )
    assert.equal(await used(house, key.id), null)
    const first = house.runtime.now()
    await Promise.all(Array.from({ length: 10 }, () => ask(house, text)))
    await untilUsed(house, key.id, first)
    house.runtime.advance(59)
    await ask(house, text)
    // Whatever the call before had queued is in by the time that this is.
    await made(house)
    assert.equal(await used(house, key.id), first)
    house.runtime.advance(1)
    await ask(house, text)
    await untilUsed(house, key.id, first + 60)
  })

  test('a key that ended stays in the list for a month, and one without an end for ever', async () => {
    const house = await start()
    const { key } = await made(house, { seconds: 60 })
    const { key: lasting } = await made(house)
    house.runtime.advance(60 + 30 * 86_400)
    await sweep(house.database, house.runtime.now())
    assert.deepEqual((await listKeys(house.database)).map(({ id }) => id).sort(), [key.id, lasting.id].sort())
    house.runtime.advance(1)
    await sweep(house.database, house.runtime.now())
    assert.deepEqual(
      (await listKeys(house.database)).map(({ id }) => id),
      [lasting.id],
    )
  })
})

test('whatever is not the whole key is inactive, and a mistyped one is known without a look', async () => {
  const house = await openOAuthHouse()
  try {
    const { text } = await made(house)
    const unissued = formatOpaque('csak', house.runtime.secret())
    const strange = [
      ...[unissued, text.slice(0, -1), `${text}A`, ` ${text}`, text.toUpperCase()],
      ...[
        text.replace('csak', 'csat'),
        text.replace('csak_', 'csak-'),

        `csak_${'A'.repeat(49)}`,
      ],
      ...["csak_' or '1'='1", 'csak_', 'csak', digest(text), `${text},${text}`, 'csak_'.repeat(5000)],
    ]
    for (const one of strange) assert.deepEqual(await ask(house, one), inactive, one.slice(0, 60))
    assert.equal((await ask(house, text))['active'], true)
    assert.equal(JSON.stringify(house.logged).includes(text), false)
    const database = {
      ...house.database,
      read: () => assert.fail('it was looked for'),
    }
    const room = { ...house.room, platform: { ...house.room.platform, database } }
    for (const one of strange.slice(1)) assert.equal(await knownKey(room, one, bank), null)
    await assert.rejects(knownKey(room, unissued, bank), /looked for/)
  } finally {
    await house.close()
  }
})

test('a key is for its API alone: no other endpoint of ours takes it, nor is it exchanged', async () => {
  const house = await openOAuthHouse()
  try {
    const { text } = await made(house, { owner: ofAda })
    const asked = await house
      .visitor()
      .visit('/oauth/userinfo', { headers: { authorization: `Bearer ${text}` } })
    assert.equal(asked.status, 401)
    const bought = await createClient(house, {
      ...{ id: 'exchanger', name: 'Exchanger', secret, api: bank, scopes: ['accounts:read', 'ledger:read'] },
      ...{ grants: ['urn:ietf:params:oauth:grant-type:token-exchange'] },
      exchange: { audiences: [ledger], scopes: { 'accounts:read': ['ledger:read'] }, impersonates: false },
    })
    assert.ok(bought.ok, JSON.stringify(bought))
    const answer = await post(house.visitor(), '/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: text,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      client_id: 'exchanger',
      client_secret: secret,
    })
    assert.equal(answer.json()['error'], 'invalid_request')
  } finally {
    await house.close()
  }
})

test('RFC 7009: a machine ends its own key, and nobody else’s', async () => {
  const house = await openOAuthHouse()
  try {
    const { text } = await made(house)
    const mine = await made(house, { owner: ofAda })
    const revoke = (token: string, by: string) =>
      post(house.visitor(), '/oauth/revoke', { token, client_id: by, client_secret: secret })
    for (const by of ['web', 'bank-api']) assert.equal((await revoke(text, by)).status, 200)
    assert.equal((await revoke(mine.text, 'machine')).status, 200)
    assert.equal((await ask(house, text))['active'], true)
    assert.equal((await ask(house, mine.text))['active'], true)
    const both = await Promise.all([revoke(text, 'machine'), revoke(text, 'machine')])
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    )
    assert.deepEqual(await ask(house, text), inactive)
  } finally {
    await house.close()
  }
})

test('a key is made only for who would get a token for the same, and each fault is named', async () => {
  const house = await openOAuthHouse()
  const faults = async (more: Partial<KeyDescription>, rules = profiles.default) => {
    const result = await makeKey(house, rules, { ...nightly, ...more })
    return result.ok ? [] : result.findings.map(({ path, code }) => `${path} ${code}`)
  }
  const client = (clientId: string): KeyOwner => ({ kind: 'client', clientId })
  try {
    const bound = await createClient(house, {
      ...{ id: 'bound', name: 'Bound', secret, grants: ['client_credentials'], scopes: ['accounts:read'] },
      dpopBoundAccessTokens: true,
    })
    assert.ok(bound.ok)
    assert.ok((await createApi(house, { identifier: 'https://plain.example', scopes: [] })).ok)
    assert.deepEqual(await faults({ name: ' ' }), ['name range'])
    assert.deepEqual(await faults({ name: 'a\u202eb' }), ['name range'])
    assert.deepEqual(await faults({ name: 'x'.repeat(101) }), ['name range'])
    for (const seconds of [0, -1, 1.5, Number.NaN, 4000 * 86_400])
      assert.deepEqual(await faults({ seconds }), ['expires range'], String(seconds))
    for (const id of ['spa', 'web', 'bound'])
      assert.deepEqual(await faults({ owner: client(id) }), ['client client'])
    assert.deepEqual(await faults({ owner: client('nobody') }), ['client unknown'])
    assert.deepEqual(await faults({ owner: { kind: 'user', userId: 'usr_nobody' } }), ['user unknown'])
    assert.deepEqual(await faults({ audience: 'https://nowhere.example' }), ['api unknown'])
    assert.deepEqual(await faults({ audience: 'https://plain.example', scopes: [] }), ['api scope'])
    assert.deepEqual(await faults({ scopes: [] }), ['scopes missing'])
    assert.deepEqual(await faults({ scopes: ['accounts:read', 'ledger:read'] }), ['scopes scope'])
    assert.deepEqual(await faults({ owner: ofAda, scopes: ['openid'] }), ['scopes scope'])
    assert.deepEqual(await faults({}, profiles.fapi2), ['profile profile'])
    await house.database.commit([disableUser(house.database, house.runtime.now(), ada.id)])
    assert.deepEqual(await faults({ owner: ofAda }), ['user unknown'])
    assert.deepEqual(await listKeys(house.database), [])
    assert.deepEqual(await faults({}), [])
  } finally {
    await house.close()
  }
})

test('where every token is bound, no key is good, not even an old one', async () => {
  const house = await openOAuthHouse()
  try {
    const { text } = await made(house)
    const room = { ...house.room, rules: profiles.fapi2 }
    assert.notEqual(await knownKey(house.room, text, bank), null)
    assert.equal(await knownKey(room, text, bank), null)
  } finally {
    await house.close()
  }
})
