// `countersign jwt` as a person and a script meet it: every verb, over files, standard input and HTTP.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { importSPKI, jwtVerify } from 'jose'
import { type Outcome, openShell, type Shell } from '../harness/shell.ts'

const issuer = 'https://id.example.com'
const audience = 'https://api.example.com'
const claims = { iss: issuer, aud: audience, sub: 'usr_1', client_id: 'app', scope: 'a b' }
let folder = ''
let shell: Shell

const jwt = (args: readonly string[], input?: string): Promise<Outcome> =>
  shell.run(['jwt', ...args], { input })

/** What a verb printed, when it did what was asked. */
async function done(args: readonly string[], input?: string): Promise<string> {
  const { code, out, err } = await jwt(args, input)
  assert.equal(code, 0, `${args.join(' ')}: ${out}${err}`)
  return out
}

const json = async (args: readonly string[], input?: string): Promise<Record<string, unknown>> =>
  JSON.parse(await done([...args, '--json'], input)) as Record<string, unknown>

const signed = (
  over: Readonly<Record<string, unknown>> = {},
  args: readonly string[] = [],
): Promise<string> =>
  done(['sign', '--key', 'key.jwk', ...args], JSON.stringify({ ...claims, ...over })).then((out) =>
    out.trim(),
  )

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-jwt-'))
  shell = openShell(folder)
  await done(['keygen', '--out', 'key.jwk'])
  await writeFile(join(folder, 'jwks.json'), await done(['keygen', '--public', 'key.jwk', '--jwks']))
})
after(async () => {
  await shell[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('countersign jwt', () => {
  test('keygen writes a private key that its owner alone reads, never over a file, and prints the public part', async () => {
    const printed = await done([
      'keygen',
      '--alg',
      'EdDSA',
      '--crv',
      'Ed448',
      '--kid',
      'k9',
      '--out',
      'ed.jwk',
    ])
    assert.equal((await stat(join(folder, 'ed.jwk'))).mode & 0o777, 0o600)
    const kept = JSON.parse(await readFile(join(folder, 'ed.jwk'), 'utf8')) as Record<string, string>
    const shown = JSON.parse(printed) as Record<string, string>
    assert.deepEqual(
      [kept['crv'], kept['kid'], kept['alg'], typeof kept['d']],
      ['Ed448', 'k9', 'EdDSA', 'string'],
    )
    assert.equal(shown['d'], undefined)
    assert.equal(shown['x'], kept['x'])
    const again = await jwt(['keygen', '--out', 'ed.jwk'])
    assert.equal(again.code, 1)
    assert.match(again.err, /may hold the only copy of a key/)
    assert.deepEqual(JSON.parse(await done(['keygen', '--public', 'ed.jwk'])), shown)
  })

  test('keygen prints a secret of no public part whole, and refuses what makes no sense', async () => {
    const { k, alg } = await json(['keygen', '--alg', 'HS512'])
    assert.deepEqual([Buffer.from(String(k), 'base64url').length, alg], [64, 'HS512'])
    const out = await done(['keygen', '--alg', 'HS256', '--out', 'hs.jwk'])
    assert.equal(out.trim(), '', 'not one byte of a shared secret is printed')
    assert.equal((await jwt(['keygen', '--public', 'hs.jwk'])).code, 1)
    for (const args of [
      ['--alg', 'nonsense'],
      ['--alg', 'ES256', '--crv', 'P-384'],
      ['--alg', 'HS256', '--pem'],
      ['--jwks'],
      ['--pem', '--jwks', '--out', 'x'],
      ['--enc', 'A128GCM'],
    ])
      assert.equal((await jwt(['keygen', ...args])).code, 2, args.join(' '))
  })

  test('PEM goes out and comes back in, and another program verifies what it signed', async () => {
    const publicPem = await done(['keygen', '--alg', 'RS256', '--pem', '--out', 'rsa.pem'])
    const token = (
      await done(['sign', '--key', 'rsa.pem', '--alg', 'RS256', '--lifetime', '10m'], JSON.stringify(claims))
    ).trim()
    const { payload, protectedHeader } = await jwtVerify(token, await importSPKI(publicPem, 'RS256'), {
      issuer,
      audience,
    })
    assert.equal(protectedHeader.typ, 'at+jwt')
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600)
    assert.match(String(payload.jti), /^[\w-]{22}$/)
    await writeFile(join(folder, 'rsa.pub'), publicPem)
    await done(['verify', '--key', 'rsa.pub', '--alg', 'RS256'], token)
    const silent = await jwt(['sign', '--key', 'rsa.pem'], JSON.stringify(claims))
    assert.equal(silent.code, 2)
    assert.match(silent.err, /does not say which algorithm/)
  })

  test('sign says what is missing, and signs no token of a kind that would be refused', async () => {
    for (const [input, args, code, words] of [
      ['{"sub":"a"}', [], 1, /missing: iss, aud, client_id/],
      [JSON.stringify({ ...claims, nonce: 1 }), [], 1, /nonce does not belong here/],
      [JSON.stringify({ ...claims, big: 'x'.repeat(6000) }), [], 1, /more than the 7,680 bytes/],
      ['{"a":1,"a":2}', [], 1, /stands twice/],
      ['[1]', [], 1, /A JSON object was expected/],
      ['', [], 2, /nothing came from standard input/],
      ['{}', ['--lifetime', 'soon'], 2, /5m, 2h, 30d/],
      ['{}', ['--kind', 'ticket'], 2, /Allowed choices/],
    ] as const) {
      const { code: ended, err, out } = await jwt(['sign', '--key', 'key.jwk', ...args], input)
      assert.equal(ended, code, err)
      assert.match(err, words)
      assert.equal(out, '')
    }
    assert.equal((await jwt(['sign'], '{}')).code, 2, 'without a key')
    await done(['keygen', '--alg', 'HS256', '--out', 'only.jwk'])
    const shared = await jwt(['sign', '--key', 'only.jwk'], JSON.stringify(claims))
    assert.equal(shared.code, 1)
    assert.match(shared.err, /shared secret is for partners/)
  })

  test('a token that no cookie holds is said to be so on stderr, also to a script', async () => {
    const long = await jwt(
      ['sign', '--key', 'key.jwk'],
      JSON.stringify({ ...claims, note: 'n'.repeat(4000) }),
    )
    assert.equal(long.code, 0)
    assert.match(long.err, /Past 4,096 bytes a browser drops it as a cookie/)
    assert.match(long.out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    const short = await jwt(['sign', '--key', 'key.jwk'], JSON.stringify(claims))
    assert.equal(short.err, '')
  })

  test('a token or key on the command line is refused, for others can read it there', async () => {
    const token = await signed()
    const { code, err, out } = await jwt(['decode', token])
    assert.equal(code, 2)
    assert.match(err, /not on the command line/)
    assert.ok(!`${out}${err}`.includes(token.slice(0, 60)))
    for (const args of [
      [token],
      ['decode', 'token.jwt', token],
      ['verify', '--alg', token],
      [`--${token}`],
    ]) {
      const misplaced = await jwt(args)
      assert.equal(misplaced.code, 2)
      assert.ok(!misplaced.err.includes(token.slice(20, 60)), misplaced.err)
      const toPrograms = await jwt([...args, '--json'])
      assert.ok(!toPrograms.err.includes(token.slice(20, 60)), toPrograms.err)
    }
    const password = await jwt(['sign', '--key', 'correct-horse-battery'], '{}')
    assert.equal(password.code, 1)
    assert.doesNotMatch(password.err, /horse/, 'nor is repeated what was no file')
    const key = await readFile(join(folder, 'key.jwk'), 'utf8')
    assert.equal((await jwt(['sign', '--key', key], '{}')).code, 2)
    assert.equal((await jwt(['verify', '--key', '-'], token)).code, 2, 'and standard input holds one thing')
  })

  test('decode shows what a token says, that nobody checked it, and of an encrypted one its header alone', async () => {
    const token = await signed({
      'https://example.com/note': '\u001b[2J\u202Eevil',
      email: 'canary@example.com',
    })
    const out = await done(['decode'], `Bearer ${token}\n`)
    for (const words of [
      'access token',
      '"https://id.example.com"',
      'in 5 minutes',
      'Not verified',
      '\\u001b[2J',
    ])
      assert.ok(out.includes(words) || (words === 'in 5 minutes' && out.includes('in 4 minutes')), words)
    assert.ok(
      !out.includes('\u001b') && !out.includes('\u202e'),
      'no colour in a pipe, and nothing of a stranger acts on the terminal',
    )
    const { claims: said, verified, kind } = await json(['decode'], token)
    assert.deepEqual([(said as typeof claims).sub, verified, kind], ['usr_1', false, 'access'])

    await done(['keygen', '--alg', 'ECDH-ES+A256KW', '--out', 'enc.jwk'])
    await writeFile(join(folder, 'enc.pub'), await done(['keygen', '--public', 'enc.jwk']))
    const sealed = await signed({ email: 'canary@example.com' }, ['--encrypt-to', 'enc.pub'])
    const opened = await done(['decode'], sealed)
    assert.match(opened, /An encrypted token[\s\S]*ECDH-ES\+A256KW[\s\S]*only who holds the private key/)
    assert.ok(!opened.includes('canary'))
    assert.match(
      await done(['verify', '--key', 'key.jwk', '--decrypt-with', 'enc.jwk'], sealed),
      /Sealed.*opened it/,
    )
    assert.equal((await jwt(['verify', '--key', 'key.jwk'], sealed)).code, 2)
    assert.equal((await jwt(['verify', '--key', 'key.jwk', '--decrypt-with', 'key.jwk'], sealed)).code, 1)
    const opaque = await jwt(['decode'], 'nothing-to-see')
    assert.equal(opaque.code, 1)
  })

  test('verify accepts what holds, and says of each thing that does not why', async () => {
    const token = await signed()
    await writeFile(join(folder, 'token.jwt'), token)
    const all = ['--issuer', issuer, '--audience', audience]
    assert.match(await done(['verify', 'token.jwt', '--jwks', 'jwks.json', ...all]), /Accepted\./)
    const half = await json(['verify', 'token.jwt', '--key', 'key.jwk'])
    assert.equal(half['accepted'], true)
    assert.match(
      await done(['verify', 'token.jwt', '--key', 'key.jwk']),
      /nobody compared issuer or audience/,
    )

    const at = token.indexOf('.') + 5
    const altered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    await done(['keygen', '--out', 'other.jwk'])
    for (const [text, args, words] of [
      [altered, ['--key', 'key.jwk'], /Form|Signature/],
      [token, ['--key', 'other.jwk'], /other\.jwk has no key for it/],
      [token, ['--jwks', 'jwks.json', '--kind', 'id'], /that of an access token/],
      [
        token,
        ['--jwks', 'jwks.json', '--issuer', `${issuer}/`, '--audience', 'x'],
        /slash[\s\S]*not for "x"/,
      ],
    ] as const) {
      const { code, out, err } = await jwt(['verify', ...args], text)
      assert.equal(code, 1)
      assert.match(out, words)
      assert.match(err, /The token is refused/)
    }
    const { code, out } = await jwt(['verify', '--key', 'other.jwk', '--json'], token)
    assert.equal(code, 1)
    assert.equal(
      (JSON.parse(out) as { claims: unknown }).claims,
      null,
      'nobody’s word is handed to a program',
    )
    assert.equal((await jwt(['verify'], token)).code, 2)
    assert.equal((await jwt(['verify', '--key', 'nowhere.jwk'], token)).code, 1)
  })

  test('verify fetches an issuer’s keys by its metadata, and a set by its address', async (t) => {
    const set = await readFile(join(folder, 'jwks.json'), 'utf8')
    const answers: Record<string, string> = { '/jwks': set }
    const server = createServer((request, response) => {
      const body = answers[request.url ?? '']
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    answers['/.well-known/oauth-authorization-server'] = JSON.stringify({
      issuer: base,
      jwks_uri: `${base}/jwks`,
    })
    const token = await signed({ iss: base })
    assert.match(await done(['verify', '--issuer', base, '--audience', audience], token), /Accepted\./)
    await done(['verify', '--jwks', `${base}/jwks`], token)
    const slash = await jwt(['verify', '--issuer', `${base}/`], token)
    assert.equal(slash.code, 1)
    assert.match(slash.err, /byte for byte/)
    assert.equal((await jwt(['verify', '--jwks', `${base}/none`], token)).code, 1)
    assert.equal((await jwt(['verify', '--jwks', 'http://id.example.com/jwks'], token)).code, 2, 'plain http')
  })

  test('what a stranger wrote moves no cursor and colours nothing, in words and in JSON', async (t) => {
    const escapes = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u
    const set = await readFile(join(folder, 'jwks.json'), 'utf8')
    const answers: Record<string, string> = { '/.well-known/openid-configuration': '' }
    const server = createServer((request, response) => {
      const body = answers[request.url ?? ''] ?? (request.url?.startsWith('/jwks?') ? set : undefined)
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e'
    for (const path of ['jwks?', 'none?']) {
      const metadata = { issuer: base, jwks_uri: `${base}/${path}${evil}` }
      answers['/.well-known/openid-configuration'] = JSON.stringify(metadata)
      const { out, err } = await jwt(['verify', '--issuer', base, '--audience', audience], await signed())
      assert.doesNotMatch(out + err, escapes, path)
    }
    const token = await signed({ name: evil, [evil]: [evil] })
    for (const verb of [['decode'], ['decode', '--json'], ['size'], ['size', '--json'], ['lint']]) {
      const { out, err } = await jwt(verb, token)
      assert.doesNotMatch(out + err, escapes, verb.join(' '))
    }
    const decoded = (await json(['decode'], token)) as { claims: Record<string, unknown> }
    assert.deepEqual(decoded.claims[evil], [evil])
  })

  test('size adds up to the token, and says what will not carry it', async () => {
    const token = await signed()
    const { total, costs } = (await json(['size'], token)) as { total: number; costs: { bytes: number }[] }
    assert.equal(total, token.length)
    assert.equal(
      costs.reduce((sum, { bytes }) => sum + bytes, 0),
      total,
    )
    assert.match(
      await done(['size'], JSON.stringify({ ...claims, list: 'x'.repeat(3200) })),
      /drops cookies past 4,096/,
    )
    const big = await jwt(['size'], JSON.stringify({ ...claims, list: 'x'.repeat(6000) }))
    assert.equal(big.code, 1)
    assert.match(big.out, /Refused: [\d,]+ bytes more than the 7,680/)
  })

  test('lint ends with 1 for what will break, and with --strict for what may', async () => {
    const sound = await signed()
    assert.match(await done(['lint'], sound), /Nothing unwise was found[\s\S]*2026-06-29/)
    const private_ = await signed({ tier: 'gold' })
    assert.match(await done(['lint'], private_), /tier: It is not in the IANA registry/)
    assert.equal((await jwt(['lint', '--strict'], private_)).code, 1)
    const wrong = await jwt(['lint'], JSON.stringify({ ...claims, expires_at: 1, exp: 1_800_000_000_000 }))
    assert.equal(wrong.code, 1)
    assert.match(wrong.out, /milliseconds[\s\S]*Did you mean exp\?/)
  })

  test('seed 3.8: compare makes every form for real, and hides nothing', async () => {
    const { forms } = (await json(['compare'], JSON.stringify(claims))) as {
      forms: { name: string; bytes: number | null; token: string }[]
    }
    const bytes = (name: string) => forms.find((form) => form.name === name)?.bytes ?? 0
    assert.ok(
      bytes('swt') < bytes('hs256') && bytes('hs256') < bytes('es256') && bytes('es256') < bytes('rs256'),
    )
    assert.ok(bytes('rs256') < bytes('saml'))
    assert.match(await done(['compare'], await signed()), /SAML 2\.0/)
    const saml = await done(['compare', '--example', '--show', 'saml'])
    assert.match(saml, /^<saml:Assertion .*<ds:SignatureValue>.*<\/saml:Assertion>\n$/)
    assert.equal((await jwt(['compare', '--example', '--show', 'xml'])).code, 2)
    const bell = await done(['compare'], JSON.stringify({ sub: '\u0007' }))
    assert.match(bell, /no XML document may hold/)
    assert.match(await done(['compare'], JSON.stringify({ deep: { a: 1 } })), /carries deep as text/)
  })

  test('help names every verb', async () => {
    const { code, out } = await jwt(['--help'])
    assert.equal(code, 0)
    for (const verb of ['decode', 'verify', 'sign', 'keygen', 'size', 'lint', 'compare'])
      assert.match(out, new RegExp(`^  ${verb}\\b`, 'm'))
    assert.equal((await jwt(['nonsense'])).code, 2)
  })
})
