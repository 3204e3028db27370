// Starts the Django project of oracle.py.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Group } from './flows.ts'
import { groups } from './flows.ts'

/** An interpreter with the packages of requirements.txt on its path. */
export interface Python {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

/** The project, listening. */
export interface Original extends AsyncDisposable {
  readonly origin: string
}

/** Starts the originals with the settings of a group. */
export async function startOriginal({ command, env }: Python, group: Group): Promise<Original> {
  const stated = Object.entries(groups[group].theirs).map(([name, value]) => [name, JSON.stringify(value)])
  const child = spawn(command, ['-B', fileURLToPath(new URL('oracle.py', import.meta.url))], {
    env: { ...process.env, ...env, ...Object.fromEntries(stated) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const said = await Promise.race([once(child.stdout, 'data'), gone])
  if (child.exitCode !== null) throw new Error(`Django ended with ${child.exitCode}.`)
  return {
    origin: `http://127.0.0.1:${String(said[0]).trim()}`,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await gone
    },
  }
}
