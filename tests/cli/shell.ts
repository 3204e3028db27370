// One process that runs many commands, one after the other, as if each had been called by itself: its own arguments, its
// own standard input, and what it wrote where. For tests of what a command says, which need no process for each call.
//
// Run as a program it reads a line of JSON for each command; `openShell` starts one and talks to it.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { type Child, spawnNode } from '../harness/processes.ts'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Shell extends AsyncDisposable {
  run(args: readonly string[], input?: string): Promise<Outcome>
}

/** Starts a shell in a folder, with more environment. */
export function openShell(cwd: string, env: Readonly<Record<string, string>> = {}): Shell {
  const child: Child = spawnNode(import.meta.url, { cwd, env })
  let count = 0
  return {
    run: async (args, input = '') => {
      const id = ++count
      child.write(`${JSON.stringify({ id, args, input })}\n`)
      const [line] = await child.line(new RegExp(`^\\{"id":${id},.*$`))
      return JSON.parse(line) as Outcome
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

async function serve(): Promise<void> {
  const { runProgram } = await import('../../packages/server/src/app/cli/program.ts')
  const lines = createInterface({ input: process.stdin })
  const answer = process.stdout.write.bind(process.stdout)
  const streams = { out: process.stdout, err: process.stderr }
  for await (const line of lines) {
    const { id, args, input } = JSON.parse(line) as { id: number; args: string[]; input: string }
    const written = { out: '', err: '' }
    for (const [name, stream] of Object.entries(streams) as [keyof typeof streams, NodeJS.WriteStream][]) {
      stream.write = (text: string | Uint8Array) => {
        written[name] += String(text)
        return true
      }
    }
    Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true })
    process.exitCode = 0
    await runProgram(['node', 'countersign', ...args])
    const code = Number(process.exitCode)
    process.exitCode = 0
    answer(`${JSON.stringify({ id, code, ...written })}\n`)
  }
}

if (import.meta.main) await serve()
