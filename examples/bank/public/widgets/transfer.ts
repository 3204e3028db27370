// Moves money. The bank wants to have seen the person sign in lately; then the order waits here until they are back.
import { accounts, type Order, transfer } from '../api.ts'
import { el } from '../page.ts'
import { session } from '../session.ts'
import { widget } from '../widget.ts'

/** Where an order waits while the person is away to sign in: in this tab, and for the next form only. */
const waiting = {
  keep: (order: Order) => sessionStorage.setItem('order', JSON.stringify(order)),
  take(): Order | undefined {
    const text = sessionStorage.getItem('order')
    sessionStorage.removeItem('order')
    return text === null ? undefined : JSON.parse(text)
  },
}
session.on('logout', waiting.take)

widget('transfer', {
  async full(user) {
    const own = (await accounts()).filter(({ owner }) => owner === user.sub)
    if (own.length === 0)
      return [el('p', { class: 'soft' }, 'You need an account of your own to send money.')]
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
          pattern: 'acc-[0-9]{4}',
          autocomplete: 'off',
        }),
      ),
      el(
        'label',
        {},
        'Amount in euros',
        el('input', { name: 'amount', type: 'number', min: '0.01', step: '0.01', required: '' }),
      ),
      el('label', {}, 'What for', el('input', { name: 'note', maxlength: '80', autocomplete: 'off' })),
      el('button', { class: 'main' }, 'Send'),
      outcome,
    )
    let sending = false
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      // A second click while the first is under way is no second order.
      if (sending) return
      sending = true
      void send(form, outcome).finally(() => {
        sending = false
      })
    })
    const order = waiting.take()
    if (order !== undefined && own.some(({ id }) => id === order.from)) {
      write(form, order)
      outcome.textContent = 'Thank you. Check once more, then send.'
    }
    return [form]
  },
})

function write(form: HTMLFormElement, { from, to, amount, note }: Order): void {
  const values = Object.entries({ from, to, amount: String(amount / 100), note })
  for (const [name, value] of values) {
    const field = form.elements.namedItem(name)
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value
  }
}

async function send(form: HTMLFormElement, outcome: HTMLElement): Promise<void> {
  const fields = new FormData(form)
  const text = (name: string): string => String(fields.get(name) ?? '')
  const order = {
    from: text('from'),
    to: text('to'),
    amount: Math.round(Number(text('amount')) * 100),
    note: text('note'),
  }
  const answer = await transfer(order).catch(() => ({
    problem: 'The bank did not answer. Look at your activity before you try again.',
  }))
  if (answer === 'sent') {
    form.reset()
    outcome.textContent = 'Sent.'
  } else if (answer === 'sign in again') {
    waiting.keep(order)
    await session.signIn({ maxAge: 300 })
  } else outcome.textContent = answer.problem
}
