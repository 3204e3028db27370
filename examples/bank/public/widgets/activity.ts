// What has moved: in, out, or between one's own.
import { accounts, changes, type Transfer, transfers } from '../api.ts'
import { el, euros } from '../page.ts'
import { widget } from '../widget.ts'

const refill = widget('activity', {
  async full() {
    const [list, seen] = await Promise.all([transfers(), accounts()])
    if (list.length === 0) return [el('p', { class: 'soft' }, 'Nothing has moved yet.')]
    const ids = new Set(seen.map(({ id }) => id))
    return [el('ul', { class: 'rows' }, ...list.map((transfer) => row(transfer, ids)))]
  },
})

function row({ from, to, amount, note, at }: Transfer, seen: ReadonlySet<string>): HTMLElement {
  const sign = !seen.has(from) ? '+' : seen.has(to) ? '' : '−'
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }).format(new Date(at))
  return el(
    'li',
    {},
    el('span', {}, note || 'Transfer', el('small', {}, `${day}, ${from} to ${to}`)),
    el('b', sign === '+' ? { class: 'in' } : {}, sign + euros(amount)),
  )
}

changes.addEventListener('change', refill)
