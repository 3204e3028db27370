// Children of a test: a TypeScript file run by this same Node in a process of its own, so that a test can talk
// to a whole program, kill it without warning, and see what is left.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programAt } from './programs.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child extends AsyncDisposable {
  readonly pid: number
  /** Settles when the program has ended and all its output has been read; never rejects. */
  readonly exited: Promise<Exit>
  /** What the program has written so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /**
   * The first line of stdout that matches, from the program's start: a line that is already there counts.
   * Rejects with everything the program has written if it ends first, or after `withinMs` (60 000).
   */
  readonly line: (pattern: RegExp | string, withinMs?: number) => Promise<RegExpMatchArray>
  /** Writes to the program's stdin. */
  readonly write: (text: string) => void
  /** Ends stdin. */
  readonly end: () => void
  /** Sends the signal (SIGKILL if not said, the death nobody can prepare for) and waits for the end. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<Exit>
}

export interface SpawnOptions {
  readonly args?: readonly string[]
  /** Added to this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Options for Node itself, before the file. */
  readonly nodeOptions?: readonly string[]
  /** Its sources, for tests of what it loads, where else a bundle of them would do. */
  readonly fromSources?: boolean
}

// A child that inherits the runner's context would report as if it were a test file itself, and a server refuses
// COUNTERSIGN_ variables that it doesn't know.
const onlyOurs = [
  'NODE_TEST_CONTEXT',
  'COUNTERSIGN_TEST_POSTGRES',
  'SUITE_PROGRAMS',
  'COUNTERSIGN_BROWSER',
  'COUNTERSIGN_SCREENSHOTS',
]

const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/**
 * Starts `file` (a path or a file: URL) under this process's own Node, with the workspace's sources instead of
 * its builds. Use it with `await using`: the end of the block kills what is still running. If this process
 * ends first, its children are killed with it.
 */
export function spawnNode(file: string | URL, options: SpawnOptions = {}): Child {
  const source = file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file
  const path = options.fromSources === true ? source : programAt(source)
  const child = spawn(
    process.execPath,
    ['--conditions=@countersign/source', ...(options.nodeOptions ?? []), path, ...(options.args ?? [])],
    { cwd: options.cwd, env: { ...inherited(), ...options.env }, stdio: 'pipe' },
  )
  return follow(child, path)
}

/** Starts another program than Node, as `spawnNode` does. */
export function spawnProgram(
  program: string,
  options: Pick<SpawnOptions, 'args' | 'cwd' | 'env'> = {},
): Child {
  const env = { ...inherited(), ...options.env }
  return follow(spawn(program, options.args ?? [], { cwd: options.cwd, env, stdio: 'pipe' }), program)
}

function inherited(): NodeJS.ProcessEnv {
  const env = { ...process.env }
  for (const name of onlyOurs) delete env[name]
  return env
}

interface Written {
  stdout: string
  stderr: string
  ended: boolean
  /** Called at every word and at the end. */
  readonly waiting: Set<() => void>
}

function follow(child: ChildProcess, name: string): Child {
  const written: Written = { stdout: '', stderr: '', ended: false, waiting: new Set() }
  const exited = listen(child, written)
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    if (!written.ended) child.kill(signal)
    return exited
  }
  return {
    pid: child.pid ?? -1,
    exited,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    line: (pattern, withinMs = 60_000) => waitForLine(name, written, pattern, withinMs),
    write: (text) => void child.stdin?.write(text),
    end: () => void child.stdin?.end(),
    kill,
    [Symbol.asyncDispose]: async () => void (await kill()),
  }
}

function listen(child: ChildProcess, written: Written): Promise<Exit> {
  alive.add(child)
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text
      for (const look of written.waiting) look()
    })
  }
  // A program that dies with our words unread must not take the test down with it.
  child.stdin?.on('error', () => {})
  return new Promise<Exit>((resolve) => {
    const end = (exit: Exit) => {
      written.ended = true
      alive.delete(child)
      for (const look of written.waiting) look()
      resolve(exit)
    }
    child.on('close', (code, signal) => end({ code, signal }))
    child.on('error', (error) => {
      written.stderr += `${error.message}\n`
      if (child.pid === undefined) end({ code: null, signal: null })
    })
  })
}

function waitForLine(
  name: string,
  written: Written,
  pattern: RegExp | string,
  withinMs: number,
): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      written.waiting.delete(look)
      clearTimeout(timer)
      act()
    }
    const fail = (what: string) =>
      settle(() =>
        reject(new Error(`${name} ${what}\nstdout:\n${written.stdout}\nstderr:\n${written.stderr}`)),
      )
    const look = () => {
      const match = findLine(written.stdout, pattern, written.ended)
      if (match) settle(() => resolve(match))
      else if (written.ended) fail(`ended before it said ${pattern}`)
    }
    const timer = setTimeout(() => fail(`did not say ${pattern} in ${withinMs} ms`), withinMs)
    written.waiting.add(look)
    look()
  })
}

function findLine(text: string, pattern: RegExp | string, ended: boolean): RegExpMatchArray | null {
  const lines = text.split('\n')
  // Without its newline the last piece may be half a line: it counts only once no more can come.
  if (!ended) lines.pop()
  for (const line of lines) {
    if (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line)) {
      return typeof pattern === 'string' ? [line] : (line.match(pattern) as RegExpMatchArray)
    }
  }
  return null
}

// Below those that the system gives to whoever calls out or asks for any: what is free here stays so until its user comes,
// and comes again.
const lowestPort = 20_000
const portsAbove = 10_000

const claimed: string[] = []
process.on('exit', () => {
  for (const claim of claimed) rmSync(claim, { force: true })
})

/**
 * A TCP port that nothing listens on, on every address, and that no test beside this one is given: it may listen there
 * later, and again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowestPort + randomInt(portsAbove)
    if (claim(port) && (await isFree(port))) return port
  }
}

/** A file for each, in the folder that the processes of a run share. */
function claim(port: number): boolean {
  const path = join(tmpdir(), `countersign-port-${port}`)
  try {
    closeSync(openSync(path, 'wx'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  claimed.push(path)
  return true
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.on('error', () => resolve(false))
    probe.listen(port, () => probe.close(() => resolve(true)))
  })
}
