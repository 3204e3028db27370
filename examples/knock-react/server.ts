// A front end as many were written for Rails APIs with Knock. Start it beside a Countersign server, which gives the
// tokens: `npm start`, in this folder.
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
export async function startKnockSample({
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
  const { url } = await startKnockSample({
    port: Number(process.env['PORT'] ?? 4403),
    issuer: process.env['AUTH_URL'] ?? 'http://localhost:4400',
  })
  console.log(`Front end of Knock  ${url}`)
}
