// Trusting an issuer, and no longer.
import { rememberEnded } from '../../platform/db/ended.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import {
  checkIssuer,
  type IssuerDescription,
  type IssuerFinding,
  issuerOf,
  type TrustedIssuer,
} from './trusted-issuer.ts'
import { removeTrustedIssuer, saveTrustedIssuer, trustedIssuer } from './trusted-issuers.store.ts'

/** Stored, or what speaks against it. */
export type SavedIssuer =
  | { readonly ok: true; readonly issuer: TrustedIssuer }
  | { readonly ok: false; readonly findings: readonly IssuerFinding[] }

/** Trusts an issuer from now on; one that was trusted before, as described now. */
export async function trustIssuer(platform: Platform, described: IssuerDescription): Promise<SavedIssuer> {
  const findings = await checkIssuer(platform, described)
  if (findings.length > 0) return { ok: false, findings }
  const { database, runtime } = platform
  const issuer = issuerOf(described, runtime.now())
  await database.commit([
    saveTrustedIssuer(database, issuer),
    event(database, runtime, {
      type: 'issuer.trusted',
      detail: { issuer: issuer.issuer, scope: issuer.scopes },
    }),
  ])
  return { ok: true, issuer }
}

/** Trusts an issuer no more. @returns whether it was trusted */
export async function distrustIssuer({ database, runtime }: Platform, issuer: string): Promise<boolean> {
  if ((await trustedIssuer(database, issuer)) === null) return false
  await database.commit([
    removeTrustedIssuer(database, issuer),
    rememberEnded(database, `trusted-issuer ${issuer}`, runtime.now()),
    event(database, runtime, { type: 'issuer.distrusted', detail: { issuer } }),
  ])
  return true
}
