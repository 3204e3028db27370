// The list of accounts. What the API does not give can't be shown: a customer's list holds their own.
import type { User } from '@countersign/sdk/client'
import { type Account, accounts, changes } from '../api.ts'
import { el, euros } from '../page.ts'
import { widget } from '../widget.ts'

const refill = widget('accounts', {
  async full(user) {
    const list = await accounts()
    if (list.length > 0) return [el('ul', { class: 'rows' }, ...list.map((account) => row(account, user)))]
    return [
      el(
        'p',
        { class: 'soft' },
        'You have no accounts here yet. Ada and Grace have; Tim, the teller, sees them all.',
      ),
    ]
  },
})

function row({ id, owner, name, balance }: Account, user: User): HTMLElement {
  const whose = owner === user.sub ? id : `${id}, of ${owner}`
  return el(
    'li',
    { 'data-account': id },
    el('span', {}, name, el('small', {}, whose)),
    el('b', {}, euros(balance)),
  )
}

changes.addEventListener('change', refill)
