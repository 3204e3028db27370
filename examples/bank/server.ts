// The sample bank: an API and a single-page app on one port. Start it beside a Countersign server.

import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { protectedResourceMetadata } from '@countersign/sdk/express'
import { createVerifier } from '@countersign/sdk/verify'
import express from 'express'
import { bankApi } from './api.ts'
import { typescriptModules } from './modules.ts'

const here = dirname(fileURLToPath(import.meta.url))
const client = dirname(fileURLToPath(import.meta.resolve('@countersign/sdk/client')))

export interface BankOptions {
  /** 0 for any free one. */
  readonly port: number
  /** The Countersign server whose tokens count. */
  readonly issuer: string
  /** The time in seconds, where it isn't the system's: in tests, together with the server's. */
  readonly now?: () => number
}

/** Starts the bank. @returns its address, and how to stop it */
export async function startBank(options: BankOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const { port, ...issuing } = options
  const app = express().disable('x-powered-by')
  const server = app.listen(port, 'localhost')
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`

  app.use(pageHeaders(options.issuer))
  const tokens = { ...issuing, audience: `${url}/api` }
  // Challenges name DPoP beside Bearer: some clients of the bank bind their tokens to a key.
  app.use('/api', bankApi(createVerifier({ ...tokens, dpop: 'allowed' })))
  app.use(protectedResourceMetadata({ ...tokens, resourceName: 'Sample Bank' }))
  app.get('/config.json', (_req, res) => {
    res.json({ issuer: options.issuer, clientId: 'demo-spa' })
  })
  app.use('/sdk', typescriptModules(client))
  app.use(typescriptModules(join(here, 'public'), { '@countersign/sdk/client': '/sdk/index.ts' }))
  app.use(express.static(join(here, 'public')))
  // Deep links of the single-page app, /callback among them, all begin with the same page.
  app.get('/{*path}', (_req, res) => {
    res.sendFile(join(here, 'public', 'index.html'))
  })
  app.use(withoutInside)
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The page runs our scripts and talks to us and to the issuer, and to nobody else. */
function pageHeaders(issuer: string): express.RequestHandler {
  const policy = `default-src 'self'; connect-src 'self' ${issuer}; frame-src 'self' ${issuer}; frame-ancestors 'self'; base-uri 'none'; object-src 'none'`
  return (_req, res, next) => {
    res.set({
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    next()
  }
}

/**
 * What Express itself says of an error is its stack, with the places of files. A path that can't be decoded and a body
 * that can't be read are their sender's doing, and carry a status of their own.
 */
const withoutInside: express.ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const { status } = error as { readonly status?: unknown }
  const isTheirs = typeof status === 'number' && status >= 400 && status < 500
  if (!isTheirs) console.error(error)
  if (res.headersSent) next(error)
  else if (isTheirs) res.status(status).json({ title: 'Bad request', status })
  else res.status(500).json({ title: 'Internal error', status: 500 })
}

if (import.meta.main) {
  const { url } = await startBank({
    port: Number(process.env['BANK_PORT'] ?? 4401),
    issuer: process.env['COUNTERSIGN_ISSUER'] ?? `http://localhost:${process.env['PORT'] ?? 4400}`,
  })
  console.log(`Sample bank  ${url}`)
}
