// Everything together in one number, and what it is made of.
import { type Account, accounts, changes } from '../api.ts'
import { el, euros } from '../page.ts'
import { widget } from '../widget.ts'

const refill = widget('total', {
  async full() {
    const list = await accounts()
    const sum = list.reduce((total, { balance }) => total + balance, 0)
    return [
      el('p', { class: 'sum' }, euros(sum)),
      el('div', { class: 'shares', 'aria-hidden': 'true' }, ...list.map(share)),
    ]
  },
  empty: () => [],
})

function share({ name, balance }: Account): HTMLElement {
  const part = el('span', {}, name)
  part.style.flexGrow = String(balance)
  return part
}

changes.addEventListener('change', refill)
