// The bank's books: who owns which account, and what was moved. In memory, so every start is a fresh day.

export interface Account {
  readonly id: string
  /** The owner's subject: the `sub` of the tokens that Countersign issues for them. */
  readonly owner: string
  readonly name: string
  /** In cents. */
  balance: number
}

export interface Transfer {
  readonly id: string
  readonly from: string
  readonly to: string
  /** In cents. */
  readonly amount: number
  readonly note: string
  readonly at: string
}

const accounts: Account[] = [
  { id: 'acc-1001', owner: 'usr_ada', name: 'Everyday', balance: 284_350 },
  { id: 'acc-1002', owner: 'usr_ada', name: 'Savings', balance: 1_250_000 },
  { id: 'acc-2001', owner: 'usr_grace', name: 'Everyday', balance: 91_225 },
  { id: 'acc-2002', owner: 'usr_grace', name: 'House fund', balance: 4_730_500 },
]
const transfers: Transfer[] = [
  moved('acc-1002', 'acc-2002', 120_000, 'The wheels, as agreed', 12),
  moved('acc-1001', 'acc-1002', 25_000, 'Put aside', 5),
  moved('acc-2001', 'acc-1001', 1_850, 'Lunch, thank you', 2),
]

function moved(from: string, to: string, amount: number, note: string, daysAgo: number): Transfer {
  const at = new Date(Date.now() - daysAgo * 86_400_000).toISOString()
  return { id: crypto.randomUUID(), from, to, amount, note, at }
}

export const allAccounts = (): Account[] => accounts
export const accountsOf = (owner: string): Account[] => accounts.filter((account) => account.owner === owner)
export const accountById = (id: string): Account | undefined => accounts.find((account) => account.id === id)

/** Transfers that touch any of these accounts, the newest first. */
export function transfersOf(owned: readonly Account[]): Transfer[] {
  const ids = new Set(owned.map((account) => account.id))
  return transfers.filter(({ from, to }) => ids.has(from) || ids.has(to)).toReversed()
}

/** Moves money, whole or not at all. @returns the transfer, or why there is none */
export function move(
  from: Account,
  to: Account,
  amount: number,
  note: string,
): Transfer | 'insufficient_funds' {
  if (from.balance < amount) return 'insufficient_funds'
  from.balance -= amount
  to.balance += amount
  const transfer = moved(from.id, to.id, amount, note, 0)
  transfers.push(transfer)
  return transfer
}
