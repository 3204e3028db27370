// A view of Django REST framework, as far as a client sees it: what it answers to every method, how it reads and
// refuses, and the headers that all of its answers carry.

import { StorageUnavailable } from '../../platform/db/engine.ts'
import type { Headers, Incoming, Outgoing, Route } from '../../platform/http/exchange.ts'
import { empty, json } from '../../platform/http/exchange.ts'
import { Busy } from '../../platform/http/failure.ts'
import type { Members } from './fields.ts'
import type { Speech } from './locale.ts'
import { mediaTypeOf, readBody } from './read-body.ts'

/** What a view says of itself to whoever asks with OPTIONS. */
export interface ViewDescription {
  readonly name: string
  readonly description: string
  /** The fields of a POST, in their order; none for a view without one. */
  readonly fields: readonly FieldDescription[]
}

/** A field as OPTIONS describes it: a text that is required, unless told otherwise. */
export interface FieldDescription {
  readonly name: string
  readonly label: string
  readonly type?: 'string' | 'email' | 'field'
  readonly isRequired?: boolean
  /** Answered, and never read. */
  readonly isReadOnly?: boolean
  readonly longest?: number
}

/** Answers one method; `members` are those of the body. */
export type Respond = (request: Incoming, members: Members) => Promise<Outgoing>

/** A view, and what it does for each method that it takes. */
export interface View extends ViewDescription {
  readonly get?: Respond
  readonly post?: Respond
  readonly put?: Respond
  readonly patch?: Respond
  readonly delete?: Respond
}

/** A view that says nothing of itself but its name, unless more is given. */
export function view(name: string, of: Partial<View> = {}): View {
  return { name, description: '', fields: [], ...of }
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** An answer as every view gives it. */
export function answer(status: number, body: unknown, headers: Headers = {}): Outgoing {
  return json(status, body, { vary: 'Accept', ...headers })
}

/** An answer without content. */
export function nothing(status: 204 | 400 = 204): Outgoing {
  return empty(status, { vary: 'Accept' })
}

/** 429 in the framework's words; the wait is in whole seconds. */
export function throttled(seconds: number): Outgoing {
  const unit = seconds === 1 ? 'second' : 'seconds'
  const detail = `Request was throttled. Expected available in ${seconds} ${unit}.`
  return answer(429, { detail }, { 'retry-after': String(seconds) })
}

/**
 * The routes of a view at each of its paths, with the slash and without it.
 *
 * @param speech in which language it answers; in English unless given
 */
export function viewRoutes(
  paths: readonly string[],
  view: View,
  speech: Speech | null = null,
): readonly Route[] {
  const both = [...new Set(paths.flatMap(bothForms))]
  return both.flatMap((path) =>
    methods.map(
      (method): Route => ({
        method,
        path,
        caller: 'program',
        cors: 'clients',
        takes: 'any',
        run: async (request) => {
          const said = await respond(view, request)
          const answered = { ...said, headers: { ...said.headers, allow: allowedBy(view) } }
          return speech === null ? answered : speech(answered, request.headers.get('accept-language'))
        },
      }),
    ),
  )
}

/** The routes of views by their paths below each base. */
export function viewsBelow(
  bases: readonly string[],
  views: Readonly<Record<string, View>>,
): readonly Route[] {
  return Object.entries(views).flatMap(([path, one]) =>
    viewRoutes(
      bases.map((base) => base + path),
      one,
    ),
  )
}

/** In the framework's order. */
function allowedBy(view: View): string {
  const changing = [view.put && 'PUT', view.patch && 'PATCH', view.delete && 'DELETE']
  const all = [view.get && 'GET', view.post && 'POST', ...changing, view.get && 'HEAD', 'OPTIONS']
  return all.filter((method) => method !== undefined).join(', ')
}

/** A path with its slash and without. A slash that is missing is no redirect: that would make a GET of a POST. */
export function bothForms(path: string): readonly [string, string] {
  const bare = path.replace(/\/+$/, '')
  return [`${bare}/`, bare]
}

async function respond(view: View, request: Incoming): Promise<Outgoing> {
  if (!acceptsJson(request.headers.get('accept'))) {
    return answer(406, { detail: 'Could not satisfy the request Accept header.' })
  }
  if (request.method === 'OPTIONS') return answer(200, described(view))
  const run = runOf(view, request.method)
  if (run === undefined) return answer(405, { detail: `Method "${request.method}" not allowed.` })
  const body = await readBody(request.raw)
  if (!body.ok) return answer(body.status, body.body)
  try {
    return await run(request, body.members)
  } catch (error) {
    if (error instanceof Busy || error instanceof StorageUnavailable) {
      return answer(
        503,
        { detail: 'Service temporarily unavailable, try again later.' },
        { 'retry-after': '1' },
      )
    }
    throw error
  }
}

function runOf(view: View, method: string): Respond | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return view.get
    case 'POST':
      return view.post
    case 'PUT':
      return view.put
    case 'PATCH':
      return view.patch
    case 'DELETE':
      return view.delete
    default:
      return undefined
  }
}

const acceptable = ['*/*', 'application/*', 'application/json', 'text/html', 'text/*']

/** A page of the browsable API is not made: who would take one gets the JSON. */
function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some((range) => acceptable.includes(mediaTypeOf(range)))
}

function described({ name, description, fields }: ViewDescription): unknown {
  const post = fields.map((field) => [
    field.name,
    {
      type: field.type ?? 'string',
      required: field.isRequired ?? field.isReadOnly !== true,
      read_only: field.isReadOnly ?? false,
      label: field.label,
      ...(field.longest !== undefined && { max_length: field.longest }),
    },
  ])
  return {
    name,
    description,
    renders: ['application/json'],
    parses: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
    ...(fields.length > 0 && { actions: { POST: Object.fromEntries(post) } }),
  }
}
