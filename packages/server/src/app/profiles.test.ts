import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Profiles, readProfiles } from './profiles.ts'
import type { Finding } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-profiles-'))
after(() => rmSync(folder, { recursive: true }))

function read(written: unknown, mode: 'development' | 'production' = 'production') {
  const findings: Finding[] = []
  return { profiles: readProfiles(written, mode, findings), findings }
}

const wiresOf = ({ origins: _, ...wires }: Profiles) => Object.values(wires)

test('every wire is on in development, and none in production unless it is asked for', () => {
  assert.ok(wiresOf(read(undefined, 'development').profiles).every((spoken) => spoken !== null))
  assert.ok(wiresOf(read(undefined).profiles).every((spoken) => spoken === null))
  assert.equal(read({ knock: false }, 'development').profiles.knock, null)
  assert.equal(read({ knock: true }).profiles.knock?.settings.entities[0]?.loginField, 'email')
})

test('what is misspelt or out of its bounds is named, and leaves everything off', () => {
  for (const [written, place] of [
    [{ simpleJwt: true }, 'profiles'],
    [{ simplejwt: { accessTokenLifetime: 0 } }, 'profiles.simplejwt'],
    [{ simplejwt: { ROTATE_REFRESH_TOKENS: true } }, 'profiles.simplejwt'],
    [{ knock: { entities: [] } }, 'profiles.knock'],
    [{ knock: { entities: [{ name: 'user' }, { name: 'user' }] } }, 'profiles.knock'],
    [{ basic: { paths: ['no slash'] } }, 'profiles.basic'],
    [{ origins: ['https://app.example.com/login'] }, 'profiles.origins'],
    [{ origins: ['*'] }, 'profiles.origins'],
    [[], 'profiles'],
  ] as const) {
    const { profiles, findings } = read(written)
    assert.ok(findings.length > 0, JSON.stringify(written))
    assert.ok(
      findings.every(({ path }) => path.startsWith(`countersign.config: ${place}`)),
      JSON.stringify(findings),
    )
    assert.ok(wiresOf(profiles).every((spoken) => spoken === null))
  }
})

test('what could be of several kinds and is of none is told in words', () => {
  for (const [written, said] of [
    [{ basic: 7 }, '“profiles.basic” must be true, false or its settings.'],
    [
      { djoser: { base: 'auth' } },
      '“profiles.djoser.base” must be a path that begins and ends with a slash, or several of them.',
    ],
    [{ simplejwt: { audience: 5 } }, '“profiles.simplejwt.audience” must be a text, or several.'],
    [
      { simplejwt: { locales: 'fr' } },
      '“profiles.simplejwt.locales” must be true, false or a list of languages.',
    ],
  ] as const)
    assert.deepEqual(
      read(written).findings.map(({ message }) => message),
      [said],
    )
})

test('keys come from files; one that is missing or weak leaves its wire off', () => {
  const good = join(folder, 'good')
  const weak = join(folder, 'weak')
  writeFileSync(good, `${'k'.repeat(50)}\n`)
  writeFileSync(weak, 'short')
  const { profiles } = read({ simplejwt: { signingKeyFile: good, verifyingKeyFiles: [good] } })
  assert.deepEqual(profiles.simplejwt?.texts, { signing: 'k'.repeat(50), verifying: ['k'.repeat(50)] })
  for (const [file, code] of [
    [weak, 'weak'],
    [join(folder, 'nowhere'), 'unreadable'],
  ] as const) {
    const { profiles: off, findings } = read({ knock: { signingKeyFile: file } })
    assert.equal(off.knock, null)
    assert.deepEqual(
      findings.map((found) => found.code),
      [code],
    )
  }
})

test('keys of Simple JWT may come from variables; one that is not set, weak or there twice leaves the wire off', () => {
  const key = 'k'.repeat(50)
  const { profiles } = read({
    simplejwt: { signingKey: key, verifyingKey: 'v'.repeat(50) },
    djoser: { jwt: { signingKey: key } },
  })
  assert.deepEqual(profiles.simplejwt?.texts, { signing: key, verifying: ['v'.repeat(50)] })
  assert.deepEqual(profiles.djoser?.texts, { signing: key, verifying: [] })
  for (const [settings, code] of [
    [{ signingKey: undefined }, 'invalid'],
    [{ signingKey: 'short' }, 'weak'],
    [{ verifyingKey: 'short' }, 'weak'],
    [{ signingKey: key, signingKeyFile: 'a file' }, 'invalid'],
    [{ signingKey: key, algorithm: 'RS512' }, 'invalid'],
  ] as const) {
    const { profiles: off, findings } = read({ simplejwt: settings })
    assert.equal(off.simplejwt, null)
    assert.deepEqual(
      findings.map((found) => found.code),
      [code],
    )
    assert.equal(JSON.stringify(findings).includes(key), false)
  }
})

test('the configurations that the guides show are sound', () => {
  const guide = ['move-in', 'simple-jwt-and-knock']
    .map((name) => readFileSync(new URL(`../../../../docs/guides/${name}.md`, import.meta.url), 'utf8'))
    .join('')
  const programs = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text)
  const blocks = programs.filter((text) => text.includes('defineConfig('))
  assert.ok(blocks.length >= 4)
  for (const block of blocks) {
    const [, literal = ''] = /defineConfig\((.*)\)/s.exec(stripTypeScriptTypes(block)) ?? []
    const config = new Function(`return ${literal}`)() as { profiles: unknown }
    const { findings } = read(config.profiles)
    assert.deepEqual(
      findings.filter(({ code }) => code !== 'unreadable'),
      [],
    )
  }
})
