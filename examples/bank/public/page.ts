// What every widget needs of the page: its own section, and text that can't become markup.

/** The section that a widget lives in. */
export function section(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`The page has no section “${id}”.`)
  return found
}

type Child = Node | string

/** An element with attributes and children; strings become text, never markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

/** An amount in cents as money. */
export const euros = (cents: number): string => money.format(cents / 100)
