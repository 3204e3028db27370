// Pieces of a page, from values: text can't become markup here.

/** An element with attributes and children; strings become text, never markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** A button that does something. */
export function button(text: string, act: () => unknown, style = ''): HTMLButtonElement {
  const made = el('button', { type: 'button', class: style }, text)
  made.addEventListener('click', () => void act())
  return made
}

const money = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' })

/** An amount in cents as money. */
export const euros = (cents: number): string => money.format(cents / 100)
