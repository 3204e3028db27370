// A table of people as text: what spreadsheets and databases make of one, and what can't be told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Found } from '../records.ts'
import { csv, tableOf } from './csv.ts'

async function read(text: string): Promise<Found[]> {
  const all: Found[] = []
  const piped = (async function* () {
    yield text
  })()
  for await (const one of csv.read({ from: '-', piped, options: {}, since: null, now: 0 })) all.push(one)
  return all
}

async function refused(text: string): Promise<string> {
  return read(text).then(
    () => assert.fail('it was read'),
    (error: Error) => error.message.replace('Standard input', 'people.csv'),
  )
}

test('a table says true and false as spreadsheets do, and nobody comes in by a word that nobody knows', async () => {
  const all = await read(
    'id,email,disabled,email_verified,created_at\r\n1,a@example.test,TRUE,Yes,2024-01-02\r\n2,b@example.test,No,0,\r\n',
  )
  assert.deepEqual(
    all.map((one) => one.kind === 'user' && [one.disabled, one.emailVerified, one.createdAt]),
    [
      [true, true, 1_704_153_600],
      [false, false, null],
    ],
  )
  const row = (disabled: string, createdAt: string) =>
    refused(
      `id,email,disabled,created_at\n1,a@example.test,true,\n2,b@example.test,${disabled},${createdAt}\n`,
    )
  assert.equal(
    await row('maybe', ''),
    'Record 3 of people.csv has a disabled that is neither true nor false.',
  )
  for (const day of ['01/02/2024', '2024-13-40'])
    assert.equal(
      await row('f', day),
      'Record 3 of people.csv has a created_at that is no moment as 2026-11-22T10:00:00Z.',
    )
})

test('a table says moments as PostgreSQL writes them, and roles as people do', async () => {
  const all = await read(
    [
      'id,email,roles,created_at',
      '1,a@example.test,staff; shop editors ;,2026-01-02 10:00:00.123456+00',
      '2,b@example.test,staff|shop editors,2026-01-02 15:30:00+0530',
      '3,c@example.test,,2026-01-02 08:00:00-02',
    ].join('\n'),
  )
  assert.deepEqual(
    all.map((one) => one.kind === 'user' && [one.roles, one.createdAt]),
    [
      [['staff', 'shop editors'], 1_767_348_000],
      [['staff', 'shop editors'], 1_767_348_000],
      [[], 1_767_348_000],
    ],
  )
})

test('a table is one of commas with each column once, whose quotation marks stand around whole fields', async () => {
  assert.match(
    await refused('\ufeffid;email\r\n1;a@example.test\r\n'),
    /separated by semicolons: save it with commas\.$/,
  )
  assert.match(await refused('id\temail\n1\ta@example.test\n'), /separated by tabs/)
  assert.equal(
    await refused('id,email,Email\n1,a@example.test,b@example.test\n'),
    'The first line of people.csv has the column email twice.',
  )
  for (const field of ['"a@example.test"x', 'a"@example.test"', '"a" "b"'])
    assert.match(
      await refused(`id,email\n1,c@example.test\n2,${field}\n3,d@example.test\n`),
      /^Record 3 of people\.csv has a quotation mark in the midst of a field/,
    )
})

test('a table holds any text between its quotes (RFC 4180)', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', ',', '\n', '\r', ' ') })
  const rows = fc.array(fc.array(text, { minLength: 2, maxLength: 4 }))
  const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), (table, end) => {
      const written = table.map((row) => row.map(quoted).join(',')).join(end)
      assert.deepEqual(tableOf(written), table)
    }),
  )
})

test('F36: a table whose lines have no ends is refused before memory is full', async () => {
  async function* commas() {
    yield 'id,email\n'
    for (let count = 0; count < 1000; count += 1) yield ','.repeat(65_536)
    assert.fail('all of it was read')
  }
  const piped = commas()
  const rows = csv.read({ from: '-', piped, options: {}, since: null, now: 0 })
  await assert.rejects(
    async () => {
      for await (const _ of rows);
    },
    { message: /endless record/ },
  )
})
