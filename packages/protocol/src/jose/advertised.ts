// What of the algorithm table may be told to strangers: a metadata document must not promise what the runtime lacks.
import { hasMlDsa } from '#crypto'
import { isAsymmetric, type JwsAlgorithm, type JwsAlgorithmRow, jwsAlgorithms } from './algorithms.ts'

/** The algorithms that are verified with a public key, on by default, and there at run time. */
export const asymmetricAlgorithms: readonly JwsAlgorithm[] = Object.freeze(
  (Object.keys(jwsAlgorithms) as JwsAlgorithm[]).filter((name) => {
    const row: JwsAlgorithmRow = jwsAlgorithms[name]
    return isAsymmetric(name) && row.onRequest !== true && (row.family !== 'ml-dsa' || hasMlDsa)
  }),
)
