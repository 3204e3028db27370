// `countersign config types`: what a server has names of, for the compiler of an application.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openShell } from '../harness/shell.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const details = [
  {
    type: 'payment',
    words: 'Pay {amount} to {creditor.name}',
    fields: {
      amount: { kind: 'amount' },
      currency: { kind: 'text', oneOf: ['EUR', 'GBP'] },
      creditor: {
        kind: 'object',
        fields: { name: { kind: 'text' }, iban: { kind: 'text', optional: true } },
      },
      days: { kind: 'list', of: { kind: 'number', whole: true }, optional: true },
      urgent: { kind: 'flag', optional: true },
    },
  },
]

const program = `import { type AuthorizationDetail, hasRole, hasScope } from '@countersign/sdk/verify'
import { auth } from '@countersign/sdk/fetch'

export const right = [
  auth({ scope: 'accounts:read', role: ['teller'] }),
  auth({ scope: ['accounts:read', 'transfers:write'], require: hasScope('transfers:write') }),
  auth({ scope: 'accounts:read transfers:write' }),
]
// @ts-expect-error no role is called so
export const role = auth({ role: 'tellr' })
// @ts-expect-error nor is another one
export const another = hasRole('admin')
// @ts-expect-error no scope is called so
export const scope = auth({ scope: 'accounts:raed' })
// @ts-expect-error nor is another one
export const other = hasScope('accounts')

export const payment: AuthorizationDetail = {
  type: 'payment', amount: '12.50', currency: 'EUR', creditor: { name: 'Grace' }, days: [1, 2],
}
// @ts-expect-error it is of another kind
export const free: AuthorizationDetail = { ...payment, amount: 12.5 }
`

test('an application that includes the file can misspell no role, no scope and no detail', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-types-'))
  t.after(() => rm(folder, { recursive: true }))
  await using shell = openShell(folder, { COUNTERSIGN_DATA: join(folder, 'data') })
  await writeFile(join(folder, 'details.json'), JSON.stringify(details))
  await shell.run(['migrate'])
  const said = async (...args: string[]) => {
    const { code, out, err } = await shell.run(args)
    assert.equal(code, 0, err)
    return out
  }
  await said('role', 'create', 'teller')
  await said(
    'api',
    'create',
    'https://bank.example',
    '--scope',
    'accounts:read',
    '--scope',
    'transfers:write',
  )
  await said('api', 'create', 'https://pay.example', '--details', 'details.json')

  assert.match(await said('config', 'types'), /Written countersign\.d\.ts: 1 role, 2 APIs/)
  await said('config', 'types', '--check')
  const text = await readFile(join(folder, 'countersign.d.ts'), 'utf8')
  assert.equal(await said('config', 'types', '-'), text)
  const ofBank = await said('config', 'types', '-', '--api', 'https://bank.example')
  assert.ok(ofBank.includes('accounts:read') && !ofBank.includes('payment'))

  await said('role', 'create', 'auditor')
  assert.equal((await shell.run(['config', 'types', '--check'])).code, 1)
  assert.equal((await shell.run(['config', 'types', '--api', 'https://no.example'])).code, 1)
  await writeFile(join(folder, 'own.d.ts'), '// somebody’s own\n')
  assert.equal((await shell.run(['config', 'types', 'own.d.ts'])).code, 1)
  assert.equal(await readFile(join(folder, 'own.d.ts'), 'utf8'), '// somebody’s own\n')

  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'program.ts'), program)
  const files = ['program.ts', 'countersign.d.ts']
  const settings = { extends: join(root, 'tsconfig.json'), files, include: [], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]
  await promisify(execFile)(process.execPath, compiler).catch((error: { readonly stdout: string }) =>
    assert.fail(error.stdout),
  )
})
