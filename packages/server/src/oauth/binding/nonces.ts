// Nonces that proofs have to name (RFC 9449 §8, §9), so that none can be made ahead by whoever had the key for a moment.
// They are made of the server's secret and the time: nothing is stored for them, and every worker knows all of them.
import type { Platform } from '../../platform/platform.ts'

/** The nonces of every process that has the same secret. */
export interface ProofNonces {
  /** The one that a client should use now. */
  current(): string
  /** The current one, that before it, and that after it, where another process' clock is ahead. */
  accepts(nonce: string): boolean
}

/** Seconds after which there is a new one; each is good for less than three of them. */
const turnSeconds = 120
const purpose = 'dpop nonce'

/** What a server asks for where `dpopNonces` is on. */
export function proofNonces({ vault, runtime }: Pick<Platform, 'vault' | 'runtime'>): ProofNonces {
  const turn = (): number => Math.floor(runtime.now() / turnSeconds)
  return {
    current: () => vault.mac(purpose, String(turn())),
    accepts: (nonce) =>
      [0, -1, 1].some((distance) => vault.macMatches(purpose, String(turn() + distance), nonce)),
  }
}
