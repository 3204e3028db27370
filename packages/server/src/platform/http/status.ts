// Whether a server answers: for health checks, which ask nothing else.
import { get } from 'node:https'

/**
 * The status of an answer to GET, within three seconds.
 *
 * @param isHere on this machine, where a certificate is for another name than the address: nothing secret is asked or told
 * @throws the system's error when nothing answers
 */
export async function statusOf(address: URL, { isHere }: { readonly isHere: boolean }): Promise<number> {
  const signal = AbortSignal.timeout(3000)
  if (address.protocol === 'http:' || !isHere)
    return (await fetch(address, { signal, redirect: 'error' })).status
  return new Promise((resolve, reject) => {
    get(address, { signal, rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    }).on('error', reject)
  })
}
