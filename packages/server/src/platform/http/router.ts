// Which route answers a path. Ambiguous targets are refused before any comparison, so that no two parsers can read
// one address differently (C28).
import type { Route } from './exchange.ts'

/** A path that is known. */
export interface Found {
  /** Routes of this path by method. */
  readonly methods: ReadonlyMap<string, Route>
  readonly params: Readonly<Record<string, string>>
}

/** Finds routes by path. */
export interface Router {
  /** @returns the routes of a path, null when there is none. */
  find(path: string): Found | null
  readonly routes: readonly Route[]
}

const noParams: Readonly<Record<string, string>> = {}

/** Two routes claim one path: its message says which. */
export class PathTaken extends Error {
  override readonly name = 'PathTaken'
}

/** @throws PathTaken when two routes claim the same method and path. */
export function routerOf(routes: readonly Route[]): Router {
  const literal = new Map<string, Map<string, Route>>()
  const patterns = new Map<string, { segments: readonly string[]; methods: Map<string, Route> }>()
  for (const route of routes) {
    const methods = route.path.includes('/:')
      ? patternMethods(patterns, route.path)
      : literalMethods(literal, route.path)
    if (methods.has(route.method)) throw new PathTaken(`Two routes claim ${route.method} ${route.path}.`)
    methods.set(route.method, route)
  }
  return {
    routes,
    find: (path) => {
      const methods = literal.get(path)
      if (methods !== undefined) return { methods, params: noParams }
      const segments = path.split('/')
      for (const pattern of patterns.values()) {
        const params = matched(pattern.segments, segments)
        if (params !== null) return { methods: pattern.methods, params }
      }
      return null
    },
  }
}

/** Whether a request path can be read in one way only: no encoded or doubled separators, no dot segments. */
export function isPlainPath(path: string): boolean {
  return /^(?=\/)(?:\/(?:[A-Za-z0-9_~:@!$&'()*+,=-][A-Za-z0-9._~:@!$&'()*+,=-]*|\.well-known))*\/?$/.test(
    path,
  )
}

function literalMethods(table: Map<string, Map<string, Route>>, path: string): Map<string, Route> {
  const methods = table.get(path) ?? new Map<string, Route>()
  table.set(path, methods)
  return methods
}

function patternMethods(
  table: Map<string, { segments: readonly string[]; methods: Map<string, Route> }>,
  path: string,
): Map<string, Route> {
  const entry = table.get(path) ?? { segments: path.split('/'), methods: new Map<string, Route>() }
  table.set(path, entry)
  return entry.methods
}

function matched(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? ''
    if (expected.startsWith(':')) {
      if (actual === '') return null
      params[expected.slice(1)] = actual
    } else if (expected !== actual) return null
  }
  return params
}
