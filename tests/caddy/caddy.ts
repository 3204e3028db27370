// A real Caddy with the very configuration that docs/guides/caddy.md shows: only its names, ports and files are put in
// place.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { selfSigned } from '../checklist/self-signed.ts'
import { type Front, type Places, put, shownIn, startFront } from '../nginx/front.ts'

/** Undefined when there is none here. */
export function findCaddy(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin']
  return folders
    .map((folder) => join(folder, 'caddy'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Why there can be no Caddy here, or false: what `test(…, { skip })` wants. */
export function caddySkip(): string | false {
  return findCaddy() === undefined ? 'no Caddy here: not on the PATH (Debian: caddy)' : false
}

/** Starts one. @throws with its complaint when it refuses the configuration */
export function startCaddy(places: Places): Promise<Front> {
  return startFront(places.port, (keep) => {
    const tls = `tls ${keep('certificate', selfSigned.cert)} ${keep('key', selfSigned.key)}`
    const site = put(shownIn('caddy.md', 'Caddyfile'), {
      'www.example.com {': `https://127.0.0.1:${places.port} {\n\t${tls}`,
      '127.0.0.1:4400': `127.0.0.1:${places.countersign}`,
      '127.0.0.1:3000': `127.0.0.1:${places.app}`,
    })
    const alone = '{\n\tadmin off\n\tauto_https off\n}\n'
    const file = keep('Caddyfile', alone + (places.change?.(site) ?? site))
    return { path: findCaddy() ?? '', args: ['run', '--config', file, '--adapter', 'caddyfile'] }
  })
}
