// Group commit: write sets that arrive together share one transaction and so one `fsync`, each in its own savepoint.
// This is what makes durable writes cheap under load; alone, a set costs one transaction as it always would.
import { type Committed, type Engine, type SetOutcome, StorageUnavailable, type Write } from './engine.ts'

/** Most sets in one transaction: bounds how long locks are held and how much one failure can touch. */
const largestBatch = 64
/**
 * Turns of the event loop that a growing queue may be waited for. A commit costs far more than a turn, so under load
 * it pays to let the requests that are just being read join; a queue that did not grow is applied at once, so that a
 * lone request never waits.
 */
const mostTurns = 8

interface Waiting {
  readonly set: readonly Write[]
  readonly resolve: (committed: Committed) => void
  readonly reject: (error: unknown) => void
}

/** @returns a function that applies one write set; sets given within one turn of the event loop are applied together. */
export function groupCommit(engine: Engine): (set: readonly Write[]) => Promise<Committed> {
  const queue: Waiting[] = []
  let busy = 0
  let scheduled = false
  let turns = 0
  let seen = 0

  const look = (): void => {
    const grows = queue.length > seen && queue.length < largestBatch && turns < mostTurns
    seen = queue.length
    turns += 1
    if (grows) setImmediate(look)
    else drain()
  }
  const drain = (): void => {
    scheduled = false
    while (queue.length > 0 && busy < engine.lanes) {
      const batch = queue.splice(0, largestBatch)
      busy += 1
      void applyBatch(engine, batch).then((unavailable) => {
        busy -= 1
        // Whoever waits behind would only find out as slowly, batch after batch: a wait without a bound.
        if (unavailable !== null) for (const waiting of queue.splice(0)) waiting.reject(unavailable)
        schedule()
      })
    }
  }
  // After the poll phase: every request that arrived in this turn has queued its writes by then.
  const schedule = (): void => {
    if (scheduled || queue.length === 0) return
    scheduled = true
    turns = 0
    seen = queue.length
    setImmediate(look)
  }

  return (set) => {
    if (set.length === 0) return Promise.resolve({ ok: true })
    return new Promise((resolve, reject) => {
      queue.push({ set, resolve, reject })
      schedule()
    })
  }
}

/** Settles everybody in the batch. @returns why nothing can be committed now, or null */
async function applyBatch(engine: Engine, batch: readonly Waiting[]): Promise<StorageUnavailable | null> {
  try {
    const outcomes = await engine.apply(batch.map((waiting) => waiting.set))
    for (const [index, waiting] of batch.entries()) settle(waiting, outcomes[index])
    return null
  } catch (error) {
    // Deadlocks arise only between batches: one set at a time can't take part in a cycle of its own making.
    if (engine.isContention(error)) return applyAlone(engine, batch)
    for (const waiting of batch) waiting.reject(error)
    return error instanceof StorageUnavailable ? error : null
  }
}

/** How often the sets of one batch may find somebody in the way; each time costs up to a second. */
const mostContentions = 5

async function applyAlone(engine: Engine, batch: readonly Waiting[]): Promise<StorageUnavailable | null> {
  let contentions = 0
  let unavailable: StorageUnavailable | null = null
  for (const waiting of batch) {
    while (unavailable === null) {
      try {
        settle(waiting, (await engine.apply([waiting.set]))[0])
        break
      } catch (error) {
        contentions += 1
        const contended = engine.isContention(error)
        if (contended && contentions < mostContentions) continue
        if (contended) unavailable = new StorageUnavailable('Locks stayed.', { cause: error })
        else if (error instanceof StorageUnavailable) unavailable = error
        waiting.reject(unavailable ?? error)
        break
      }
    }
    // Settling twice changes nothing: this is for those whose turn never came.
    if (unavailable !== null) waiting.reject(unavailable)
  }
  return unavailable
}

function settle(waiting: Waiting, outcome: SetOutcome | undefined): void {
  if (outcome === undefined) waiting.reject(new Error('The engine forgot a write set.'))
  else if ('error' in outcome) waiting.reject(outcome.error)
  else waiting.resolve(outcome)
}
