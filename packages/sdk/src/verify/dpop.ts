// The guard's half of DPoP (RFC 9449 §4.3, §7): a token that is bound to a key passes only with a proof of that key for
// this very request, and never as a bearer token; one that is bound to a certificate (RFC 8705 §3), only with that.
import { type DpopProof, digest, TokenError, tokenKinds, verifyDpopProofAsync } from '@countersign/protocol'
import type { CertifiedToken, ShownCertificate } from './client-certificate.ts'
import type { DpopSettings } from './dpop-settings.ts'
import { createProofNonces } from './proof-nonces.ts'
import { memoryReplay, type ReplayStore, takeOnce } from './replay.ts'
import type { VerifierSettings } from './settings.ts'
import {
  type CheckToken,
  invalidProof,
  invalidToken,
  type Unverified,
  unavailable,
  type Verification,
  type Verified,
} from './verification.ts'

/** A token that was sent under the scheme `DPoP`, and the request that it came with. */
export interface BoundToken {
  readonly token: string
  /** The values of all its `DPoP` headers. */
  readonly proofs: readonly string[]
  readonly method: string
  /** Absolute or from the path on; only its path counts. */
  readonly url: string
  /**
   * What stands for the request: guards in a row may accept one proof for it, and no other request may. Null leaves the
   * proof to be used once more, by a guard behind.
   */
  readonly request: object | null
}

/** A token as it was sent: with a proof, or as a bearer token, beside which a client may have shown a certificate. */
export type Sent = string | BoundToken | CertifiedToken

/** Checks a token as it was sent: a text is a bearer token. */
export type CheckSent = (sent: Sent) => Verification | Promise<Verification>

type Terms = DpopSettings & { readonly isOn: true }

export function withProofs(settings: VerifierSettings, check: CheckToken): CheckSent {
  const { dpop } = settings

  function asBearer(verification: Verification, sent: string | CertifiedToken): Verification {
    if (verification.ok !== true) return verification
    const { boundTo } = verification
    // RFC 9449 §7.2: a bound token received as a bearer token "MUST" be rejected.
    if (boundTo?.kind === 'jkt')
      return invalidToken('the token is bound to a key and was sent as a bearer token')
    if (boundTo !== undefined) {
      const fault = certificateFault(boundTo.thumbprint, typeof sent === 'string' ? null : sent.certificate())
      if (fault !== null) return invalidToken(fault)
    }
    return dpop.isOn && dpop.isRequired
      ? invalidToken('a token bound to a key is required here')
      : verification
  }

  const withProof = dpop.isOn
    ? proofCheck(settings, dpop, check)
    : async () => invalidToken(`the token was sent with a proof, and ${dpop.why}`)

  return (sent) => {
    if (typeof sent !== 'string' && 'proofs' in sent) return withProof(sent)
    const verification = check(typeof sent === 'string' ? sent : sent.token)
    return verification instanceof Promise
      ? verification.then((one) => asBearer(one, sent))
      : asBearer(verification, sent)
  }
}

/** RFC 8705 §3: what speaks against the certificate that a token came with; null for the one that it is bound to. */
function certificateFault(thumbprint: string, shown: ShownCertificate | null): string | null {
  if (shown?.fault !== undefined) return `the token is bound to a certificate, and ${shown.fault}`
  if (shown === null || shown.thumbprint === null)
    return 'the token is bound to a TLS client certificate (x5t#S256), and there is none'
  return shown.thumbprint === thumbprint
    ? null
    : 'the token is bound to another certificate than the client’s'
}

function proofCheck(
  settings: VerifierSettings,
  terms: Terms,
  check: CheckToken,
): (sent: BoundToken) => Promise<Verification> {
  const replay = terms.replay ?? memoryReplay({ most: mostProofs, now: settings.now })
  const nonces =
    terms.nonces === false ? undefined : createProofNonces(terms.nonces === true ? undefined : terms.nonces)
  const accepted = acceptedBy(replay)

  /** Accepts a proof for its request, and for no other: null, or why not. */
  async function spend(
    { claims, thumbprint }: DpopProof,
    text: string,
    request: object | null,
  ): Promise<Unverified | null> {
    if (request === null || accepted.get(request) === text) return null
    const until = Math.ceil(claims.iat) + tokenKinds.dpop.maximumAge + settings.clockSkew
    // A name that one client gives its proof is none of another's.
    const taken = await takeOnce(replay, digest(`${thumbprint}.${claims.jti}`), until)
    if (!taken.ok) {
      return taken.because === 'replayed'
        ? invalidProof('the proof was used before')
        : unavailable(`the proof cannot be remembered: ${taken.detail}`)
    }
    accepted.set(request, text)
    return null
  }

  async function judge(sent: BoundToken, text: string, verified: Verified): Promise<Verification> {
    const proof = await fitting(sent, text, settings, terms)
    if (typeof proof === 'string') return invalidProof(proof)
    if (proof.thumbprint !== verified.boundTo?.thumbprint) {
      return invalidToken('the proof is of another key than the one that the token is bound to')
    }
    const now = settings.now()
    const current = await nonces?.current(now)
    const { nonce } = proof.claims
    if (current !== undefined && !(nonce !== undefined && (await nonces?.accepts(nonce, now)))) {
      return { ok: false, code: 'use_dpop_nonce', detail: 'the proof has no nonce of now', nonce: current }
    }
    const refused = await spend(proof, text, sent.request)
    if (refused !== null) return refused
    return current === undefined || current === nonce ? verified : { ...verified, nonce: current }
  }

  return async (sent) => {
    const verification = await check(sent.token)
    if (verification.ok !== true) return verification
    if (verification.boundTo?.kind !== 'jkt') {
      return invalidToken('the token is not bound to a key and was sent with a proof')
    }
    const [text, ...more] = sent.proofs
    if (text === undefined) return invalidProof('there is no DPoP header')
    // Web Headers join repeated ones by a comma, which no proof has.
    if (more.length > 0 || text.includes(',')) return invalidProof('there is more than one DPoP header')
    return judge(sent, text, verification)
  }
}

/** Within a minute: some 40 MB. */
const mostProofs = 200_000

const accepting = new WeakMap<ReplayStore, WeakMap<object, string>>()

/** Which proof was accepted for which request, by one memory: two guards with the same one are no replay. */
function acceptedBy(replay: ReplayStore): WeakMap<object, string> {
  const accepted = accepting.get(replay) ?? new WeakMap<object, string>()
  accepting.set(replay, accepted)
  return accepted
}

/** The proof, or why it does not fit. */
async function fitting(
  { token, method, url }: BoundToken,
  text: string,
  { now, clockSkew }: VerifierSettings,
  { algorithms, baseUrl }: Terms,
): Promise<DpopProof | string> {
  const path = pathOf(url)
  if (path === undefined) return 'the request has no path'
  try {
    return await verifyDpopProofAsync(text, {
      method,
      uri: baseUrl + path,
      accessToken: token,
      boundTo: null,
      algorithms,
      now: now(),
      skew: clockSkew,
    })
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const isElsewhere = error.code === 'bad_claim' && error.detail === 'htu'
    const hint = isElsewhere ? ': it is for another address; baseUrl says which one is ours' : ''
    return `the proof is refused: ${error.code} (${error.detail})${hint}`
  }
}

function pathOf(url: string): string | undefined {
  if (url.startsWith('/')) return url
  return URL.canParse(url) ? new URL(url).pathname : undefined
}
