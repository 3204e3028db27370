// The command line as a person and a script meet it: words, exit codes, JSON, secrets.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { spawnNode } from '../harness/processes.ts'
import { type CallOptions, type Outcome, openShell } from '../harness/shell.ts'

const main = new URL('../../packages/server/src/app/cli/main.ts', import.meta.url)
const secret = 'k3Jx9vQ2mZ7pL4wR8tY1uN6bH5cF0gDsA2eWqXzV'

type Ended = Omit<Outcome, 'code'> & { readonly code: number | null }
type Asked = Pick<CallOptions, 'input' | 'env'>

// What a command says and does is asked of one process; how a process of its own ends is asked of one each.
const shell = openShell(tmpdir())
const folders: string[] = []
after(async () => {
  await shell[Symbol.asyncDispose]()
  for (const folder of folders) await rm(folder, { recursive: true })
})

/** A folder with a production environment, and the command run in it; `spawned` in a process of its own. */
async function machine() {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  folders.push(folder)
  const env = {
    COUNTERSIGN_URL: 'https://id.example.com',
    COUNTERSIGN_SECRET: secret,
    COUNTERSIGN_DATA: join(folder, 'data'),
  }
  const run = (args: string[], { input, env: more }: Asked = {}): Promise<Outcome> =>
    shell.run(args, { input, cwd: folder, env: { ...env, ...more } })
  const begun = (args: string[], more: Asked['env'] = {}) =>
    spawnNode(main, { args, cwd: folder, env: { ...env, ...more } })
  const spawned = async (args: string[], { input, env: more }: Asked = {}): Promise<Ended> => {
    await using child = begun(args, more)
    if (input !== undefined) child.write(input)
    child.end()
    const { code } = await child.exited
    return { code, out: child.stdout(), err: child.stderr() }
  }
  return { folder, run, begun, spawned }
}

describe('the command line', { concurrency: false }, () => {
  test('the settings of a Django project come along, and its key goes into a file that only its owner reads', async () => {
    const { folder, run, spawned } = await machine()
    const key = 'django-insecure-0123456789abcdefghijklmnopqrstuvwxyz'
    const settings = { SECRET_KEY: key, SIMPLE_JWT: { ACCESS_TOKEN_LIFETIME: '0:10:00' } }
    // As the shell of Django 5.2 prints it.
    const greeting = '6 objects imported automatically (use -v 2 for details).'
    writeFileSync(join(folder, 'settings.json'), `${greeting}\n\n${JSON.stringify(settings)}\n`)
    const words = ['config', 'import', '--django', 'settings.json']
    const tried = await run(words)
    assert.equal(tried.code, 0, tried.err)
    assert.match(tried.out, /Nothing was written/)
    const applied = await spawned([...words, '--apply'])
    assert.equal(applied.code, 0, applied.err)
    for (const said of [tried, applied]) assert.doesNotMatch(said.out + said.err, /django-insecure/)
    const file = join(folder, '.countersign/secrets/django-signing-key')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal(await readFile(file, 'utf8'), key)
    assert.match(
      await readFile(join(folder, 'countersign.config.ts'), 'utf8'),
      /accessTokenLifetime: 600,\n\s+signingKeyFile: '.countersign\/secrets\/django-signing-key'/,
    )
    assert.match((await run([...words, '--apply'])).err, /exists already/)
  })

  test('people come from a file or a pipe; from a broken one nobody does, and whoever breaks an import off is told how to go on', async () => {
    const { folder, run, begun } = await machine()
    assert.equal((await run(['migrate'])).code, 0)
    writeFileSync(join(folder, 'cut.csv'), 'id,email\n1,ada@example.test\n2,"b')
    const broken = await run(['import', 'csv', 'cut.csv', '--apply'])
    assert.deepEqual([broken.code, broken.out], [1, ''])
    assert.equal(broken.err, 'cut.csv is cut off: a quotation mark is never closed.\n')
    const people = async () => {
      const { users } = JSON.parse((await run(['user', 'list', '--json'])).out) as { users: unknown[] }
      return users.length
    }
    assert.equal(await people(), 0)
    const taken = await run(['import', 'csv', '-', '--apply', '--json'], {
      input: 'id,email\n1,ada@example.test\n',
    })
    assert.deepEqual([taken.code, taken.err, await people()], [0, '', 1])
    await using waiting = begun(['import', 'csv', '-', '--apply'])
    waiting.write(`id,email\n${'2,bob@example.test\n'.repeat(2000)}`)
    const deadline = performance.now() + 60_000
    while ((await people()) < 2) assert.ok(performance.now() < deadline, 'the import does not come on')
    assert.equal((await waiting.kill('SIGINT')).signal, 'SIGINT')
    assert.match(waiting.stderr(), /^Broken off: the same again goes on from here\.\n$/)
    const many = Array.from({ length: 100 }, (_, at) => `${at + 10},p${at}@example.test\n`).join('')
    assert.equal((await run(['import', 'csv', '-', '--apply'], { input: `id,email\n${many}` })).code, 0)
    const [, last = ''] = /There are more: --after (usr_\w+)/.exec((await run(['user', 'list'])).out) ?? []
    const rest = (await run(['user', 'list', '--after', last])).out
    assert.equal(rest.match(/usr_/g)?.length, 2)
    assert.doesNotMatch(rest, /There are more/)
  })

  test('people, roles and clients can be added and looked at; secrets come in by standard input and go out once', async () => {
    const { run, spawned } = await machine()
    assert.equal((await spawned(['migrate'])).code, 0)
    assert.equal((await spawned(['role', 'create', 'teller', 'Sees more'])).code, 0)
    const made = await spawned(
      ['user', 'create', 'tim@example.test', '--name', 'Tim', '--role', 'teller', '--json'],
      { input: 'a long enough passphrase\n' },
    )
    assert.equal(made.code, 0, made.err)
    const { id } = JSON.parse(made.out) as { id: string }
    assert.match(id, /^usr_/)
    const shown = JSON.parse((await run(['user', 'show', 'tim@example.test', '--json'])).out) as {
      roles: string[]
    }
    assert.deepEqual(shown.roles, ['teller'])
    const closed = await run(['user', 'reset-password', 'tim@example.test'])
    assert.equal(closed.code, 1)
    assert.match(closed.err, /SMTP_URL[\s\S]*--show-link/)
    const smtp = { env: { SMTP_URL: 'smtp://mail.example.test:25' } }
    const mailed = await run(['user', 'reset-password', id, '--json'], smtp)
    assert.deepEqual(JSON.parse(mailed.out), { id, mailedTo: 'tim@example.test', seconds: 1800 })
    const handed = await run(['user', 'reset-password', id, '--show-link'])
    assert.match(handed.out, /^https:\/\/id\.example\.com\/reset-password\?secret=csmp_\S+\n/)
    const client = await spawned(['client', 'create', 'Reports', '--grant', 'client_credentials', '--json'])
    assert.equal(client.code, 0, client.err)
    const { secret: first, id: clientId } = JSON.parse(client.out) as { secret: string; id: string }
    assert.ok(first.length >= 43)
    const list = await run(['client', 'list', '--json'])
    assert.ok(!list.out.includes(first), 'a secret is shown once')
    assert.ok(!list.out.includes('secretDigest'))
    assert.equal(
      (await run(['client', 'delete', clientId])).code,
      2,
      'without a terminal only --yes is a yes',
    )
    assert.equal(JSON.parse(client.out).dpopBoundAccessTokens, false)
    const bound = await run([
      'client',
      'create',
      'Bound',
      '--grant',
      'client_credentials',
      '--dpop-bound',
      '--json',
    ])
    assert.equal(JSON.parse(bound.out).dpopBoundAccessTokens, true, bound.err)
    assert.equal((await run(['client', 'delete', clientId, '--yes'])).code, 0)
    assert.equal((await run(['client', 'show', clientId])).code, 1)
  })

  test('a client is described, shown and changed in the words of RFC 7591, and what is shown describes it again', async () => {
    const { run, folder } = await machine()
    await run(['migrate'])
    const file = join(folder, 'client.json')
    const write = (metadata: object) => writeFileSync(file, JSON.stringify(metadata))
    const show = async () => JSON.parse((await run(['client', 'show', 'shop', '--json'])).out)
    write({ client_id: 'shop', client_name: 'Shop', redirect_uris: ['https://shop.example/cb'] })
    const made = await run(['client', 'create', '--metadata', file, '--json'])
    assert.equal(made.code, 0, made.err)
    const { client_secret: secret, ...shown } = JSON.parse(made.out)
    assert.match(secret, /^[\w-]{43}$/)
    assert.deepEqual(await show(), shown)
    assert.equal(shown.require_pushed_authorization_requests, false)

    write({ require_pushed_authorization_requests: true, logo_uri: 'https://shop.example/logo.png' })
    assert.equal((await run(['client', 'update', 'shop', '--metadata', file])).code, 0)
    write({ logo_uri: null })
    const changed = await run(['client', 'update', 'shop', '--metadata', file, '--json'])
    assert.deepEqual(JSON.parse(changed.out), { ...shown, require_pushed_authorization_requests: true })
    write(await show())
    assert.equal((await run(['client', 'update', 'shop', '--metadata', file])).code, 0)
    write({ ...(await show()), client_id: 'copy' })
    const copied = JSON.parse((await run(['client', 'create', '--metadata', file, '--json'])).out)
    assert.equal(copied.require_pushed_authorization_requests, true)

    write({ redirect_uris: ['javascript:alert(1)'], sector_identifier_uri: 5 })
    const refused = await run(['client', 'update', 'shop', '--metadata', file, '--json'])
    assert.equal(refused.code, 1)
    write({ redirect_uris: ['javascript:alert(1)'] })
    const { findings } = JSON.parse(
      (await run(['client', 'update', 'shop', '--metadata', file, '--json'])).err,
    )
    assert.deepEqual(
      findings.map(({ path }: { path: string }) => path),
      ['redirect_uris.0'],
    )
    assert.deepEqual((await show()).redirect_uris, ['https://shop.example/cb'])
    for (const args of [
      ['client', 'create'],
      ['client', 'create', '--metadata', file, '--public'],
      ['client', 'update', 'shop', '--metadata', file, '--jwks', file],
      ['client', 'update', 'shop'],
    ])
      assert.equal((await run(args)).code, 2, args.join(' '))
  })

  test('tokens to register with are made, listed without what they are, and taken back', async () => {
    const { run } = await machine()
    await run(['migrate'])
    const json = async (...args: string[]) => JSON.parse((await run(['client', ...args, '--json'])).out)
    const made = await json('initial-token', 'create', 'Partner', '--uses', '3', '--host', 'app.example')
    assert.match(made.token, /^csit_/)
    assert.deepEqual([made.usesLeft, made.policy], [3, { hosts: ['app.example'] }])
    const list = await run(['client', 'initial-token', 'list', '--json'])
    assert.ok(list.out.includes(made.id) && !list.out.includes(made.token) && !list.out.includes('digest'))
    const revoke = () => run(['client', 'initial-token', 'revoke', made.id])
    assert.deepEqual([(await revoke()).code, (await revoke()).code], [0, 1])
    assert.equal((await run(['client', 'initial-token', 'create', '--uses', '0'])).code, 1)
    const { id } = await json('create', 'App', '--redirect-uri', 'https://app.example/cb')
    const given = await json('registration-token', id)
    assert.match(given.registration_access_token, /^csra_/)
    assert.equal(given.registration_client_uri, `https://id.example.com/oauth/register/${id}`)
  })

  test('what a client may exchange tokens for is said as a whole, shown, and taken away', async () => {
    const { run } = await machine()
    await run(['migrate'])
    await run(['api', 'create', 'https://ledger.example/', '--scope', 'ledger:read=See entries'])
    const api = ['--id', 'bank', '--api', 'https://bank.example/', '--scope', 'ledger:read']
    assert.equal((await run(['client', 'create', 'Bank', ...api])).code, 0)
    const exchange = (...args: string[]) => run(['client', 'exchange', 'bank', ...args, '--json'])
    const forLedger = ['--for', 'https://ledger.example/']
    const made = await exchange(...forLedger, '--scope', 'ledger:read=accounts:read')
    assert.equal(made.code, 0, made.err)
    const shown = JSON.parse((await run(['client', 'show', 'bank', '--json'])).out)
    assert.deepEqual(shown.token_exchange, {
      audiences: ['https://ledger.example/'],
      scopes: { 'ledger:read': ['accounts:read'] },
      impersonates: false,
    })
    assert.deepEqual(shown.grant_types, ['urn:ietf:params:oauth:grant-type:token-exchange'])
    for (const [args, code] of [
      [[...forLedger, '--scope', 'ledger:read'], 2],
      [['--off', ...forLedger], 2],
      [[...forLedger, '--scope', 'admin=accounts:read'], 1],
    ] as const)
      assert.equal((await exchange(...args)).code, code, args.join(' '))
    assert.deepEqual(JSON.parse((await exchange('--off')).out).exchangeFor, [])
  })

  test('an issuer is trusted as it is described, listed, and trusted no more', async () => {
    const { run, folder } = await machine()
    await run(['migrate'])
    await run(['api', 'create', 'https://ledger.example/', '--scope', 'ledger:read=See entries'])
    const issuer = 'https://partner.example'
    const keys = ['--jwks-uri', `${issuer}/jwks`]
    const rights = ['--client', 'reports', '--scope', 'ledger:read']
    const add = (...args: string[]) => run(['issuer', 'add', issuer, ...args, '--json'])
    const made = await add(
      ...keys,
      ...rights,
      '--subjects',
      'email:example.test,example.org',
      '--accept',
      'id-jag',
    )
    assert.equal(made.code, 0, made.err)
    const { issuers } = JSON.parse((await run(['issuer', 'list', '--json'])).out)
    assert.deepEqual(issuers, [JSON.parse(made.out)])
    assert.equal(issuers[0].subjects, 'email:example.test,example.org')
    const file = join(folder, 'keys.json')
    writeFileSync(file, JSON.stringify({ keys: [] }))
    const identity = ['--subjects', 'identity:partner']
    for (const [args, code] of [
      [[...keys, ...rights], 2],
      [['--jwks', file, ...rights, ...identity], 1],
    ] as const)
      assert.equal((await add(...args)).code, code, args.join(' '))
    assert.equal((await run(['issuer', 'remove', issuer, '--yes'])).code, 0)
    assert.equal((await run(['issuer', 'remove', issuer, '--yes'])).code, 1)
  })

  test('a weak password, an unknown role and an unknown person are refused with the reason', async () => {
    const { run } = await machine()
    await run(['migrate'])
    const weak = await run(['user', 'create', 'x@example.test'], { input: 'password123456789\n' })
    assert.equal(weak.code, 1)
    assert.match(weak.err, /password/i)
    assert.doesNotMatch(weak.err, /password123456789/)
    assert.equal((await run(['user', 'grant', 'nobody@example.test', 'teller'])).code, 1)
  })

  test('exit codes: 0 done, 1 failed, 2 called wrongly', async () => {
    const { spawned } = await machine()
    assert.equal((await spawned(['version'])).code, 0)
    assert.equal((await spawned(['--help'])).code, 0)
    assert.equal((await spawned(['nonsense'])).code, 2)
    assert.equal((await spawned(['keys', 'rotate', '--alg', 'HS256'])).code, 2)
    assert.equal((await spawned(['user', 'list'])).code, 1, 'the database lacks its tables')
    assert.equal((await spawned(['health'], { env: { PORT: '1' } })).code, 1)
  })

  test('start refuses an unsafe configuration and names each problem at once', async () => {
    const { spawned } = await machine()
    const refused = await spawned(['start'], {
      env: {
        COUNTERSIGN_URL: 'http://id.example.com',
        COUNTERSIGN_SECRET: 'secret',
        COUNTERSIGN_CLOCK: 'test',
        COUNTERSIGN_SECERT_FILE: '/x',
      },
    })
    assert.equal(refused.code, 1)
    for (const word of [
      'COUNTERSIGN_URL',
      'COUNTERSIGN_SECRET',
      'COUNTERSIGN_CLOCK',
      'Did you mean COUNTERSIGN_SECRET_FILE',
    ]) {
      assert.ok(refused.err.includes(word), word)
    }
    assert.doesNotMatch(refused.err, /at .*\.ts:\d+/)
  })

  test('SC-03: a server with another secret than its database’s does not start, and says why in a sentence', async () => {
    const { run, spawned } = await machine()
    assert.equal((await run(['migrate'])).code, 0)
    const other = await spawned(['start'], {
      env: { COUNTERSIGN_SECRET: secret.split('').reverse().join('') },
    })
    assert.equal(other.code, 1)
    assert.match(other.err, /not the secret that this database was written with/)
    const doctor = await run(['doctor', '--json'], {
      env: { COUNTERSIGN_SECRET: secret.split('').reverse().join('') },
    })
    assert.equal(doctor.code, 1)
  })

  test('doctor explains each finding, and how to mend it', async () => {
    const { run, spawned } = await machine()
    await run(['migrate'])
    const sound = await spawned(['doctor'])
    assert.equal(sound.code, 0, sound.out + sound.err)
    assert.match(sound.out, /synchronous=FULL/)
    const unsafe = await run(['doctor', '--deploy', '--json'], {
      env: { COUNTERSIGN_URL: 'http://id.example.com' },
    })
    assert.equal(unsafe.code, 1)
    const { remarks } = JSON.parse(unsafe.out) as {
      remarks: { what: string; level: string; mend?: string }[]
    }
    assert.ok(
      remarks.some(
        ({ what, level, mend }) => what === 'COUNTERSIGN_URL' && level === 'error' && mend !== undefined,
      ),
    )
  })

  test('SC-12: doctor says when the way to the database is anybody’s', async () => {
    const { run } = await machine()
    const waysTo = async (url: string) => {
      const { out } = await run(['doctor', '--json'], { env: { DATABASE_URL: url } })
      const { remarks } = JSON.parse(out) as { remarks: { what: string; level: string }[] }
      return remarks.filter(({ what }) => what === 'Way to PostgreSQL').map(({ level }) => level)
    }
    const elsewhere = 'postgres://id:word@database.invalid/id'
    assert.deepEqual(await waysTo(elsewhere), ['warning'])
    assert.deepEqual(await waysTo(`${elsewhere}?sslmode=no-verify`), ['warning'])
    assert.deepEqual(await waysTo(`${elsewhere}?sslmode=verify-full`), ['ok'])
    assert.deepEqual(await waysTo('postgres://id:word@127.0.0.1:1/id'), [])
  })

  test('a token is decoded from standard input, and said to be ours or not', async () => {
    const { run, spawned } = await machine()
    await run(['migrate'])
    const encoded = (json: string): string => Buffer.from(json).toString('base64url')
    const foreign = (claims: string): string =>
      `${encoded('{"alg":"ES256","typ":"at+jwt","kid":"x"}')}.${encoded(claims)}.AA`
    const decoded = await spawned(['token', 'decode', '--json'], {
      input: foreign('{"sub":"usr_1","exp":1}'),
    })
    assert.equal(decoded.code, 0, decoded.err)
    assert.equal((JSON.parse(decoded.out) as { claims: { sub: string } }).claims.sub, 'usr_1')
    const inWords = await run(['token', 'decode'], { input: foreign('{"exp":1e300}') })
    assert.match(inWords.out, /by a key that this server does not publish; without an expiry/)
    assert.equal((await run(['token', 'decode'], { input: 'no token' })).code, 1)
  })
})
