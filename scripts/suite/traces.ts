// What a test file changes in the process that it shares with others, and has to undo: the environment, the working
// folder, and the functions that belong to everybody.
import { isDeepStrictEqual } from 'node:util'

const everybodys: readonly (readonly [string, object])[] = [
  ['globalThis', globalThis],
  ['console', console],
  ['process', process],
  ['process.stdout', process.stdout],
  ['process.stderr', process.stderr],
  ['Math', Math],
  ['Date', Date],
  ['JSON', JSON],
  ['AbortSignal', AbortSignal],
  ['crypto', crypto],
]
// What packages put there for good when they are loaded: graceful-fs remembers the folder, tslib calls itself __this.
const harmless = /^process\.(?:cwd|chdir)$|^globalThis\.__\w+$/

/** Remembers how things are. @returns what says, each time, what is different by then. */
export function watchTraces(): () => string[] {
  const env = { ...process.env }
  const folder = process.cwd()
  const members = everybodys.map(([, owner]) => membersOf(owner))
  return () => [
    ...(isDeepStrictEqual(env, { ...process.env }) ? [] : changed(env, { ...process.env }, 'process.env')),
    ...(process.cwd() === folder ? [] : ['the working folder']),
    ...everybodys.flatMap(([name, owner], index) => changedMembers(name, members[index], membersOf(owner))),
  ]
}

type Members = ReadonlyMap<string, PropertyDescriptor>

/** Only what works or is computed: numbers and texts change by themselves. */
function membersOf(owner: object): Members {
  const all = Object.entries(Object.getOwnPropertyDescriptors(owner))
  return new Map(all.filter(([, member]) => member.get !== undefined || typeof member.value === 'function'))
}

function changedMembers(owner: string, before: Members = new Map(), now: Members = new Map()): string[] {
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((name) => {
      const [was, is] = [before.get(name), now.get(name)]
      // Node puts the real thing in the place of a getter at first use.
      if (was?.get !== undefined && is?.get === undefined) return false
      return was?.value !== is?.value || was?.get !== is?.get
    })
    .map((name) => `${owner}.${name}`)
    .filter((name) => !harmless.test(name))
}

function changed(before: NodeJS.ProcessEnv, now: NodeJS.ProcessEnv, name: string): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((key) => before[key] !== now[key])
    .map((key) => `${name}.${key}`)
}
