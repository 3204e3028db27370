// From where something was asked for or done, in the words of every letter: so that people see whether it was them.
import { deviceWords } from '../../platform/html/words.ts'
import type { Incoming } from '../../platform/http/exchange.ts'

/** Where a request came from. */
export interface AskedFrom {
  /** In words: “Firefox on Linux”. */
  readonly device: string
  /** The network address. */
  readonly peer: string
}

/** What a request tells of where it came from. */
export function askedFrom({ headers, peer }: Pick<Incoming, 'headers' | 'peer'>): AskedFrom {
  return { device: deviceWords(headers.get('user-agent') ?? null), peer }
}

/** The facts that a letter shows of it. @param from null where there was no request: an operator is no device */
export function factsFrom(from: AskedFrom | null): readonly (readonly [name: string, value: string])[] {
  if (from === null) return []
  return [
    ['Device', from.device],
    ['Network address', from.peer],
  ]
}
