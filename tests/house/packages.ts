// What the packages may import, and the floors of the server's rooms (house rule 1).

import { forbidWorld } from './layers.ts'
import {
  inServer,
  isTest,
  isTestAid,
  packageOf,
  packageReached,
  packagesByName,
  type Report,
  type Rule,
  roomOf,
  targetOf,
  within,
} from './places.ts'
import type { Import } from './source.ts'

const mayReach: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  policy: [],
  server: ['protocol', 'policy'],
  sdk: ['protocol', 'policy'],
  console: ['sdk'],
}

export const packageRule: Rule = ({ path, imports, code }, report) => {
  const own = packageOf(path)
  const pure = own === 'protocol' || own === 'policy'
  for (const imported of imports) {
    const reached = packageReached(path, imported)
    const target = targetOf(path, imported)
    if (/^(?:file:|\/(?:home|root|Users|tmp|var|opt|mnt|work)\/)/.test(imported.specifier)) {
      report(imported.line, `imports ${imported.specifier}: nobody else has that path on their machine`)
    }
    if (reached !== undefined && reached !== own) {
      if (target !== undefined && own !== undefined && !isTest(path)) {
        report(
          imported.line,
          `imports ${imported.specifier}: reach another package by its name, never by its path`,
        )
      } else if (own !== undefined) {
        const allowed = mayReach[own] ?? []
        if (!allowed.includes(reached) && !isTestAid(path))
          report(imported.line, mayNotReach(own, reached, allowed))
      } else if (reached === 'server' && within(path, 'examples') && !/(^|\/)start[^/]*\.ts$/.test(path)) {
        report(
          imported.line,
          'imports the server: an example knows @countersign/sdk alone; only its start script may start the server',
        )
      }
    }
    if (pure && !isTest(path)) purity(own, path, imported, report)
  }
  if (pure && !isTest(path))
    forbidWorld(code, report, `${own} is pure: let the caller pass the time or the bytes`)
}

function mayNotReach(own: string, reached: string, allowed: readonly string[]): string {
  const may = allowed.length === 0 ? 'nothing of ours' : allowed.join(' and ')
  const then =
    reached === 'server' || reached === 'console'
      ? `nobody imports the ${reached}: talk to it over HTTP, or move what both need to protocol or policy`
      : `${own} imports ${may}: move what both need there, or let the caller pass it in`
  return `${own} imports ${reached}: ${then}`
}

function purity(own: string, path: string, imported: Import, report: Report): void {
  const { specifier, line } = imported
  if (specifier.startsWith('.')) return
  // The package's own name for the crypto file that fits the platform.
  if (own === 'protocol' && specifier === '#crypto') return
  if (own === 'protocol' && /^jose(?:\/|$)/.test(specifier)) {
    if (path !== 'packages/protocol/src/jose/jwe-library.ts') {
      report(line, `imports ${specifier}: encryption alone uses it, through jose/jwe-library.ts`)
    }
  } else if (own === 'protocol' && /^node:(?:crypto|buffer)$/.test(specifier)) {
    if (path !== 'packages/protocol/src/jose/crypto.ts') {
      report(
        line,
        `imports ${specifier}: all of it goes through jose/crypto.ts, the one file to swap for Web Crypto`,
      )
    }
  } else if (packagesByName[specifier] === undefined) {
    report(
      line,
      `imports ${specifier}: ${own} is pure, it depends on nobody and reads no file, clock or socket`,
    )
  }
}

const floors: readonly (readonly string[])[] = [
  ['platform'],
  ['access', 'accounts'],
  ['oauth', 'signin'],
  ['profiles'],
  ['admin'],
  ['app'],
]
const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room))

const meeting: Readonly<Record<string, string>> = {
  'oauth,signin':
    'sign-in and OAuth meet through a sealed return address and the session, never through an import',
  'access,accounts': 'accounts and access meet above, where a room knows both',
}

export const floorRule: Rule = ({ path, imports }, report, { faces }) => {
  if (!inServer(path) || faces.has(path)) return
  const room = roomOf(path)
  if (floorOf(room) === -1) {
    report(1, `stands in no room that the house knows: put it in one of ${floors.flat().join(', ')}`)
    return
  }
  for (const imported of imports) {
    const target = targetOf(path, imported)
    if (target === undefined || !inServer(target)) continue
    const other = roomOf(target)
    if (other === room || (floorOf(other) < floorOf(room) && floorOf(other) !== -1)) continue
    const beside = floorOf(other) === floorOf(room)
    const advice = beside
      ? (meeting[[room, other].sort().join()] ?? 'rooms of one floor never see each other')
      : isTest(path)
        ? 'a test that needs a higher room belongs in tests/'
        : 'state what is needed as a type here and let app/compose.ts pass it in, or move it down'
    report(
      imported.line,
      `${room} imports ${other || 'the face'} (${imported.specifier}), which is not below it: ${advice}`,
    )
  }
}
