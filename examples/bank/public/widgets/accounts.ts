// The list of accounts. What the API does not give can't be shown: a customer's list holds their own.
import { type Account, accounts, changes } from '../api.ts'
import { el, euros, section } from '../page.ts'
import { session } from '../session.ts'

const place = section('accounts')
const show = (...body: Node[]) =>
  place.replaceChildren(el('h2', { id: 'accounts-title' }, 'Accounts'), ...body)

async function fill(): Promise<void> {
  const list = await accounts()
  if (list.length === 0)
    show(
      el(
        'p',
        { class: 'soft' },
        'You have no accounts here yet. Sign in as ada or grace to see a customer’s view, as tim for a teller’s.',
      ),
    )
  else show(el('ul', { class: 'rows' }, ...list.map(row)))
}

function row({ id, name, balance }: Account): HTMLElement {
  return el(
    'li',
    { 'data-account': id },
    el('span', {}, name, el('small', {}, id)),
    el('b', {}, euros(balance)),
  )
}

session.on('login', () => void fill())
changes.addEventListener('change', () => void fill())
session.on('logout', () => show(el('p', { class: 'soft' }, 'Signed out: nothing to see.')))
