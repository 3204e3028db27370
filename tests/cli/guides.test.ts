// The guides that show commands: what they say is run, and what they measured is measured again.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createPartners } from '@countersign/sdk/partners'
import { openShell, type Shell } from '../harness/shell.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

describe('the guide to exchanging messages', () => {
  let folder = ''
  let guide = ''
  let shell: Shell

  /** Runs the lines of a shell block, with what they redirect into a file. */
  async function follow(block: string): Promise<void> {
    for (const line of block.trim().split('\n')) {
      const [command = '', file] = line.split(' > ')
      const [name, ...args] = command.split(' ')
      assert.equal(name, 'countersign')
      const { code, out, err } = await shell.run(args)
      assert.equal(code, 0, `${line}\n${out}${err}`)
      if (file !== undefined) await writeFile(join(folder, file), out)
    }
  }
  const blocks = (kind: string) => [
    ...guide.matchAll(new RegExp(`^\`\`\`${kind}(?: (\\S+))?\n(.*?)^\`\`\`$`, 'gms')),
  ]

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-exchange-guide-'))
    guide = await readFile(join(root, 'docs/guides/exchange-with-partners.md'), 'utf8')
    shell = openShell(folder, { COUNTERSIGN_DATA: join(folder, 'data') })
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await follow(blocks('sh')[0]?.[2] ?? '')
    for (const [, name = '', text = ''] of [...blocks('ts'), ...blocks('json')]) {
      assert.notEqual(name, '', 'every block has a file name')
      await writeFile(join(folder, name), text)
    }
  })
  after(async () => {
    await shell[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  test('every block of it compiles as it stands', async () => {
    const files = blocks('ts').map(([, name]) => name)
    assert.ok(files.length >= 5)
    const settings = { extends: join(root, 'tsconfig.json'), files, include: [], exclude: [] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(
      (error: { readonly stdout: string }) => assert.fail(error.stdout),
    )
  })

  test('the tests that it shows pass', async () => {
    // Else the runner inside believes to be part of this run, and reports to it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const args = ['--conditions=@countersign/source', '--test-reporter=tap', '--test', 'exchange.test.ts']
    const { stdout } = await run(process.execPath, args, { cwd: folder, env })
    assert.match(stdout, /^# pass 3$/m)
    assert.match(stdout, /^# fail 0$/m)
  })

  test('its commands make and take what an application takes and makes', async () => {
    const jwk = async (file: string) =>
      JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>
    const shop = await createPartners({
      self: { issuer: 'https://shop.example', key: await jwk('shop.jwk') },
      partners: { acme: { issuer: 'https://acme.example', key: await jwk('acme.pub.jwk') } },
    })
    await writeFile(join(folder, 'order.jwt'), await shop.sign('acme', { order: 17 }))
    await writeFile(join(folder, 'reply.json'), '{"order":17,"ships":true}')
    const commands = blocks('sh')[1]?.[2] ?? ''
    await follow(commands)
    const replay = await shell.run(commands.trim().split('\n').at(-1)?.split(' ').slice(1) ?? [])
    assert.equal(replay.code, 1, 'and a second time it is a replay')
    const { out } = await shell.run(['jwt', 'sign', '--partner', 'shop', 'reply.json'])
    assert.deepEqual((await shop.verify(out.trim())).message, { order: 17, ships: true })
  })
})

test('the sizes that the comparison states are those that the command measures', async () => {
  const page = await readFile(join(root, 'docs/compare-tokens.md'), 'utf8')
  const stated = [...page.matchAll(/^\| (\S[^|]*) \| (\S+) \| ([\d,]+) \| ([\d,]+) \|$/gm)].map(
    ([, format = '', signature = '', bytes = '', inForm = '']) => ({
      format,
      signature,
      bytes: Number(bytes.replaceAll(',', '')),
      inForm: Number(inForm.replaceAll(',', '')),
    }),
  )
  await using shell = openShell(tmpdir())
  const { out } = await shell.run(['jwt', 'compare', '--example', '--json'])
  const { forms } = JSON.parse(out) as { forms: typeof stated & { token: string | null }[] }
  assert.equal(stated.length, forms.length)
  for (const { format, signature, bytes, inForm } of stated) {
    const form = forms.find((one) => one.format === format && one.signature === signature)
    assert.ok(form, `${format} ${signature}`)
    if (form.bytes === null) continue
    // A base64 signature that is percent-encoded, once or twice, has some characters more or fewer.
    const slack = format === 'SWT' ? 16 : format === 'SAML 2.0' ? 80 : 0
    assert.ok(
      Math.abs(form.bytes - bytes) <= (format === 'SWT' ? slack : 0),
      `${format} ${signature}: ${form.bytes}`,
    )
    assert.ok(Math.abs(form.inForm - inForm) <= slack * 2, `${format} ${signature} in a form: ${form.inForm}`)
  }
})

describe('the guide to what people allow', () => {
  let folder = ''
  let guide = ''
  let shell: Shell
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-consent-guide-'))
    guide = await readFile(join(root, 'docs/guides/consent.md'), 'utf8')
    shell = openShell(folder, { COUNTERSIGN_DATA: join(folder, 'data') })
    for (const [, name = '', text = ''] of guide.matchAll(/^```json (\S+)\n(.*?)^```$/gms))
      await writeFile(join(folder, name), text)
  })
  after(async () => {
    await shell[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  const run = async (line: string) => shell.run([...line.split(' ').slice(1), '--json'])

  test('its types of authorization details and its clients are taken, and said again', async () => {
    const [house = '', both = ''] = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text)
    for (const line of [...both.trim().split('\n'), house.trim()]) {
      const { code, out, err } = await run(line)
      assert.equal(code, 0, `${line}\n${out}${err}`)
    }
    const api = JSON.parse((await run('countersign api show https://pay.example/api')).out) as {
      readonly details: readonly { readonly type: string }[]
    }
    assert.deepEqual(
      api.details.map(({ type }) => type),
      ['payment', 'account_access'],
    )
    const shop = JSON.parse((await run('countersign client show shop')).out) as Record<string, unknown>
    assert.deepEqual(
      [shop['first_party'], shop['authorization_details_types']],
      [true, ['payment', 'account_access']],
    )
  })

  test('a file that declares nothing that could be checked is refused, and says where', async () => {
    const wrong = [{ type: 'payment', words: 'Pay {nobody}', fields: { amount: { kind: 'money' } } }]
    await writeFile(join(folder, 'wrong.json'), JSON.stringify(wrong))
    const { code, out, err } = await run('countersign api create https://other.example/ --details wrong.json')
    assert.equal(code, 1)
    assert.match(out + err, /details\.0\.fields\.amount/)
    for (const file of ['missing.json', 'shop.json'])
      assert.match(
        (await run(`countersign api update https://pay.example/api --details ${file}`)).err,
        /JSON list/,
      )
  })
})
