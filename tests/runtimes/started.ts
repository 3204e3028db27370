// Starts the API of app.ts on another runtime, in a process of its own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { type Child, spawnProgram } from '../harness/processes.ts'
import type { AppSettings } from './app.ts'
import type { RuntimeName } from './runtimes.ts'

export interface Started extends AsyncDisposable {
  readonly origin: string
  readonly child: Child
}

const source = '--conditions=@countersign/source'
/** How a runtime runs a TypeScript file of ours. */
export const runs: Readonly<Record<Exclude<RuntimeName, 'workerd'>, readonly string[]>> = {
  bun: [source],
  deno: ['run', '--allow-all', '--no-check', source],
}

export function startOn(name: RuntimeName, program: string, settings: AppSettings): Promise<Started> {
  return name === 'workerd' ? startWorker(program, settings) : startProgram(name, program, settings)
}

async function startProgram(
  name: keyof typeof runs,
  program: string,
  settings: AppSettings,
): Promise<Started> {
  const entry = fileURLToPath(new URL('./serve.ts', import.meta.url))
  const child = spawnProgram(program, { args: [...(runs[name] ?? []), entry, JSON.stringify(settings)] })
  const [, port] = await child.line(/^listening on (\d+)$/)
  return { origin: `http://127.0.0.1:${port}`, child, [Symbol.asyncDispose]: child[Symbol.asyncDispose] }
}

/** In a worker everything is one module, as bundlers make it for that platform. */
async function startWorker(program: string, settings: AppSettings): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-worker-'))
  await writeFile(join(folder, 'worker.mjs'), await bundledWorker())
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings))
  await writeFile(join(folder, 'config.capnp'), configuration)
  const child = spawnProgram(program, { args: ['serve', '--control-fd=1', 'config.capnp'], cwd: folder })
  const [, port] = await child.line(/"socket":"http","port":(\d+)/)
  return {
    origin: `http://127.0.0.1:${port}`,
    child,
    [Symbol.asyncDispose]: async () => {
      await child.kill()
      await rm(folder, { recursive: true })
    },
  }
}

async function bundledWorker(): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('./worker.ts', import.meta.url)),
    platform: 'browser',
    resolve: { conditionNames: ['@countersign/source', '@countersign/web', 'workerd', 'import', 'default'] },
  })
  const { output } = await bundle.generate({ format: 'es', codeSplitting: false })
  await bundle.close()
  return output[0].code
}

// Loopback is a private network, which a worker reaches only when it is told that it may.
const configuration = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  bindings = [(name = "SETTINGS", text = embed "settings.json")],
  compatibilityDate = "2026-11-01",
);
`
