// The bank's API as the widgets call it. `session.fetch` adds the token; widgets that ask the same share one answer.
import { session } from './session.ts'

export interface Account {
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly balance: number
}

export interface Transfer {
  readonly from: string
  readonly to: string
  readonly amount: number
  readonly note: string
  readonly at: string
}

/** Told when money has moved, so that widgets show what is true now. */
export const changes = new EventTarget()

export async function accounts(): Promise<Account[]> {
  return ((await read('/api/accounts')) as { accounts: Account[] }).accounts
}

export async function transfers(): Promise<Transfer[]> {
  return ((await read('/api/transfers')) as { transfers: Transfer[] }).transfers
}

/** Moves money. @returns nothing when done, else a sentence for the person */
export async function transfer(order: {
  from: string
  to: string
  amount: number
  note: string
}): Promise<string | undefined> {
  const response = await session.fetch('/api/transfers', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  })
  if (response.ok) {
    changes.dispatchEvent(new Event('change'))
    return undefined
  }
  // The bank wants a sign-in of the last five minutes before it moves money (RFC 9470).
  if (response.status === 401) {
    await session.signIn({ maxAge: 300, returnTo: '/#transfer' })
    return undefined
  }
  return ((await response.json()) as { title: string }).title
}

async function read(path: string): Promise<unknown> {
  const response = await session.fetch(path)
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`)
  return response.json()
}
