// Client metadata on the wire, read into a description of a client and printed from a client (RFC 7591 §2, OpenID Connect
// Dynamic Registration 1.0 §2); and what speaks against it, in the names that were sent.
import { OAuthError } from '@countersign/protocol'
import type { Client } from '../client.ts'
import type { ClientDescription, ClientFinding } from '../registration.ts'
import { operatorRows } from './operator-rows.ts'
import { membersOf } from './reading.ts'
import type { MetadataRow } from './row.ts'
import { rows } from './rows.ts'
import { unsupported } from './unsupported.ts'

/** Who describes the client: itself, or whoever runs this server, who may say more of it. */
export type Author = 'client' | 'operator'

/** A description, or everything that is wrong with the shape of the metadata, by the names on the wire. */
export type ParsedMetadata =
  | { readonly ok: true; readonly description: ClientDescription }
  | { readonly ok: false; readonly findings: readonly ClientFinding[] }

/**
 * Reads client metadata. What is left out gets the default of its specification; unknown members are ignored. Whether the
 * values are acceptable is for createClient to say.
 *
 * @param given a JSON object; its members may hold anything
 */
export function parseMetadata(given: Readonly<Record<string, unknown>>, author: Author): ParsedMetadata {
  const found = new Map<string, ClientFinding>()
  const members = membersOf(given, (finding) => found.set(finding.path, finding))
  for (const name of members.names) {
    if (!Object.hasOwn(unsupported, name) || unsupported[name]?.includes(given[name]) === true) continue
    found.set(name, {
      path: name,
      code: 'unsupported',
      message: 'asks for something that is not supported here',
    })
  }
  const parts = rowsFor(author).map((row) => row.parse(members))
  if (found.size > 0) return { ok: false, findings: [...found.values()] }
  return { ok: true, description: Object.assign({ name: '' }, ...parts) as ClientDescription }
}

/** All that is registered of a client, defaults included. INVARIANT: read again, it describes the same client. */
export function printMetadata(client: Client, author: Author): Record<string, unknown> {
  return Object.assign({}, ...rowsFor(author).map((row) => row.print(client))) as Record<string, unknown>
}

/** Findings about a description, by the names on the wire: `redirectUris.1` is `redirect_uris.1` there. */
export function findingsOnTheWire(findings: readonly ClientFinding[]): ClientFinding[] {
  return findings.map((finding) => ({ ...finding, path: wirePath(finding.path) }))
}

/** The refusal of metadata (RFC 7591 §3.2.2), with all that is wrong in its description. */
export function metadataRefusal(findings: readonly ClientFinding[]): OAuthError {
  const aboutRedirects = findings.some(({ path }) => /^redirect_?uris/i.test(path))
  const sentences = findingsOnTheWire(findings).map(({ path, message }) => `${path} ${message}.`)
  return new OAuthError(aboutRedirects ? 'invalid_redirect_uri' : 'invalid_client_metadata', {
    description: [...new Set(sentences)].slice(0, mostSentences).join(' '),
  })
}

const mostSentences = 5

function rowsFor(author: Author): readonly MetadataRow[] {
  return author === 'operator' ? [...operatorRows, ...rows] : rows
}

const wireNames = [...rows, ...operatorRows].flatMap(({ names }) => Object.entries(names))

/** The first name whose member the path is in; else the first of a member that is within the path. */
function wirePath(path: string): string {
  const within = wireNames.find(([, member]) => path === member || path.startsWith(`${member}.`))
  if (within !== undefined) return `${within[0]}${path.slice(within[1].length)}`
  return wireNames.find(([, member]) => member.startsWith(`${path}.`))?.[0] ?? path
}
