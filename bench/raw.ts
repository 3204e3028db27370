// One request with any header, the Host included.
import { request } from 'node:http'

export interface Raw {
  readonly status: number
  readonly body: string
  readonly location: string
  readonly cookies: readonly string[]
}

export function get(
  base: string,
  path: string,
  headers: Record<string, string>,
  form?: Record<string, string>,
): Promise<Raw> {
  const url = new URL(path, base)
  const body = form === undefined ? undefined : new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: url.hostname,
        port: new URL(base).port,
        path: url.pathname + url.search,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: text,
            location: response.headers.location ?? '',
            cookies: response.headers['set-cookie'] ?? [],
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
