// Starts the Django project of oracle.py.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { secretKey } from './flows.ts'
import type { GroupSettings } from './groups.ts'

/** An interpreter with the packages of requirements.txt on its path. */
export interface Python {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

/** The project, listening. */
export interface Django extends AsyncDisposable {
  readonly origin: string
}

/** Starts the project with these settings. */
export async function startDjango(
  { command, env }: Python,
  { simpleJwt, isSliding = false, hasLocales = false }: GroupSettings,
): Promise<Django> {
  const child = spawn(command, ['-B', fileURLToPath(new URL('oracle.py', import.meta.url))], {
    env: {
      ...process.env,
      ...env,
      SECRET_KEY: secretKey,
      SIMPLE_JWT: JSON.stringify(simpleJwt),
      ...(isSliding && { SLIDING: 'yes' }),
      ...(hasLocales && { LOCALES: 'yes' }),
    },
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
