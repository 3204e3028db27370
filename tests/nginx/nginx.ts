// A real nginx with the very configuration that docs/guides/nginx.md shows: only its names, ports and files are put in
// place. It runs in this process's own folder and ends with it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { selfSigned } from '../checklist/self-signed.ts'

/** The guide's places, and what stands there in a test. */
export interface Places {
  /** Where nginx listens, over TLS, on 127.0.0.1. */
  readonly port: number
  readonly countersign: number
  readonly app: number
  /** Changes the text further: for a guide that its reader has misspelt. */
  readonly change?: (text: string) => string
}

export interface Nginx extends AsyncDisposable {
  readonly origin: string
  /** What it has complained about so far. */
  readonly log: () => string
}

/** nginx with the module that asks; undefined when there is none here. */
export function findNginx(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, 'nginx')).find(canAsk)
}

/** Why there can be no nginx here, or false: what `test(…, { skip })` wants. */
export function nginxSkip(): string | false {
  return findNginx() === undefined
    ? 'no nginx with auth_request here: neither on the PATH nor in /usr/sbin (Debian: nginx-light)'
    : false
}

function canAsk(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
  } catch {
    return false
  }
  const { stderr } = spawnSync(path, ['-V'], { encoding: 'utf8' })
  return stderr.includes('http_auth_request_module') && stderr.includes('http_ssl_module')
}

/** The configuration as the guide shows it. */
function guideText(): string {
  const guide = readFileSync(new URL('../../docs/guides/nginx.md', import.meta.url), 'utf8')
  const text = /^```nginx countersign\.conf\n(.*?)^```$/ms.exec(guide)?.[1]
  if (text === undefined) throw new Error('The guide shows no configuration.')
  return text
}

/** Starts one and waits until it answers. @throws with its complaint when it refuses the configuration */
export async function startNginx(places: Places): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-nginx-'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const config = put(guideText(), {
    'listen 443 ssl': `listen 127.0.0.1:${places.port} ssl`,
    'Host www.example.com': `Host 127.0.0.1:${places.port}`,
    'server_name www.example.com': 'server_name 127.0.0.1',
    '/etc/ssl/www.example.com.crt': file('certificate', selfSigned.cert),
    '/etc/ssl/www.example.com.key': file('key', selfSigned.key),
    '127.0.0.1:4400': `127.0.0.1:${places.countersign}`,
    '127.0.0.1:3000': `127.0.0.1:${places.app}`,
  })
  file('countersign.conf', places.change?.(config) ?? config)
  const program = findNginx() ?? ''
  const child = spawn(program, ['-p', folder, '-c', file('nginx.conf', around), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
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
    await answers(child, places.port)
  } catch (error) {
    await dispose()
    throw new Error(`nginx did not start:\n${said}`, { cause: error })
  }
  return { origin: `https://127.0.0.1:${places.port}`, log: () => said, [Symbol.asyncDispose]: dispose }
}

/** What a machine's own nginx.conf has around the guide's; one process, so that nothing outlives it. */
const around = `
daemon off;
master_process off;
pid pid;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  include countersign.conf;
}
`

/** @throws when the guide has no such place (any more) */
function put(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((done, [place, here]) => {
    if (!done.includes(place)) throw new Error(`The guide doesn’t say “${place}”.`)
    return done.replaceAll(place, here)
  }, text)
}

async function answers(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (open) return
    await wait(25)
  }
  throw new Error('It does not listen.')
}
