// Libraries of front ends that bring too much along for the workspace, unchanged, against the wire of Simple JWT: they are
// installed once, at the versions of the lock file, beneath `node_modules/.cache`.
import { existsSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mock } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { password } from '../../../packages/server/src/accounts/people.fixture.ts'
import { fetchPackages, prepare } from '../../interop/languages.ts'
import { openDjango } from '../clients/front-end.fixture.ts'
import type { Held, Tried } from '../held.ts'

const source = fileURLToPath(new URL('./', import.meta.url))
const fullName = 'Ada Lovelace-Bÿrøn 👩‍💻 ~?>'
const libraries = [
  ['@auth0/angular-jwt', 'angular.mjs'],
  ['@nuxtjs/auth-next', 'nuxt.mjs'],
  ['ember-simple-auth-token', 'ember.mjs'],
] as const

interface FrontEnd {
  readonly run: (world: {
    readonly url: string
    readonly credentials: Readonly<Record<string, string>>
    readonly advance: (seconds: number) => void
  }) => Promise<Readonly<Record<string, boolean>>>
}

/** Runs each of them; or says why this machine can't. */
export async function tryFrontEnds(): Promise<Tried> {
  const program = await prepare(
    { folder: 'front-ends', source: 'run', needs: [['npm', '--version']], fetch: fetchPackages, build },
    source,
  )
  if ('skipped' in program) return program
  const held: Held[] = []
  for (const [name, file] of libraries) {
    const frontEnd = (await import(pathToFileURL(join(program.command, file)).href)) as FrontEnd
    await using django = await openDjango({ rotateRefreshTokens: true, extraClaims: ['name'] })
    const { runtime } = django.house
    mock.timers.enable({ apis: ['Date'], now: runtime.now() * 1000 })
    try {
      const outcomes = await frontEnd.run({
        url: django.url,
        credentials: { username: 'ada', password, fullName },
        advance: (seconds) => {
          runtime.advance(seconds)
          mock.timers.tick(seconds * 1000)
        },
      })
      for (const [what, holds] of Object.entries(outcomes)) held.push({ sentence: `${name} ${what}`, holds })
    } finally {
      mock.timers.reset()
    }
  }
  return held
}

/** What of Ember and its addons the program needs, as one module. */
const ember = `
export { setOwner } from '@ember/owner'
export { default as Jwt } from 'ember-simple-auth-token/authenticators/jwt'
`

/** @returns the folder of the programs as the command */
async function build({ cache }: { readonly cache: string }) {
  for (const [, file] of libraries) await cp(join(source, file), join(cache, file))
  await writeFile(join(cache, 'ember-entry.mjs'), ember)
  const bundle = await rolldown({
    input: join(cache, 'ember-entry.mjs'),
    plugins: [emberModules(cache)],
    logLevel: 'silent',
  })
  await bundle.write({ file: join(cache, 'ember-bundle.mjs'), format: 'esm' })
  await bundle.close()
  return { command: cache, args: [] }
}

/** Finds Ember's modules where ember-source has them, which its own build does for applications. */
function emberModules(cache: string): Plugin {
  const macros = '\0macros'
  return {
    name: 'ember modules',
    resolveId(id) {
      if (id === '@embroider/macros') return macros
      const base = join(cache, 'node_modules/ember-source/dist/packages', id)
      return [join(base, 'index.js'), `${base}.js`].find((path) => existsSync(path)) ?? null
    },
    load: (id) =>
      id === macros
        ? 'export const macroCondition = (is) => is; export const isDevelopingApp = () => false'
        : null,
  }
}
