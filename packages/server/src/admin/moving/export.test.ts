import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noLimits, openPeople, type People } from '../../accounts/people.fixture.ts'
import { exportAll } from './export.ts'
import { type ExportFormat, exportFormats } from './formats.ts'
import { hashBy, people, signsIn, take } from './moving.fixture.ts'
import { type MovedRecord, movedRecord } from './records.ts'
import { tableOf } from './sources/csv.ts'

const [djangoPassword, djangoHash] = hashBy('django pbkdf2_sha256')
const [, bcryptHash] = hashBy('bcrypt 2a')
const google = {
  upstream: 'google',
  issuer: 'https://accounts.google.com',
  subject: '1001',
  email: 'a@g.test',
}
const brought = people(
  {
    id: '1',
    username: 'ada',
    email: 'ada@example.test',
    emailVerified: true,
    name: 'Ada, “Countess”',
    claims: { given_name: 'Ada', family_name: 'Lovelace' },
    passwordHash: djangoHash,
    roles: ['staff', 'editors'],
    identities: [google],
    createdAt: 1_700_000_000,
  },
  { id: '2', email: 'bob@example.test', name: '=1+1', passwordHash: bcryptHash, disabled: true },
  { id: '3', username: 'nobody' },
  { id: '4', username: 'long', name: `${'a'.repeat(149)}😀 and more` },
)

async function exported(from: People): Promise<MovedRecord[]> {
  const records: MovedRecord[] = []
  for await (const record of exportAll(from.house, from.passwords)) records.push(record)
  return records
}

test('what was exported is imported elsewhere as it was, passwords and all', async () => {
  const [from, to] = [await openPeople({ limits: noLimits }), await openPeople({ limits: noLimits })]
  await take(from, brought)
  await from.add({ username: 'own', email: 'own@example.test' })
  const lines = (await exported(from)).map((record) => JSON.stringify(record))
  const report = await take(
    to,
    lines.map((line) => movedRecord.parse(JSON.parse(line))),
    { source: 'countersign', numbers: [], keepsIds: true },
  )
  assert.deepEqual([report.created, report.conflicts], [5, []])
  assert.equal(await signsIn(to, 'ada', djangoPassword), true)
  assert.equal(await signsIn(to, 'own@example.test', 'analytical-engine-1843'), true)
  const bare = (records: readonly MovedRecord[]) =>
    records
      .map((record) => (record.kind === 'user' ? { ...record, createdAt: 0 } : record))
      .map((record) => JSON.stringify(record))
      .sort()
  assert.deepEqual(bare(await exported(to)), bare(await exported(from)))
  await from.house.close()
  await to.house.close()
})

function writtenBy(format: ExportFormat, records: readonly MovedRecord[]): string[] {
  const passes = Array.from({ length: format.passes ?? 1 }, (_, pass) =>
    records.map((record) => format.write(record, pass)),
  )
  return passes.flat().filter((text) => text !== null)
}

async function formatted(name: keyof typeof exportFormats): Promise<string> {
  const from = await openPeople({ limits: noLimits })
  await take(from, brought)
  const format = exportFormats[name]()
  const texts = writtenBy(format, await exported(from))
  await from.house.close()
  return format.before + texts.join(format.between) + format.after
}

test('Django reads its own people again, with the hashes that it knows', async () => {
  const fixture = JSON.parse(await formatted('django')) as {
    model: string
    fields: Record<string, unknown>
  }[]
  const users = fixture.filter(({ model }) => model === 'auth.user').map(({ fields }) => fields)
  const ada = users.find(({ username }) => username === 'ada')
  assert.equal(ada?.['password'], djangoHash)
  assert.deepEqual([ada?.['is_staff'], ada?.['groups']], [true, [['editors']]])
  const bob = users.find(({ email }) => email === 'bob@example.test')
  assert.deepEqual([bob?.['password'], bob?.['is_active']], [`bcrypt$${bcryptHash}`, false])
  const nobody = users.find(({ username }) => username === 'nobody')
  assert.deepEqual([nobody?.['password'], nobody?.['first_name']], ['!', ''])
  // 150 letters, of which the last takes two code units: PostgreSQL takes no half of one.
  const long = users.find(({ username }) => username === 'long')?.['first_name']
  assert.equal(long, `${'a'.repeat(149)}😀`)
})

test('Rails gets a table, with the hashes that it can read and no formula', async () => {
  const [heading, ...rows] = tableOf(await formatted('rails'))
  assert.deepEqual(heading?.slice(0, 5), ['id', 'email', 'username', 'name', 'password_digest'])
  const byEmail = new Map(rows.map(([, email = '', ...rest]) => [email, rest]))
  assert.deepEqual(byEmail.get('bob@example.test')?.slice(1, 3), ["'=1+1", bcryptHash])
  assert.deepEqual(byEmail.get('ada@example.test')?.slice(0, 3), ['ada', 'Ada, “Countess”', ''])
})

test('Django gets numbers, groups under the names that they had, permissions and devices, and no pk of a guess', async () => {
  const from = await openPeople({ limits: noLimits })
  await take(from, [
    { kind: 'role', name: 'Night Editors', description: 'Night Editors' },
    ...people(
      {
        id: '7',
        username: 'ada',
        roles: ['Night Editors', 'shop.add_order', 'superuser'],
        totp: { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', digits: 8 },
      },
      { id: 'x', username: 'later' },
    ),
  ])
  const format = exportFormats['django-otp']()
  const texts = writtenBy(format, await exported(from))
  await from.house.close()
  const fixture = JSON.parse(format.before + texts.join(format.between) + format.after) as {
    model: string
    pk?: number
    fields: Record<string, unknown>
  }[]
  const of = (model: string) => fixture.filter((one) => one.model === model)
  assert.deepEqual(of('auth.group'), [{ model: 'auth.group', fields: { name: 'Night Editors' } }])
  const [ada, later] = of('auth.user')
  assert.deepEqual([ada?.pk, ada?.fields['is_superuser']], [7, true])
  assert.deepEqual(ada?.fields['groups'], [['Night Editors']])
  assert.deepEqual(ada?.fields['user_permissions'], [['add_order', 'shop', 'order']])
  assert.equal(Object.hasOwn(later ?? {}, 'pk'), false)
  const [device] = of('otp_totp.totpdevice')
  assert.deepEqual(
    [device?.fields['user'], device?.fields['key'], device?.fields['digits']],
    [['ada'], Buffer.from('12345678901234567890').toString('hex'), 8],
  )
})
