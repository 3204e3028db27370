// Runs the originals that are written in Python: a Django project in one file each, with the packages of its
// requirements.txt.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** An interpreter with the packages of a requirements.txt on its path. */
export interface Python {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

/** A project, listening until it is disposed of. */
export interface Original extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly origin: string
}

type Environment = Readonly<Record<string, string>>

/** Starts a project that prints its port and serves until its input ends. @throws when it ends before that */
export async function startOriginal(
  python: Python,
  program: URL,
  settings: Environment = {},
): Promise<Original> {
  const child = spawnPython(python, program, [], settings)
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

/**
 * Runs a program to its end.
 *
 * @param input what it reads, as JSON
 * @returns what it printed, read as JSON
 * @throws when it fails
 */
export async function runOriginal(
  python: Python,
  program: URL,
  {
    args,
    settings = {},
    input = null,
  }: { readonly args: readonly string[]; readonly settings?: Environment; readonly input?: unknown },
): Promise<unknown> {
  const child = spawnPython(python, program, args, settings)
  child.stdin.end(JSON.stringify(input))
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`Django ended with ${String(code)}.`)
  return JSON.parse(said)
}

function spawnPython({ command, env }: Python, program: URL, args: readonly string[], settings: Environment) {
  return spawn(command, ['-B', fileURLToPath(program), ...args], {
    env: { ...process.env, ...env, ...settings },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}
