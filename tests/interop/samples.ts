// The samples of examples/programs as their readers run them: against a development server and the sample bank, with Ada
// at the browser.
import { deepEqual, equal } from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Server } from '../harness/server.ts'
import { browserOf, type Outcomes } from './client-run.ts'

const run = promisify(execFile)

/** Where they are. */
export const sampleFolder = fileURLToPath(new URL('../../examples/programs/', import.meta.url))

/** Starts a sample, goes where it says, and comes back to it. @throws when it doesn't come all the way */
export async function runSample(on: Server, command: string, args: readonly string[]): Promise<void> {
  // No browser of this machine: the one below is Ada's.
  const env = { ...process.env, ISSUER: on.issuer, API: on.api, BROWSER: 'true' }
  const child = spawn(command, args, { cwd: sampleFolder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('close', resolve).on('error', reject),
  )
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^Sign in at (\S+)$/.exec(line)?.[1]
    if (address === undefined) said.push(line)
    else await visit(new URL(address))
  }
  equal(await ended, 0, said.join('\n'))
  deepEqual(said, [
    'Signed in.',
    'Accounts: 200 acc-1001, acc-1002',
    'Renewed: 200',
    'Signed out: invalid_grant',
  ])
}

async function visit(address: URL): Promise<void> {
  const redirectUri = address.searchParams.get('redirect_uri')
  const browser = browserOf({ redirectUri: redirectUri ?? 'none:', postLogoutRedirectUri: 'none:' })
  if (redirectUri === null) return browser.approve(address)
  const back = await browser.walk(address)
  // Somebody else on this computer knocks first, with an answer to a question that nobody asked.
  const stray = new URL(back)
  stray.searchParams.set('state', 'another')
  equal((await fetch(stray)).status, 404)
  equal((await fetch(back)).status, 200)
}

/** @returns why a program can't be run on this machine; false when it can */
export function missing(command: string, ...args: string[]): Promise<string | false> {
  return run(command, args).then(
    () => false as const,
    () => `${command} can’t be run here`,
  )
}

/**
 * The sample in Go, both ways. Compiling Go's library for the first time takes longer than a test may, so `npm run
 * interop` runs it.
 *
 * @returns no steps: its journey is held against its own words above
 */
export async function runGoSample(on: Server): Promise<Outcomes | { readonly skipped: string }> {
  const skipped = await missing('go', 'version')
  if (skipped) return { skipped }
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sample-'))
  try {
    const program = join(folder, 'sign-in')
    await run('go', ['build', '-o', program, 'sign-in.go'], { cwd: sampleFolder })
    await runSample(on, program, [])
    await runSample(on, program, ['-device'])
    return new Map()
  } finally {
    await rm(folder, { recursive: true })
  }
}
