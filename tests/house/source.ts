// A TypeScript file as the house rules see it: its code with comments and the insides of literals blanked out (so
// that a word in a sentence is never taken for a word of code), its literals, its imports, and how long its functions
// are. A small reader of our own, since the rules must not depend on anybody.
import { stripTypeScriptTypes } from 'node:module'

export interface Literal {
  /** Offset of the opening quote. */
  readonly at: number
  /** Offset behind the closing one. */
  readonly end: number
  readonly text: string
}
export interface Import {
  readonly line: number
  readonly specifier: string
  /** The imported names, as written between the braces; empty for everything else. */
  readonly names: readonly string[]
  readonly reexports: boolean
}
export interface FunctionSpan {
  /** First line, counted from 1. */
  readonly line: number
  readonly length: number
  /** Its text, and the three lines above it, where a reason may stand. */
  readonly text: string
  readonly above: string
}
export interface Source {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  /** As long as `text`; comments, strings, templates and regular expressions are spaces, line ends are kept. */
  readonly code: string
  readonly literals: readonly Literal[]
  readonly imports: readonly Import[]
  readonly functions: readonly FunctionSpan[]
}

export function readSource(path: string, text: string): Source {
  const { code, literals } = blank(text)
  return {
    path,
    text,
    lines: text.trimEnd().split('\n'),
    code,
    literals,
    imports: importsOf(code, literals),
    functions: functionsOf(path, text),
  }
}

/** The line of an offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

const regexMayFollow =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|delete|void|throw|new|await|yield))$/

class Blanker {
  readonly text: string
  readonly literals: { at: number; end: number; text: string }[] = []
  code = ''
  at = 0

  constructor(text: string) {
    this.text = text
  }

  run(untilBrace = false): void {
    let depth = 0
    while (this.at < this.text.length) {
      const char = this.text[this.at] as string
      const pair = this.text.slice(this.at, this.at + 2)
      if (pair === '//' || (pair === '#!' && this.at === 0)) this.#skip(this.#end('\n', 0))
      else if (pair === '/*') this.#skip(this.#end('*/', 2))
      else if (char === "'" || char === '"') this.#string(char)
      else if (char === '`') this.#template()
      else if (char === '/' && regexMayFollow.test(this.code.slice(-200).trimEnd())) this.#regex()
      else {
        if (char === '{') depth++
        if (char === '}' && depth-- === 0 && untilBrace) return
        this.#keep()
      }
    }
  }

  #keep(): void {
    this.code += this.text[this.at++]
  }

  #skip(end: number): void {
    this.code += this.text.slice(this.at, end).replaceAll(/[^\n]/g, ' ')
    this.at = end
  }

  #end(mark: string, length: number): number {
    const found = this.text.indexOf(mark, this.at + length)
    return found === -1 ? this.text.length : found + length
  }

  #string(quote: string): void {
    const start = this.at
    let end = start + 1
    while (end < this.text.length && this.text[end] !== quote && this.text[end] !== '\n') {
      end += this.text[end] === '\\' ? 2 : 1
    }
    this.literals.push({ at: start, end: end + 1, text: this.text.slice(start + 1, end) })
    this.#keep()
    this.#skip(end)
    if (this.at < this.text.length) this.#keep()
  }

  #template(): void {
    const start = this.at
    const literal = { at: start, end: this.text.length, text: '' }
    this.literals.push(literal)
    this.#keep()
    while (this.at < this.text.length && this.text[this.at] !== '`') {
      if (this.text.startsWith('${', this.at)) {
        this.#keep()
        this.#keep()
        this.run(true)
        literal.text += '…'
        this.#keep()
      } else {
        const width = this.text[this.at] === '\\' ? 2 : 1
        literal.text += this.text.slice(this.at, this.at + width)
        this.#skip(this.at + width)
      }
    }
    if (this.at < this.text.length) this.#keep()
    literal.end = this.at
  }

  #regex(): void {
    let end = this.at + 1
    let inClass = false
    while (end < this.text.length && this.text[end] !== '\n' && (inClass || this.text[end] !== '/')) {
      if (this.text[end] === '[') inClass = true
      if (this.text[end] === ']') inClass = false
      end += this.text[end] === '\\' ? 2 : 1
    }
    // A value, so that what follows is read as after one.
    this.code += '0'
    this.at++
    this.#skip(end + 1)
  }
}

function blank(text: string): { code: string; literals: readonly Literal[] } {
  const blanker = new Blanker(text)
  blanker.run()
  return { code: blanker.code, literals: blanker.literals }
}

const importing =
  /(?<!\.)\b(?:(export|import)\b[\w\s{},*$]*?\bfrom\s*|import\s*\(?\s*|require\s*\(\s*)(?=['"`])/g

function importsOf(code: string, literals: readonly Literal[]): Import[] {
  const byOffset = new Map(literals.map((literal) => [literal.at, literal.text]))
  return [...code.matchAll(importing)].map((match) => ({
    line: lineAt(code, match.index),
    specifier: byOffset.get(match.index + match[0].length) ?? '',
    names: namesOf(match[0]),
    reexports: match[1] === 'export',
  }))
}

function namesOf(clause: string): string[] {
  const braced = clause.match(/\{([^}]*)\}/)?.[1] ?? ''
  const names = braced.split(',').map((name) => name.trim().replace(/^type\s+/, ''))
  return names.filter((name) => name !== '').map((name) => name.split(/\s+as\s+/)[0] as string)
}

const control = /\b(?:if|for|for await|while|switch|catch|with)\s*$/

function functionsOf(path: string, text: string): FunctionSpan[] {
  // Without types, a brace after a closing parenthesis or an arrow opens a body, and nothing else does.
  const { code, literals } = blank(path.endsWith('.ts') ? stripTypeScriptTypes(text) : text)
  const pairs = brackets(code)
  const literalEnds = new Map(literals.map((literal) => [literal.at, literal.end - 1]))
  const lines = text.split('\n')
  const span = (from: number, to: number): FunctionSpan => {
    const first = lineAt(code, from)
    const last = lineAt(code, to)
    return {
      line: first,
      length: last - first + 1,
      text: lines.slice(first - 1, last).join('\n'),
      above: lines.slice(Math.max(0, first - 4), first - 1).join('\n'),
    }
  }
  const found: FunctionSpan[] = []
  for (const match of code.matchAll(/\)\s*\{|=>\s*/g)) {
    if (match[0].startsWith(')')) {
      const start = pairs.get(match.index) ?? match.index
      if (control.test(code.slice(Math.max(0, start - 20), start))) continue
      found.push(span(start, pairs.get(match.index + match[0].length - 1) ?? code.length))
    } else {
      const body = match.index + match[0].length
      const end =
        code[body] === '{' ? (pairs.get(body) ?? code.length) : expressionEnd(code, body, pairs, literalEnds)
      found.push(span(match.index, end))
    }
  }
  return found
}

/** Every bracket's partner, both ways. */
function brackets(code: string): Map<number, number> {
  const pairs = new Map<number, number>()
  const open: number[] = []
  for (const { 0: bracket, index } of code.matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(bracket)) open.push(index)
    else {
      const start = open.pop()
      if (start === undefined) continue
      pairs.set(start, index)
      pairs.set(index, start)
    }
  }
  return pairs
}

function expressionEnd(
  code: string,
  from: number,
  pairs: Map<number, number>,
  literals: Map<number, number>,
): number {
  for (let at = from; at < code.length; at++) {
    const char = code[at] as string
    if ('([{'.includes(char)) at = pairs.get(at) ?? code.length
    else if (literals.has(at)) at = literals.get(at) ?? at
    else if (')]},;'.includes(char)) return at - 1
    else if (char === '\n' && !/^\s*[.?:&|+\-*/=<>,]/.test(code.slice(at + 1, at + 200))) {
      // Without semicolons a line that ends in a value, before one that can't go on from it, ends the expression.
      if (/[\w)\]}'"`]$/.test(code.slice(from, at).trimEnd())) return at - 1
    }
  }
  return code.length
}
