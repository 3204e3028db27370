// Starts a server in a process of its own, metered.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Usage {
  readonly cpuUs: number
  readonly rssBytes: number
}

export interface Server {
  readonly url: string
  /** Milliseconds from the start of the process to its first sign of readiness. */
  readonly readyMs: number
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/**
 * @param file the program; @param ready a pattern whose first group is the server's address
 */
export async function startServer(
  file: string,
  options: {
    args?: readonly string[]
    env?: Record<string, string>
    ready: RegExp
    url?: string
    cwd?: string
    conditions?: boolean
  },
): Promise<Server> {
  const began = performance.now()
  const meter = fileURLToPath(new URL('./meter.ts', import.meta.url))
  const conditions = options.conditions === false ? [] : ['--conditions=@countersign/source']
  const child = spawn(process.execPath, [...conditions, '--import', meter, file, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const address = await readiness(child, options.ready)
  return {
    url: options.url ?? address,
    readyMs: performance.now() - began,
    usage: async () => {
      child.send('usage')
      const [answer] = (await once(child, 'message')) as [Usage]
      return answer
    },
    stop: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

function readiness(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const found = output.match(pattern)
      if (found) resolve(found[1] ?? '')
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.on('exit', (code) =>
      reject(new Error(`The server ended with ${code} before it was ready:\n${output}`)),
    )
  })
}
