// What a system that people come from is called where it is remembered who came from where: by its kind (`django`), and where
// several of a kind come, by a name of its own behind that (`django:shop`), so that no two people with one id are taken for
// one.

/** What an operator may call one of several systems of a kind. */
export const systemNameForm = /^[a-z0-9][a-z0-9._-]{0,31}$/

/** @param called what tells it from others of its kind; null for the only one, or the one whose wire is spoken here */
export function sourceCalled(kind: string, called: string | null): string {
  return called === null ? kind : `${kind}:${called}`
}

/** What such a name is made of; null for a text that is none. */
export function partsOf(source: string): { readonly kind: string; readonly called: string | null } | null {
  const [kind = '', called = null, ...more] = source.split(':')
  const isName = more.length === 0 && (called === null || systemNameForm.test(called))
  return isName ? { kind, called } : null
}

/**
 * Under which name the numbers are kept that a source gave to people. Wires know people by those of a system without a name
 * alone: two systems count from one.
 *
 * @param name of the wire, such as `simplejwt`
 * @param source as `sourceCalled` makes it
 */
export function numbersIn(name: string, source: string): string {
  const called = partsOf(source)?.called ?? null
  return called === null ? name : `${name} ${called}`
}
