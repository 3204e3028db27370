// A real Next for tests: built and served with an application that uses the SDK as a package.
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeFiles } from '../../packages/sdk/src/frameworks/guide.fixture.ts'
import { bundleSdk, folderIn, type Installed, requireFrom, sourceOf } from './installed.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const source = sourceOf('next-app')

/** An application of `next-app` and these files, built for production in a folder that it comes to. */
export async function buildNext(installed: Installed, files: Iterable<readonly [string, string]>) {
  const folder = await folderIn(installed)
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFiles(folder, [...(await applicationFiles()), ...files].map(asJavaScript))
  await bundleSdk(folder, ['next'], /^node:/)
  const command = join(installed.home, 'node_modules/next/dist/bin/next')
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env
  await run(process.execPath, [command, 'build'], {
    cwd: folder,
    env: { ...env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  }).catch((error: { readonly stdout: string; readonly stderr: string }) => {
    throw new Error(`next build failed:\n${error.stdout}\n${error.stderr}`)
  })
  return folder
}

async function applicationFiles(): Promise<(readonly [string, string])[]> {
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'))
  return Promise.all(names.map(async (name) => [name, await readFile(join(source, name), 'utf8')] as const))
}

/** Next checks types by a compiler that it would install first; ours has checked them. */
function asJavaScript([name, text]: readonly [string, string]): readonly [string, string] {
  return [
    name.replace(/\.ts$/, '.js'),
    stripTypeScriptTypes(text).replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"),
  ]
}

/** What the compiler has to say of these files, beside Next's own types. */
export async function compileWithNext(
  installed: Installed,
  files: readonly (readonly [string, string])[],
): Promise<string> {
  const folder = await folderIn(installed)
  try {
    await mkdir(join(folder, 'node_modules'))
    await symlink(
      join(root, 'node_modules/@countersign'),
      join(folder, 'node_modules/@countersign'),
      'junction',
    )
    const options = {
      extends: join(root, 'tsconfig.json'),
      // As `create-next-app` sets it: Next's own types need it.
      compilerOptions: { module: 'esnext', moduleResolution: 'bundler' },
      files: files.map(([name]) => name),
      include: [],
    }
    await writeFiles(folder, [...files, ['tsconfig.json', JSON.stringify(options)]])
    return await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).then(
      () => '',
      (error: { readonly stdout: string }) => error.stdout,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>
interface NextServer {
  prepare(): Promise<void>
  getRequestHandler(): Listener
  close(): Promise<void>
}
type CreateNext = (options: { readonly dev: boolean; readonly dir: string }) => NextServer

/** Serves a built application from this process, whose clock and network its routes then share. */
export async function serveNext(installed: Installed, folder: string) {
  Object.assign(process.env, { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' })
  const create = requireFrom<CreateNext>(installed, 'next')
  const app = create({ dev: false, dir: folder })
  await app.prepare()
  const listener = app.getRequestHandler()
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await app.close()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}
