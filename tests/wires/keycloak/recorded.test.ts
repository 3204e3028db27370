// What a real Keycloak exported, brought here. `npm run wires -- --keycloak --record` has it exported anew.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bringRealm } from './come.ts'
import type { MadeRealm } from './realm.ts'

const recorded = (name: string): string => fileURLToPath(new URL(`recorded/${name}`, import.meta.url))
const made = JSON.parse(readFileSync(recorded('made.json'), 'utf8')) as MadeRealm

describe('A realm as Keycloak 26.0.7 exports it', () => {
  for (const [what, name] of [
    ['in one file', 'realm.json'],
    ['in several files', 'several'],
  ] as const) {
    test(`comes ${what}: people with passwords, factors, passkeys and roles, and clients`, async () => {
      const held = await bringRealm(what, recorded(name), made)
      assert.deepEqual(
        held.filter(({ holds }) => !holds).map(({ sentence }) => sentence),
        [],
      )
    })
  }
})
