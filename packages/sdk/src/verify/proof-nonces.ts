// Nonces that proofs have to name (RFC 9449 §9): made of a secret and the time, so that nothing is stored for them and
// every process with the secret knows all of them.
import { encodeBase64url } from '@countersign/protocol'

export interface ProofNonces {
  /** The one that a client should use now. */
  current(now: number): Promise<string>
  /** The current one, that before it, and that after it where another process' clock is ahead. */
  accepts(nonce: string, now: number): Promise<boolean>
}

const period = 120

/** @param secret else one of this process */
export function createProofNonces(secret: string | undefined): ProofNonces {
  const bytes =
    secret === undefined ? crypto.getRandomValues(new Uint8Array(32)) : new TextEncoder().encode(secret)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  const made = new Map<number, Promise<string>>()

  async function make(turn: number): Promise<string> {
    const text = new TextEncoder().encode(`dpop nonce ${turn}`)
    return encodeBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', await key, text)))
  }

  function nonceOf(turn: number): Promise<string> {
    let nonce = made.get(turn)
    if (nonce === undefined) {
      if (made.size > 8) made.clear()
      nonce = make(turn)
      made.set(turn, nonce)
    }
    return nonce
  }

  return {
    current: (now) => nonceOf(Math.floor(now / period)),
    async accepts(nonce, now) {
      const turn = Math.floor(now / period)
      const good = await Promise.all([turn - 1, turn, turn + 1].map(nonceOf))
      return good.includes(nonce)
    },
  }
}
