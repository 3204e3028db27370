// A front end as many were written for Simple JWT, and an API that it calls. Start it beside a Countersign server, which
// gives the tokens: `npm start`, in this folder.
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { rolldown } from 'rolldown'

const folder = fileURLToPath(new URL('./public', import.meta.url))

export interface SampleOptions {
  /** 0 for any free one. */
  readonly port: number
  /** The server that gives tokens. */
  readonly issuer: string
}

/** Starts it. @returns its address, and how to stop it */
export async function startSimpleJwtSample({
  port,
  issuer,
}: SampleOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const script = await bundled(issuer)
  const app = express().disable('x-powered-by')
  app.use((_req, res, next) => {
    res.set('Content-Security-Policy', `default-src 'self'; img-src data:; connect-src 'self' ${issuer}`)
    next()
  })
  app.get('/main.js', (_req, res) => {
    res.type('text/javascript').send(script)
  })
  app.get('/api/me/', async (req, res) => {
    const [, token = ''] = (req.get('authorization') ?? '').split(' ')
    if (await isGood(issuer, token)) res.json(personIn(token))
    else res.status(401).json({ detail: 'Given token not valid for any token type', code: 'token_not_valid' })
  })
  app.use(express.static(folder))
  const server = app.listen(port, 'localhost')
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An API that has the SECRET_KEY, or reads the server's keys, needs no such request. */
async function isGood(issuer: string, token: string): Promise<boolean> {
  const response = await fetch(`${issuer}/api/token/verify/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  return response.ok && claimsOf(token)['token_type'] === 'access'
}

function personIn(token: string): { readonly id: unknown; readonly since: string } {
  const { user_id: id, iat } = claimsOf(token)
  return { id, since: new Date(Number(iat) * 1000).toISOString() }
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** The page's script, as a build of the front end makes it. */
async function bundled(issuer: string): Promise<string> {
  const bundle = await rolldown({
    input: `${folder}/main.jsx`,
    platform: 'browser',
    transform: {
      define: {
        'process.env.NODE_ENV': '"production"',
        'process.env.REACT_APP_AUTH_URL': JSON.stringify(issuer),
      },
    },
  })
  const { output } = await bundle.generate({ format: 'es', codeSplitting: false })
  await bundle.close()
  return output[0].code
}

if (import.meta.main) {
  const { url } = await startSimpleJwtSample({
    port: Number(process.env['PORT'] ?? 4402),
    issuer: process.env['AUTH_URL'] ?? 'http://localhost:4400',
  })
  console.log(`Front end of Simple JWT  ${url}`)
}
