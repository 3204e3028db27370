// The bank's API. Each request carries an access token; `auth()` checks it here, without asking the server that
// issued it. What is whose is decided by one thing: the token's subject.
import { auth } from '@countersign/sdk/express'
import type { Verifier } from '@countersign/sdk/verify'
import express, { type Request, type Router } from 'express'
import { type Account, accountById, accountsOf, allAccounts, move, transfersOf } from './accounts.ts'

/** @param verifier knows whose tokens count, and for what */
export function bankApi(verifier: Verifier): Router {
  const api = express.Router()
  const reader = auth({ verifier, scope: 'accounts:read', metadata: true })
  const mover = auth({ verifier, scope: 'transfers:write', maxAge: 300, metadata: true })

  api.get('/accounts', reader, (req, res) => {
    res.json({ accounts: visibleTo(req) })
  })

  api.get('/accounts/:id', reader, (req, res) => {
    const account = visibleTo(req).find(({ id }) => id === req.params['id'])
    // Another's account and no account look the same: an id tells nobody anything.
    if (account === undefined) res.status(404).json({ title: 'No such account', status: 404 })
    else res.json(account)
  })

  api.get('/transfers', reader, (req, res) => {
    res.json({ transfers: transfersOf(visibleTo(req)) })
  })

  api.post('/transfers', mover, express.json({ limit: '4kb' }), (req, res) => {
    const order = readOrder(req.body)
    // Only the owner moves money: a teller sees more, but spends nothing. An `owner` in the body is not even read.
    const from = order && accountsOf(req.auth.subject).find(({ id }) => id === order.from)
    const to = order && accountById(order.to)
    if (!order)
      res.status(400).json({ title: 'A transfer needs from, to and a positive amount in cents', status: 400 })
    else if (!from || !to || from === to) res.status(404).json({ title: 'No such account', status: 404 })
    else {
      const transfer = move(from, to, order.amount, order.note)
      if (transfer === 'insufficient_funds') res.status(409).json({ title: 'Not enough money', status: 409 })
      else res.status(201).json(transfer)
    }
  })

  api.use((_req, res) => {
    res.status(404).json({ title: 'Not found', status: 404 })
  })
  return api
}

/** A customer's own accounts; a teller's view of all. */
function visibleTo(req: Request): Account[] {
  return req.auth.roles.includes('teller') ? allAccounts() : accountsOf(req.auth.subject)
}

function readOrder(body: unknown): { from: string; to: string; amount: number; note: string } | undefined {
  const { from, to, amount, note = '' } = (body ?? {}) as Record<string, unknown>
  const isSum = typeof amount === 'number' && Number.isSafeInteger(amount) && amount > 0
  if (typeof from !== 'string' || typeof to !== 'string' || !isSum || typeof note !== 'string')
    return undefined
  return { from, to, amount, note: note.slice(0, 80) }
}
