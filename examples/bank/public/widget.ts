// A widget: a place on the page that fills when somebody is signed in, and forgets everything when nobody is.
import type { User } from '@countersign/sdk/client'
import { button, el } from './page.ts'
import { session } from './session.ts'

interface View {
  /** What this person is to see. */
  full(user: User): Node[] | Promise<Node[]>
  /** What nobody is to see. */
  empty?(): Node[]
}

/** @returns a way to fill it again, for when something has changed */
export function widget(id: string, { full, empty = waiting }: View): () => void {
  const place = document.getElementById(id)
  if (!place) throw new Error(`The page has no place “${id}”.`)
  let turn = 0

  async function fill(user: User): Promise<void> {
    turn += 1
    const mine = turn
    const nodes = await Promise.resolve(full(user)).catch(() => [problem(() => void fill(user))])
    // Somebody may have left while the bank was answering: what comes too late is not shown.
    if (mine === turn) place?.replaceChildren(...nodes)
  }
  function clear(): void {
    turn += 1
    place?.replaceChildren(...empty())
  }

  session.on('login', (user) => void fill(user))
  session.on('logout', clear)
  // The session tells of changes; that nobody was signed in to begin with is none.
  void session.ready.then((user) => user ?? clear())
  return () => session.user && void fill(session.user)
}

const waiting = (): Node[] => [el('p', { class: 'waiting' }, 'Fills when you sign in.')]

function problem(again: () => void): Node {
  return el(
    'p',
    { class: 'problem', role: 'alert' },
    'The bank did not answer. ',
    button('Try again', again, 'quiet'),
  )
}
