// JavaScript runtimes other than Node: their own programs, which npm carries without an install script, kept beside the
// workspace's packages for the next run.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installPackages } from '../frameworks/installed.ts'

/** One runtime: its version in npm, and by platform its package and the program in it. */
interface Runtime {
  readonly version: string
  readonly programs: Readonly<Record<string, readonly [name: string, program: string]>>
}

const runtimes = {
  bun: {
    version: '1.4.5',
    programs: {
      'linux-x64': ['@oven/bun-linux-x64', 'bin/bun'],
      'linux-arm64': ['@oven/bun-linux-aarch64', 'bin/bun'],
      'darwin-x64': ['@oven/bun-darwin-x64', 'bin/bun'],
      'darwin-arm64': ['@oven/bun-darwin-aarch64', 'bin/bun'],
    },
  },
  deno: {
    version: '2.9.6',
    programs: {
      'linux-x64': ['@deno/linux-x64-glibc', 'deno'],
      'linux-arm64': ['@deno/linux-arm64-glibc', 'deno'],
      'darwin-x64': ['@deno/darwin-x64', 'deno'],
      'darwin-arm64': ['@deno/darwin-arm64', 'deno'],
    },
  },
  workerd: {
    version: '1.20261117.1',
    programs: {
      'linux-x64': ['@cloudflare/workerd-linux-64', 'bin/workerd'],
      'linux-arm64': ['@cloudflare/workerd-linux-arm64', 'bin/workerd'],
      'darwin-x64': ['@cloudflare/workerd-darwin-64', 'bin/workerd'],
      'darwin-arm64': ['@cloudflare/workerd-darwin-arm64', 'bin/workerd'],
    },
  },
} as const satisfies Record<string, Runtime>

export type RuntimeName = keyof typeof runtimes

/** The path of a runtime's program, installed if need be; else why there can be none here. */
export async function runtimeProgram(
  name: RuntimeName,
): Promise<{ readonly program: string; readonly skipped?: undefined } | { readonly skipped: string }> {
  const { version, programs }: Runtime = runtimes[name]
  const platform = `${process.platform}-${process.arch}`
  const [packageName, inside] = programs[platform] ?? []
  if (packageName === undefined || inside === undefined)
    return { skipped: `${name} has no program for ${platform}` }
  const installed = await installPackages(name, { [packageName]: version })
  if ('skipped' in installed) return installed
  const program = join(installed.home, 'node_modules', packageName, inside)
  return promisify(execFile)(program, ['--version']).then(
    () => ({ program }),
    () => ({ skipped: `${name} does not run on this machine` }),
  )
}
