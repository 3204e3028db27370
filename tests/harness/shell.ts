// One process that runs many commands, one after the other, as if each had been called by itself: its own arguments, its
// own environment, folder and standard input, and what it wrote where. For tests of what commands say and do: a process
// for each call costs more than all that most commands do. What is about a process of its own spawns `main.ts`.
//
// Run as a program it reads a line of JSON for each command; `openShell` starts one and talks to it.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { type Child, spawnNode } from './processes.ts'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

type Environment = Readonly<Record<string, string | undefined>>

export interface CallOptions {
  readonly input?: string | undefined
  /** For this command alone, over the shell's; `undefined` takes a variable away. */
  readonly env?: Environment | undefined
  /** The folder of this command, instead of the shell's. */
  readonly cwd?: string | undefined
}

export interface Shell extends AsyncDisposable {
  run(args: readonly string[], options?: CallOptions): Promise<Outcome>
  /** As `run` with `--json --yes`. @returns what it printed. @throws with its complaint */
  done(...args: readonly string[]): Promise<Record<string, unknown>>
}

interface Call extends CallOptions {
  readonly id: number
  readonly args: readonly string[]
}

/** Longer than any command of a test takes on a machine that is busy with others. */
const patienceMs = 120_000

/** Starts a shell in a folder, with more environment. Commands that are asked for at once wait for each other. */
export function openShell(cwd: string, env: Environment = {}): Shell {
  const child: Child = spawnNode(import.meta.url, { cwd, env })
  let count = 0
  const run: Shell['run'] = async (args, { input, env: more = {}, cwd: folder } = {}) => {
    const id = ++count
    // JSON has no undefined, by which a variable is taken away.
    const said = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, value ?? null]))
    child.write(`${JSON.stringify({ id, args, input, env: said, cwd: folder })}\n`)
    const [line] = await child.line(new RegExp(`^\\{"id":${id},.*$`), patienceMs)
    return JSON.parse(line) as Outcome
  }
  return {
    run,
    done: async (...args) => {
      const { code, out, err } = await run([...args, '--json', '--yes'])
      if (code !== 0) throw new Error(`countersign ${args.join(' ')}: ${err}`)
      return JSON.parse(out) as Record<string, unknown>
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

async function serve(): Promise<void> {
  const { runProgram } = await import('../../packages/server/src/app/cli/program.ts')
  const lines = createInterface({ input: process.stdin })
  const answer = process.stdout.write.bind(process.stdout)
  const streams = { out: process.stdout, err: process.stderr }
  const [usual, home] = [{ ...process.env }, process.cwd()]
  for await (const line of lines) {
    const { id, args, input = '', env = {}, cwd = home } = JSON.parse(line) as Call
    const written = { out: '', err: '' }
    for (const [name, stream] of Object.entries(streams) as [keyof typeof streams, NodeJS.WriteStream][]) {
      stream.write = (text: string | Uint8Array) => {
        written[name] += String(text)
        return true
      }
    }
    Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true })
    process.env = Object.fromEntries(
      Object.entries({ ...usual, ...env }).filter(([, value]) => value != null),
    )
    process.chdir(cwd)
    process.exitCode = 0
    await runProgram(['node', 'countersign', ...args])
    const code = Number(process.exitCode)
    process.exitCode = 0
    answer(`${JSON.stringify({ id, code, ...written })}\n`)
  }
}

if (import.meta.main) await serve()
