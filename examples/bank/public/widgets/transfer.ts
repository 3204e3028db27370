// Moves money between accounts. The bank asks for a recent sign-in; the widget only passes that on.
import { accounts, transfer } from '../api.ts'
import { el, section } from '../page.ts'
import { session } from '../session.ts'

const place = section('transfer')
const show = (...body: Node[]) =>
  place.replaceChildren(el('h2', { id: 'transfer-title' }, 'Send money'), ...body)

async function fill(user: { sub: string }): Promise<void> {
  const own = (await accounts()).filter(({ owner }) => owner === user.sub)
  if (own.length === 0)
    return show(el('p', { class: 'soft' }, 'You need an account of your own to send money.'))
  const options = own.map(({ id, name }) => el('option', { value: id }, `${name} (${id})`))
  const outcome = el('p', { class: 'outcome', role: 'status' })
  const form = el(
    'form',
    {},
    el('label', {}, 'From', el('select', { name: 'from' }, ...options)),
    el(
      'label',
      {},
      'To',
      el('input', {
        name: 'to',
        required: '',
        placeholder: 'acc-2001',
        autocomplete: 'off',
        pattern: 'acc-[0-9]{4}',
      }),
    ),
    el(
      'label',
      {},
      'Amount in euros',
      el('input', { name: 'amount', type: 'number', min: '0.01', step: '0.01', required: '' }),
    ),
    el('label', {}, 'What for', el('input', { name: 'note', maxlength: '80', autocomplete: 'off' })),
    el('button', {}, 'Send'),
    outcome,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(form, outcome)
  })
  show(form)
}

async function send(form: HTMLFormElement, outcome: HTMLElement): Promise<void> {
  const fields = new FormData(form)
  const text = (name: string): string => String(fields.get(name) ?? '')
  const amount = Math.round(Number(text('amount')) * 100)
  const problem = await transfer({ from: text('from'), to: text('to'), amount, note: text('note') })
  outcome.textContent = problem ?? 'Sent.'
  if (problem === undefined) form.reset()
}

session.on('login', (user) => void fill(user))
session.on('logout', () => show(el('p', { class: 'soft' }, 'Signed out: nothing to send.')))
