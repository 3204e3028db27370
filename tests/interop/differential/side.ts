// One of the two servers: it makes codes and tokens of its own, and answers.
import type { Given } from './answers.ts'
import type { Asked } from './asked.ts'

export type Stuff =
  | 'code'
  | 'used'
  | 'refresh'
  | 'used refresh'
  | 'access'
  | 'person'
  | 'id'
  | 'waiting'
  | 'allowed'
  | 'pushed'

export interface Side {
  /** Something new of a client's. */
  get(stuff: Stuff, client: string): Promise<string>
  send(
    asked: Asked,
    query: string,
    body: string | null,
    headers: Readonly<Record<string, string>>,
  ): Promise<Given>
  close(): Promise<void>
}

const placeholder = /\{([a-z ]+) ([a-z]+)\}/g

/** Sends a request with what this side has for its placeholders. */
export async function ask(side: Side, asked: Asked): Promise<Given> {
  const own = new Map<string, string>()
  const texts = [...asked.fields.map(([, value]) => value), ...Object.values(asked.headers)]
  for (const [whole, stuff = '', client = ''] of texts.flatMap((text) => [...text.matchAll(placeholder)]))
    own.set(whole, await side.get(stuff as Stuff, client))
  const filled = (text: string): string => text.replaceAll(placeholder, (whole) => own.get(whole) ?? '')
  const form = new URLSearchParams(asked.fields.map(([name, value]) => [name, filled(value)])).toString()
  const headers = Object.fromEntries(
    Object.entries(asked.headers).map(([name, value]) => [name, filled(value)]),
  )
  if (asked.method === 'GET') return side.send(asked, form, null, headers)
  return side.send(asked, '', form, { 'content-type': 'application/x-www-form-urlencoded', ...headers })
}
