// `countersign jwt sign` and `verify` between partners of the configuration: each message is taken once, by whichever process.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { spawnNode } from '../harness/processes.ts'
import { openShell, type Shell } from '../harness/shell.ts'

const main = new URL('../../packages/server/src/app/cli/main.ts', import.meta.url)
const secret = 'k3Jx9vQ2mZ7pL4wR8tY1uN6bH5cF0gDsA2eWqXzV'

describe('messages between partners of the configuration', { concurrency: false }, () => {
  const env = { COUNTERSIGN_URL: 'https://acme.example', COUNTERSIGN_SECRET: secret }
  let config = ''
  let count = 0

  const written = async (settings: unknown): Promise<string[]> => {
    // A name of its own for each: a process reads a module once.
    const file = join(config, `config-${++count}.json`)
    await writeFile(file, JSON.stringify(settings))
    return ['--config', file]
  }
  let receiver: Shell
  const run = (args: readonly string[], input?: string) => receiver.run(['jwt', ...args], { input })

  before(async () => {
    config = await mkdtemp(join(tmpdir(), 'countersign-exchange-'))
    receiver = openShell(config, { ...env, COUNTERSIGN_DATA: join(config, 'data') })
    assert.equal((await receiver.run(['migrate'])).code, 0)
    for (const [name, alg] of [
      ['shop', 'ES256'],
      ['acme', 'ES256'],
      ['seal', 'ECDH-ES+A256KW'],
      ['both', 'HS256'],
    ] as const) {
      const file = join(config, `${name}.jwk`)
      const { out: printed } = await run(['keygen', '--alg', alg, '--out', file])
      if (alg !== 'HS256') await writeFile(join(config, `${name}.pub`), printed)
    }
  })
  after(async () => {
    await receiver[Symbol.asyncDispose]()
    await rm(config, { recursive: true })
  })

  const shop = { issuer: 'https://shop.example', keyFile: 'shop.jwk' }
  const toAcme = { issuer: 'https://acme.example', keyFile: 'acme.pub', encryptToFile: 'seal.pub' }
  const asAcme = {
    exchange: {
      keyFile: 'acme.jwk',
      decryptionKeyFile: 'seal.jwk',
      partners: {
        shop: { issuer: 'https://shop.example', keyFile: 'shop.pub' },
        caro: { issuer: 'https://caro.example', secretFile: 'both.jwk' },
      },
    },
  }

  test('seed 2.6: one signs and seals, the other opens, verifies and takes it once', async () => {
    const token = (
      await run(
        [
          'sign',
          '--partner',
          'acme',
          ...(await written({ exchange: { ...shop, partners: { acme: toAcme } } })),
        ],
        '{"order":17}',
      )
    ).out.trim()
    assert.equal(token.split('.').length, 5, 'encrypted')
    const acme = await written(asAcme)
    const first = await run(['verify', '--partner', 'shop', ...acme], token)
    assert.equal(first.code, 0, first.out + first.err)
    assert.match(first.out, /Not seen before[\s\S]*Message {2}\{"order":17\}/)
    const replay = await run(['verify', '--partner', 'shop', ...acme], token)
    assert.equal(replay.code, 1)
    assert.match(replay.out, /A replay: this message of shop was taken before/)
    const wrong = await run(['verify', '--partner', 'caro', ...acme], token)
    assert.equal(wrong.code, 1)
  })

  test('of several processes at once exactly one takes a message', async () => {
    const sent = await run(
      [
        'sign',
        '--partner',
        'acme',
        ...(await written({ exchange: { ...shop, partners: { acme: toAcme } } })),
      ],
      '1',
    )
    const acme = await written(asAcme)
    const taken = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const args = ['jwt', 'verify', '--partner', 'shop', ...acme]
        const child = spawnNode(main, {
          args,
          cwd: config,
          env: { ...env, COUNTERSIGN_DATA: join(config, 'data') },
        })
        child.write(sent.out)
        child.end()
        return (await child.exited).code
      }),
    )
    assert.deepEqual(taken.toSorted(), [0, 1, 1, 1])
  })

  test('a message that is refused uses nothing up, and one’s own is refused', async () => {
    const acme = await written(asAcme)
    const own = (await run(['sign', '--partner', 'caro', ...acme], '"pay"')).out.trim()
    const reflected = await run(['verify', '--partner', 'caro', ...acme], own)
    assert.equal(reflected.code, 1)
    assert.match(reflected.out, /✗ Issuer/)
    const caro = await written({
      exchange: {
        issuer: 'https://caro.example',
        partners: { acme: { issuer: 'https://acme.example', secretFile: 'both.jwk' } },
      },
    })
    assert.equal((await run(['verify', '--partner', 'acme', ...caro], own)).code, 0)
  })

  test('a partner that publishes its keys may change them', async (t) => {
    const answer = { body: '' }
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(answer.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
    const acme = await written({ exchange: { partners: { shop: { issuer: shop.issuer, jwks } } } })
    const toThem = { acme: { issuer: 'https://acme.example', keyFile: 'acme.pub' } }
    for (const key of ['shop', 'acme']) {
      const theirs = await written({ exchange: { ...shop, keyFile: `${key}.jwk`, partners: toThem } })
      const { out: message } = await run(['sign', '--partner', 'acme', ...theirs], '1')
      assert.equal(
        (await run(['verify', '--partner', 'shop', ...acme], message)).code,
        1,
        'not published yet',
      )
      answer.body = (await run(['keygen', '--public', `${key}.jwk`, '--jwks'])).out
      const taken = await run(['verify', '--partner', 'shop', ...acme], message)
      assert.equal(taken.code, 0, taken.out + taken.err)
    }
  })

  test('a partner that is not there, or a wrong configuration, is said to be', async () => {
    const acme = await written(asAcme)
    const near = await run(['verify', '--partner', 'shopp', ...acme], 'x')
    assert.equal(near.code, 2)
    assert.match(near.err, /Did you mean shop\?/)
    const both = await run(['verify', '--partner', 'shop', '--key', 'x', ...acme], 'x')
    assert.equal(both.code, 2)
    const broken = await written({ exchange: { partners: { shop: { issuer: 'a' } } } })
    const refused = await run(['verify', '--partner', 'shop', ...broken], 'x')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /exactly one of jwks, keyFile and secretFile/)
  })
})
