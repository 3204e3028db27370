// The samples of examples/programs that need no compiler run; those for phones name addresses that can be registered.
import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { serverOfThisFile } from '../harness/server.ts'
import { missing, runSample, sampleFolder } from './samples.ts'

const run = promisify(execFile)
const noPython = await missing('python3', '--version')
const noShell =
  (await missing('sh', '-c', 'exit')) ||
  (await missing('curl', '--version')) ||
  (await missing('openssl', 'version'))

describe('The samples', () => {
  const on = serverOfThisFile({ bank: true })

  test('in Python: signs in by the browser of this computer, and signs out', { skip: noPython }, () =>
    runSample(on, 'python3', ['-B', 'sign_in.py']),
  )

  test('in Python: signs in by another device, and signs out', { skip: noPython }, () =>
    runSample(on, 'python3', ['-B', 'sign_in.py', '--device']),
  )

  test('with curl: is application and browser in one', { skip: noShell }, async () => {
    const env = { ...process.env, ISSUER: on.issuer, CALLBACK: `${on.bank}/callback` }
    const { stdout, stderr } = await run('sh', ['sign-in.sh', 'grace'], { cwd: sampleFolder, env })
    const { access_token: token } = JSON.parse(stdout) as { readonly access_token: string }
    equal(stderr.trim().split('\n').length, 5)
    const answer = await fetch(`${on.api}/accounts`, { headers: { authorization: `Bearer ${token}` } })
    match(await answer.text(), /acc-2001.*acc-2002/)
    const guessing = run('sh', ['sign-in.sh', 'grace'], {
      cwd: sampleFolder,
      env: { ...env, PASSWORD: 'guess' },
    })
    const { code, stdout: none } = await guessing.then(
      () => ({ code: 0, stdout: 'tokens' }),
      (refused: { readonly code: number; readonly stdout: string }) => refused,
    )
    deepEqual([code, none], [1, ''])
  })

  test('for phones: come back to an address that the command in their comments registers', async () => {
    for (const file of ['SignIn.kt', 'SignIn.swift']) {
      const text = await readFile(join(sampleFolder, file), 'utf8')
      const [, words = ''] = /countersign (client create .*)$/m.exec(text) ?? []
      const { redirectUris: registered } = await on.countersign(...words.trim().split(' '), '--id', file)
      deepEqual(registered, ['com.example.bank:/callback'])
      equal(text.match(/"com\.example\.bank:\/callback"/g)?.length, 1, file)
    }
  })
})
