// Gets the programs that tests need and npm can't bring: as root on a Debian with apt-get, they are installed; anywhere
// else their tests are skipped, and say so.
import { spawnSync } from 'node:child_process'

export interface Program {
  /** As in "installing a browser". */
  readonly what: string
  /** The Debian package. */
  readonly debian: string
  readonly found: () => boolean
}

/** Installs what is not found; says what it does and what came of it. Never throws: what is missing gets skipped. */
export function installMissing(programs: readonly Program[]): void {
  const missing = programs.filter((program) => !program.found())
  if (missing.length === 0) return
  const names = missing.map(({ what }) => what).join(' and ')
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    console.log(
      `Not found: ${names}. Their tests will be skipped (as root on Debian they would be installed).`,
    )
    return
  }
  apt('update')
  for (const { what, debian, found } of missing) {
    console.log(`Installing ${what} (apt-get install ${debian}) …`)
    const said = apt('install', '--yes', '--no-install-recommends', debian)
    if (!found()) console.log(`Could not install ${what}; its tests will be skipped.\n${said}`)
  }
}

/** The last lines that apt-get said, for when it went wrong. */
function apt(...args: string[]): string {
  const done = spawnSync('apt-get', ['--quiet', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20 * 60_000,
  })
  return `${done.stdout}\n${done.stderr}`.trim().split('\n').slice(-8).join('\n')
}
