// Work that is done once for all who want it at the same time. Some platforms tie a promise to the request in which it
// was made (Cloudflare Workers): when that request ends in the midst, whoever waits for it waits for ever, or is told so
// by an error. Then one of those who wait does the work.
import { letGo } from './timers.ts'

export interface SharedWork<Given extends readonly unknown[], Result> {
  /** Begins, unless it is under way: then with what whoever began it gave. */
  (...given: Given): Promise<Result>
  readonly isUnderWay: () => boolean
}

/**
 * @param work never rejects
 * @param patienceMs how long to wait for somebody else's
 */
export function sharedWork<Given extends readonly unknown[], Result>(
  work: (...given: Given) => Promise<Result>,
  patienceMs: number,
): SharedWork<Given, Result> {
  let current: Promise<Result> | undefined

  function begin(given: Given): Promise<Result> {
    const mine: Promise<Result> = work(...given).finally(() => {
      if (current === mine) current = undefined
    })
    current = mine
    return mine
  }

  async function join(theirs: Promise<Result>, given: Given): Promise<Result> {
    try {
      return await within(theirs, patienceMs)
    } catch {
      // Whoever waited too may have begun again by now.
      return current === undefined || current === theirs ? begin(given) : join(current, given)
    }
  }

  const done = (...given: Given): Promise<Result> =>
    current === undefined ? begin(given) : join(current, given)
  return Object.assign(done, { isUnderWay: () => current !== undefined })
}

/** @throws Error when it takes longer, and whatever it throws */
async function within<Result>(waiting: Promise<Result>, ms: number): Promise<Result> {
  let alarm: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    alarm = setTimeout(() => reject(new Error('it takes too long')), ms)
    letGo(alarm)
  })
  try {
    return await Promise.race([waiting, late])
  } finally {
    clearTimeout(alarm)
  }
}
