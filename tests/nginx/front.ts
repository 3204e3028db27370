// A proxy of another make before Countersign and an application: where things are put, how it is started, how it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** The guide's places, and what stands there in a test. */
export interface Places {
  /** Where the proxy listens, over TLS, on 127.0.0.1. */
  readonly port: number
  readonly countersign: number
  readonly app: number
  /** Changes the text further: for a guide that its reader has misspelt. */
  readonly change?: (text: string) => string
}

export interface Front extends AsyncDisposable {
  readonly origin: string
}

/** What to run, once its files lie in their folder. */
export interface Program {
  readonly path: string
  readonly args: readonly string[]
}

/** Keeps a file in the proxy's own folder. @returns its path */
export type Keep = (name: string, text: string) => string

/** Starts one in a folder of its own and waits until it answers. @throws with its complaint when it ends instead */
export async function startFront(
  port: number,
  prepare: (keep: Keep, folder: string) => Program,
): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-proxy-'))
  const keep: Keep = (name, text) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const { path, args } = prepare(keep, folder)
  const child = spawn(path, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
  })
  const stop = () => child.kill('SIGKILL')
  process.once('exit', stop)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const dispose = async (): Promise<void> => {
    process.off('exit', stop)
    stop()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await answers(child, port)
  } catch (error) {
    await dispose()
    throw new Error(`The proxy did not start:\n${said}`, { cause: error })
  }
  return { origin: `https://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose }
}

/** The block of a guide that bears this title. */
export function shownIn(guide: string, title: string): string {
  const text = readFileSync(new URL(`../../docs/guides/${guide}`, import.meta.url), 'utf8')
  const shown = [...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].find(([, named]) => named === title)?.[2]
  if (shown === undefined) throw new Error(`${guide} shows no ${title}.`)
  return shown
}

/**
 * All at once: what is put in one place is none of the others, whatever port it names.
 *
 * @throws when the guide has no such place (any more)
 */
export function put(text: string, places: Readonly<Record<string, string>>): string {
  for (const place of Object.keys(places))
    if (!text.includes(place)) throw new Error(`The guide doesn’t say “${place}”.`)
  const any = new RegExp(Object.keys(places).map(literal).join('|'), 'g')
  return text.replaceAll(any, (place) => places[place] ?? place)
}

function literal(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}

async function answers(child: ChildProcess, port: number): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end; ) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`)
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen) return
    await wait(25)
  }
  throw new Error('It does not listen.')
}
