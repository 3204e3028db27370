// The script of the token inspector: from the fields to the inspection, and from that to elements. What a token says
// becomes text and nothing else: no markup, no address, no attribute. Nothing is asked of the network or kept.
import type { Check } from './checks.ts'
import { type Inspection, inspect, type Verdict } from './inspect.ts'
import type { Member, Part } from './parts.ts'
import { number } from './value-words.ts'

const field = (id: string): HTMLTextAreaElement | HTMLInputElement => {
  const found = document.getElementById(id)
  if (found instanceof HTMLTextAreaElement || found instanceof HTMLInputElement) return found
  throw new Error(`The page has no field ${id}.`)
}
const place = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no place ${id}.`)
  return found
}

const token = field('token')
const key = field('key')
const issuer = field('issuer')
const audience = field('audience')
const fields = [token, key, issuer, audience]
const ink = place('ink')
const verdict = place('verdict')
const checks = place('checks')
const parts = place('parts')
const legend = place('token-hint')
const waiting = [...verdict.childNodes]
const usualLegend = [...legend.childNodes]

/** An element of ours, with text and other elements in it. */
function el(name: string, style: string, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(name)
  if (style !== '') element.className = style
  element.append(...children)
  return element
}

/** Coloured text beyond this many characters would make typing slow. */
const longestColoured = 20_000

/** Draws the token in the colours of its parts, exactly under the text that is typed. */
function colour(text: string): void {
  const isLong = text.length > longestColoured
  ink.parentElement?.classList.toggle('plain', isLong)
  if (isLong) {
    ink.replaceChildren()
    return
  }
  const pieces = text.split('.', 6)
  if (pieces.length < 2) {
    ink.replaceChildren(text, '\u200b')
    return
  }
  const hues = pieces.length === 5 ? [1, 2, 3, 2, 3] : [1, 2, 3]
  const coloured: (Node | string)[] = []
  let drawn = 0
  for (const [index, hue] of hues.entries()) {
    const piece = pieces[index]
    if (piece === undefined) break
    if (index > 0) coloured.push('.')
    coloured.push(el('span', `part-${hue}`, piece))
    drawn += piece.length + (index > 0 ? 1 : 0)
  }
  // A line end at the very end has no height without something after it.
  ink.replaceChildren(...coloured, text.slice(drawn), '\u200b')
}

function showVerdict({ tone, title, words, mend, code }: Verdict): void {
  verdict.className = `verdict ${tone}`
  const heading = el('h2', '', el('span', '', title))
  if (code !== undefined) heading.append(el('code', '', code))
  verdict.replaceChildren(heading, el('p', '', words))
  if (mend !== undefined) verdict.append(el('p', '', mend))
}

const spoken = { pass: 'passed: ', fail: 'failed: ', unknown: 'open: ' }

function checkRow({ name, outcome, words }: Check): HTMLElement {
  const said = el('span', '', el('span', 'unseen', spoken[outcome]), words)
  return el('li', outcome, el('span', 'sign'), el('b', '', name), said)
}

function memberRow({ name, value, words, isPrivate, meaning, leftOut }: Member): HTMLElement {
  const term = el('dt', '', el('code', '', name), el('span', isPrivate ? 'odd' : '', words.title))
  const said = el('dd', '', el('code', 'value', value))
  if (meaning !== null) said.append(el('p', 'means', meaning))
  if (leftOut !== null) said.append(el('p', 'about', leftOut))
  said.append(el('p', 'about', words.words))
  return el('div', '', term, said)
}

function partRow({ title, colour: hue, words, length, members }: Part): HTMLElement {
  const size = el('p', '', `${number(length)} character${length === 1 ? '' : 's'}`)
  const head = el('div', `piece part-${hue}`, el('h2', '', title), size)
  const body = el('div', '', el('p', members.length > 0 ? 'unseen' : '', words))
  if (members.length > 0) {
    head.append(el('p', '', words))
    body.replaceChildren(el('dl', 'members', ...members.map(memberRow)))
  }
  return el('section', 'part', head, body)
}

function show(inspection: Inspection | null): void {
  if (inspection === null) {
    verdict.className = 'verdict'
    verdict.replaceChildren(...waiting)
    checks.replaceChildren()
    parts.replaceChildren()
    legend.replaceChildren(...usualLegend)
    return
  }
  showVerdict(inspection.verdict)
  checks.replaceChildren(...inspection.checks.map(checkRow))
  parts.replaceChildren(...inspection.parts.map(partRow))
  legend.replaceChildren(...(inspection.parts.length > 0 ? named(inspection.parts) : usualLegend))
}

/** The names of the parts, each in its colour. */
function named(shown: readonly Part[]): (Node | string)[] {
  return shown.flatMap(({ title, colour: hue }, index) => [
    index > 0 ? ' · ' : '',
    el('span', `key-${hue}`, title),
  ])
}

let asked = 0

/** Looks at what stands in the fields; an answer that comes late, when they hold something else, is dropped. */
async function look(): Promise<void> {
  const turn = ++asked
  const against = { key: key.value, issuer: issuer.value.trim(), audience: audience.value.trim() }
  const inspection = await inspect(token.value, against, Math.floor(Date.now() / 1000))
  if (turn === asked) show(inspection)
}

/** Leaves nothing behind: not for whoever presses “back”, and not for whoever opens the page after a reload. */
function forget(): void {
  for (const each of fields) each.value = ''
  asked++
  colour('')
  show(null)
}

for (const each of fields) each.addEventListener('input', () => void look())
token.addEventListener('input', () => colour(token.value))
// What was true when it was written may have expired since.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void look()
})
addEventListener('pagehide', forget)
addEventListener('pageshow', forget)

const own = document.getElementById('own')
own?.addEventListener('click', () => {
  key.value = own.dataset['keys'] ?? ''
  issuer.value = own.dataset['issuer'] ?? ''
  void look()
})
