// Where to go after signing in: a path of this origin and nothing else (an open redirect is a phishing tool).

/**
 * @param asked anything; may come from a link
 * @param fallback a path of ours
 * @returns path, query and fragment, always beginning with exactly one slash; the fallback when `asked` is elsewhere
 */
export function localPath(asked: string | undefined, fallback: string): string {
  try {
    // The parser that the browser itself navigates with decides, so that nothing is read in two ways.
    const url = new URL(asked ?? fallback, location.origin)
    const path = url.pathname + url.search + url.hash
    // A blob: URL has our origin and no path; "/.//host" parses to the path "//host".
    return url.origin === location.origin && /^\/(?!\/)/.test(path) ? path : fallback
  } catch {
    return fallback
  }
}
