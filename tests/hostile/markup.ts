// Reads a page as a browser's tokenizer would, as far as is needed to say whether somebody's text became markup.
import { mark } from './corpora.ts'

interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  /** What follows up to the next tag. */
  readonly text: string
}

const tagPattern = /<([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>([^<]*)/g
const attributePattern = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g

function tagsOf(html: string): Tag[] {
  return [...html.matchAll(tagPattern)].map(([, name = '', inside = '', text = '']) => ({
    name: name.toLowerCase(),
    attributes: new Map(
      [...inside.matchAll(attributePattern)].map(([, key = '', a, b, c]) => [
        key.toLowerCase(),
        decoded(a ?? b ?? c ?? ''),
      ]),
    ),
    text,
  }))
}

/** @returns what of the page runs, loads or sends something although it has no business to. */
export function mischief(html: string): string[] {
  const found: string[] = []
  const note = (what: string, is: boolean) => is && found.push(what)
  const nonces = new Set<string | undefined>()
  for (const { name, attributes, text } of tagsOf(html)) {
    note(
      `<${name}>`,
      /^(?:iframe|object|embed|base|applet|frame|frameset|portal|math|foreignobject)$/.test(name),
    )
    note(`<${name}> with somebody’s name`, name.includes(mark))
    if (name === 'script' || name === 'style') nonces.add(attributes.get('nonce'))
    note('a script with somebody’s text', name === 'script' && text.includes(mark))
    note('a refresh', name === 'meta' && attributes.has('http-equiv'))
    for (const [key, value] of attributes) {
      note(`the attribute ${key}`, /^on/.test(key) || key === 'srcdoc' || key.includes(mark))
      const isAddress = /^(?:href|src|action|formaction|xlink:href|poster|background)$/.test(key)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip them before a scheme
      const scheme = value.replace(/[\x00-\x20]/g, '').toLowerCase()
      note(`${key}="${value}"`, isAddress && /^(?:javascript|vbscript|data:text|\/\/|\\)/.test(scheme))
      note(
        `${key}="${value}"`,
        key === 'action' &&
          !/^(?:\/(?![/\\])|$)/.test(value) &&
          !value.startsWith('https://app.example.test/'),
      )
      note(`style="${value}"`, key === 'style' && value.includes(mark))
    }
  }
  note('several nonces, or none', nonces.size > 1 || nonces.has(undefined))
  return found
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function decoded(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
}
