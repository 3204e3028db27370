// Client metadata as a person gives it to a command: RFC 7591's JSON, in a file or on standard input. It reaches everything
// that is registered of a client, in the words that clients themselves use, with a few more for operators.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { decodeStrictJson, isJsonObject } from '@countersign/protocol'
import type { Client } from '../../oauth/clients/client.ts'
import { findingsOnTheWire, parseMetadata, printMetadata } from '../../oauth/clients/metadata/metadata.ts'
import type { ClientDescription, ClientFinding } from '../../oauth/clients/registration.ts'
import { CommandFailed } from './context.ts'
import { moment } from './terminal.ts'

type Json = Readonly<Record<string, unknown>>

/** Reads what `--metadata` names; `-` is standard input. @throws CommandFailed when there is no JSON object */
export async function readMetadata(file: string): Promise<Json> {
  try {
    const given = file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8')
    const value = decodeStrictJson(given)
    if (!isJsonObject(value)) throw new Error('not an object')
    return value
  } catch {
    throw new CommandFailed('The metadata can’t be read.', [
      {
        path: '--metadata',
        code: 'unreadable',
        message:
          'Name a file (or - for standard input) that holds client metadata, a JSON object of RFC 7591.',
      },
    ])
  }
}

/** The client that metadata describes. @throws CommandFailed with everything that is wrong with it */
export function describedIn(metadata: Json, headline: string): ClientDescription {
  const parsed = parseMetadata(metadata, 'operator')
  if (!parsed.ok) throw new CommandFailed(headline, parsed.findings)
  return parsed.description
}

/** What a client becomes by metadata: what isn't named stays, and what is null goes back to its usual value. */
export function changedBy(metadata: Json): (client: Client) => ClientDescription | readonly ClientFinding[] {
  return (client) => {
    const parsed = parseMetadata({ ...printMetadata(client, 'operator'), ...metadata }, 'operator')
    return parsed.ok ? parsed.description : parsed.findings
  }
}

/** The refusal of a client, in the words of its metadata. */
export function refused(headline: string, findings: readonly ClientFinding[]): CommandFailed {
  return new CommandFailed(headline, findingsOnTheWire(findings))
}

/** A client in the words of its metadata, with what nobody says of it. */
export function shownAsMetadata(client: Client): Record<string, unknown> {
  return {
    ...printMetadata(client, 'operator'),
    client_id_issued_at: client.createdAt,
    disabled_at: client.disabledAt === null ? null : moment(client.disabledAt),
  }
}

/** A value of it as a person reads it. */
export function metadataText(value: unknown): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return '–'
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join('\n')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
