// A real nginx with the very configuration that docs/guides/nginx.md shows: only its names, ports and files are put in
// place.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { selfSigned } from '../checklist/self-signed.ts'
import { type Front, type Places, put, shownIn, startFront } from './front.ts'

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

/** Starts one. @throws with its complaint when it refuses the configuration */
export function startNginx(places: Places): Promise<Front> {
  return startFront(places.port, (keep, folder) => {
    const config = put(shownIn('nginx.md', 'countersign.conf'), {
      'listen 443 ssl': `listen 127.0.0.1:${places.port} ssl`,
      'Host www.example.com': `Host 127.0.0.1:${places.port}`,
      'server_name www.example.com': 'server_name 127.0.0.1',
      '/etc/ssl/www.example.com.crt': `"${keep('certificate', selfSigned.cert)}"`,
      '/etc/ssl/www.example.com.key': `"${keep('key', selfSigned.key)}"`,
      '127.0.0.1:4400': `127.0.0.1:${places.countersign}`,
      '127.0.0.1:3000': `127.0.0.1:${places.app}`,
    })
    keep('countersign.conf', places.change?.(config) ?? config)
    return {
      path: findNginx() ?? '',
      args: ['-p', folder, '-c', keep('nginx.conf', around), '-e', 'stderr'],
    }
  })
}

/** Starts one with a site of its own, which listens at the usual ports until they are put elsewhere. */
export function startSite(
  port: number,
  site: (files: { readonly certificate: string; readonly key: string }) => string,
): Promise<Front> {
  return startFront(port, (keep, folder) => {
    const files = { certificate: keep('certificate', selfSigned.cert), key: keep('key', selfSigned.key) }
    const config = site(files)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
      .replace(/^ *listen (?:80|\[::\]:\d+(?: ssl)?);\n/gm, '')
      .replace(/^server \{\n {2}server_name \S+;\n {2}return 308 .*\n\}\n/m, '')
    keep('countersign.conf', config)
    return {
      path: findNginx() ?? '',
      args: ['-p', folder, '-c', keep('nginx.conf', around), '-e', 'stderr'],
    }
  })
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
