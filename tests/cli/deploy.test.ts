// Commands that print what a machine has to know: a shell, a proxy, a service, a platform.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { openShell, type Shell } from '../harness/shell.ts'

let folder = ''
let shell: Shell
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-deploy-'))
  shell = openShell(folder, { COUNTERSIGN_URL: 'https://id.example.com' })
})
after(async () => {
  await shell[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const wanted: readonly (readonly [typed: string, offered: RegExp])[] = [
  ['us', /^user$/],
  ['--json comp', /^completion$/],
  ['user ', /(?:^| )create /],
  ['import ', /(?:^| )keycloak /],
  ['client create --red', /^--redirect-uri$/],
  ['client create --metadata ', /^$/],
  ['jwt sign --alg ES', /^ES256 /],
  ['completion ', /^bash zsh$/],
]

const begin = {
  bash: (file: string) => `source '${file}'`,
  zsh: (file: string) =>
    `autoload -U +X compinit && compinit -u -D; source '${file}'; emulate -L sh; setopt KSH_ARRAYS`,
}
/** Each argument is a line as far as it is typed; for each, what is offered. */
const asking = `for typed in "$@"; do
  COMP_WORDS=(countersign); rest="$typed "
  while [ -n "$rest" ]; do COMP_WORDS+=("\${rest%% *}"); rest="\${rest#* }"; done
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _countersign; echo "\${COMPREPLY[*]}"
done`

for (const name of ['bash', 'zsh'] as const) {
  const skip = spawnSync(name, ['-c', 'true']).status === 0 ? false : `no ${name} here`
  test(`after Tab, ${name} offers commands, choices and options where they belong, and files elsewhere`, {
    skip,
  }, async () => {
    const { code, out, err } = await shell.run(['completion', name])
    assert.equal(code, 0, err)
    const file = join(folder, `completion.${name}`)
    await writeFile(file, out)
    const lines = wanted.map(([typed]) => typed)
    const args = [name === 'zsh' ? '-f' : '--norc', '-c', `${begin[name](file)}; ${asking}`, name, ...lines]
    const { stdout } = await promisify(execFile)(name, args)
    const answers = stdout.split('\n')
    for (const [index, [typed, offered]] of wanted.entries()) {
      // Zsh itself leaves out what doesn't begin as typed.
      const last = typed.split(' ').at(-1) ?? ''
      const words = (answers[index] ?? '').split(' ').filter((word) => word.startsWith(last))
      assert.match(words.join(' '), offered, typed)
    }
  })
}

test('a site, a unit and a Procfile are made of the settings, and a site is for https alone', async () => {
  const said = async (...args: string[]) => {
    const { code, out, err } = await shell.run(args)
    assert.equal(code, 0, err)
    return out
  }
  assert.match(
    await said('nginx'),
    /ssl_certificate "\/etc\/letsencrypt\/live\/id\.example\.com\/fullchain\.pem";/,
  )
  assert.match(
    await said('nginx', '--certificate', '/a "b".pem', '--key', '/k'),
    /ssl_certificate "\/a \\"b\\"\.pem";/,
  )
  const unit = await said('systemd', '--user', 'id')
  assert.match(unit, /^User=id$/m)
  assert.match(unit, /^ReadWritePaths=(?:\/\S*|"\/[^"]*)\/\.countersign"?$/m)
  assert.equal((await shell.run(['systemd', '--user', 'a b'])).code, 2)
  assert.equal(await said('procfile'), 'release: npx countersign migrate\nweb: npx countersign start\n')
  assert.equal(typeof (await shell.done('nginx'))['text'], 'string')
  const plain = await shell.run(['nginx'], { env: { COUNTERSIGN_URL: 'http://id.example.com' } })
  assert.equal(plain.code, 1)
})
