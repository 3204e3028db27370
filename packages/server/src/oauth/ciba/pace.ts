// How often clients may ask people (CIBA §7.1): whoever is asked again and again at last says yes to make it stop, so that
// what is not answered with a yes is counted, against the person and whichever client asks.
import type { Charge, Flow } from '../../platform/limits/limits.ts'

/** Seconds that a request is good for, at most, whatever a client wishes. */
export const longestRequest = 900

const requests = {
  /** By one client, of one person: five at once, and then one every two minutes. */
  byClient: { burst: 5, seconds: 600 },
  /** Of one person, by all clients together. */
  ofPerson: { burst: 12, seconds: 1800 },
} as const satisfies Record<string, Flow>

/** What asking by a name is charged to beside that, whether anybody goes by it or not: the client is told of this alone. */
export function nameCharges(clientId: string, name: string): Charge[] {
  return [{ bucket: `ciba/${clientId}/name/${name}`, policy: requests.byClient }]
}

/**
 * What asking a person is charged to, until they say yes.
 *
 * @param person the user's id; for a name that nobody has, its keyed digest: it is limited just as well
 */
export function askCharges(clientId: string, person: string): Charge[] {
  return [
    { bucket: `ciba/${clientId}/${person}`, policy: requests.byClient },
    { bucket: `ciba/person/${person}`, policy: requests.ofPerson },
  ]
}
