// The bank's API as the widgets call it; `session.fetch` adds the access token.
import { session } from './session.ts'

export interface Account {
  readonly id: string
  readonly owner: string
  readonly name: string
  /** In cents. */
  readonly balance: number
}

export interface Order {
  readonly from: string
  readonly to: string
  /** In cents. */
  readonly amount: number
  readonly note: string
}

export interface Transfer extends Order {
  readonly at: string
}

/** Told when money has moved, so that whoever shows some can ask again. */
export const changes = new EventTarget()

export const accounts = async (): Promise<Account[]> => (await read('/api/accounts')).accounts
export const transfers = async (): Promise<Transfer[]> => (await read('/api/transfers')).transfers

async function read(path: string): Promise<{ accounts: Account[]; transfers: Transfer[] }> {
  const response = await session.fetch(path)
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`)
  return response.json()
}

/** Moves money. @returns what came of it: a sentence, or that the bank wants to see the person sign in again */
export async function transfer(order: Order): Promise<'sent' | 'sign in again' | { problem: string }> {
  const response = await session.fetch('/api/transfers', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  })
  if (response.ok) {
    changes.dispatchEvent(new Event('change'))
    return 'sent'
  }
  // RFC 9470: the token is good, but the sign-in behind it is too long ago to move money.
  const challenge = response.headers.get('www-authenticate') ?? ''
  if (challenge.includes('insufficient_user_authentication')) return 'sign in again'
  return { problem: ((await response.json()) as { title: string }).title }
}
