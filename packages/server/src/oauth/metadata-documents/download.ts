// Downloads a metadata document, and how long it may be kept (draft-ietf-oauth-client-id-metadata-document §5, RFC 9111 §5.2).
import { decodeStrictJson, isJsonObject, JsonError } from '@countersign/protocol'
import { type Egress, EgressFailure } from '../../platform/http/egress.ts'

/** A document as it was answered, or why there is none, in words for the log. */
export type Downloaded =
  | {
      readonly ok: true
      readonly members: Readonly<Record<string, unknown>>
      /** Seconds for which nobody has to ask again. */
      readonly freshSeconds: number
    }
  | { readonly ok: false; readonly fault: string }

/** §5.4: "a maximum response size of 5 kilobytes". */
const maxBytes = 5 * 1024
/** Bounds of what the answer says of itself, and what holds where it says nothing. */
const fresh = { least: 300, usual: 3600, most: 86_400 }

/** Downloads one. Redirects are not followed, and nothing but 200 is an answer. */
export async function download(egress: Egress, address: string): Promise<Downloaded> {
  try {
    const answer = await egress(address, { method: 'GET', headers: { accept: 'application/json' }, maxBytes })
    if (answer.status !== 200) return refused(`status ${answer.status}`)
    if (!isJson(answer.headers.get('content-type'))) return refused('it is not JSON by its type')
    const members: unknown = decodeStrictJson(await answer.text())
    if (!isJsonObject(members)) return refused('it is no JSON object')
    return { ok: true, members, freshSeconds: freshness(answer.headers) }
  } catch (error) {
    if (error instanceof EgressFailure) return refused(error.fault)
    if (error instanceof JsonError) return refused('it is no JSON')
    throw error
  }
}

function isJson(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')
}

/** Seconds, within our bounds, for which an answer is fresh. */
export function freshness(headers: Pick<Headers, 'get'>): number {
  const said = (headers.get('cache-control') ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
  if (said.includes('no-store') || said.includes('no-cache')) return fresh.least
  const [, seconds] =
    said.map((part) => /^max-age="?(\d{1,9})"?$/.exec(part)).find((match) => match !== null) ?? []
  if (seconds === undefined) return fresh.usual
  const age = /^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? '0'
  return Math.min(fresh.most, Math.max(fresh.least, Number(seconds) - Number(age)))
}

function refused(fault: string): Downloaded {
  return { ok: false, fault }
}
