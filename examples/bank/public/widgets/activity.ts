// What was moved lately.
import { changes, type Transfer, transfers } from '../api.ts'
import { el, euros, section } from '../page.ts'
import { session } from '../session.ts'

const place = section('activity')
const show = (...body: Node[]) =>
  place.replaceChildren(el('h2', { id: 'activity-title' }, 'Activity'), ...body)
const quiet = (text: string) => el('p', { class: 'soft' }, text)

async function fill(): Promise<void> {
  const list = await transfers()
  show(list.length === 0 ? quiet('Nothing has moved today.') : el('ul', { class: 'rows' }, ...list.map(row)))
}

function row({ from, to, amount, note }: Transfer): HTMLElement {
  return el(
    'li',
    {},
    el('span', {}, note || 'Transfer', el('small', {}, `${from} → ${to}`)),
    el('b', {}, euros(amount)),
  )
}

session.on('login', () => void fill())
changes.addEventListener('change', () => void fill())
session.on('logout', () => show(quiet('Signed out: nothing to see.')))
