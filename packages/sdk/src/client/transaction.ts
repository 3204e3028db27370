// A sign-in under way: what has to be known when the browser comes back, and good for one answer only.
// It lies in sessionStorage, so that an answer counts only in the tab that asked (RFC 6749 §10.12).

export interface Transaction {
  readonly state: string
  readonly verifier: string
  readonly nonce: string
  /** Where the person wanted to be; a path of this origin. */
  readonly returnTo: string
}

// Someone may go back and start again: the page that was left open must still be able to finish.
const kept = 4

const read = (key: string): Transaction[] => JSON.parse(sessionStorage.getItem(key) ?? '[]')

const write = (key: string, open: readonly Transaction[]): void =>
  open.length ? sessionStorage.setItem(key, JSON.stringify(open)) : sessionStorage.removeItem(key)

export function begin(key: string, transaction: Transaction): void {
  write(key, [...read(key), transaction].slice(-kept))
}

/** The transaction with this state. INVARIANT: it is forgotten before it is returned. */
export function take(key: string, state: string | null): Transaction | undefined {
  const open = read(key)
  write(
    key,
    open.filter((one) => one.state !== state),
  )
  return open.find((one) => one.state === state)
}

/** Forgets every sign-in under way. */
export const forgetAll = (key: string): void => write(key, [])
