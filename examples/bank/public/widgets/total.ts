// Everything together, in one number.
import { accounts, changes } from '../api.ts'
import { el, euros, section } from '../page.ts'
import { session } from '../session.ts'

const place = section('total')
const show = (...body: (Node | string)[]) =>
  place.replaceChildren(el('h2', { id: 'total-title' }, 'In total'), ...body)

async function fill(): Promise<void> {
  const list = await accounts()
  const sum = list.reduce((total, { balance }) => total + balance, 0)
  show(
    el('p', { class: 'sum' }, euros(sum)),
    el('p', { class: 'soft' }, `in ${list.length} ${list.length === 1 ? 'account' : 'accounts'}`),
  )
}

session.on('login', () => void fill())
changes.addEventListener('change', () => void fill())
session.on('logout', () => show(el('p', { class: 'sum empty' }, '—')))
