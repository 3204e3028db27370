// One kept connection of a client that does as little as it can: the sender shares its machine with the server that is
// measured, and whoever sends slowly measures a server that waits.
import { createConnection, type Socket } from 'node:net'
import type { Reply, Shot } from './load.ts'

/** A reply with its first lines. */
export interface Heard extends Reply {
  /** Status line and headers, as sent. */
  readonly head: string
}

/** Sends one request after the other. */
export class Connection {
  readonly #socket: Socket
  readonly #host: string
  #received = ''
  #answer: ((reply: Heard) => void) | null = null
  #fail: (error: Error) => void = () => {}

  constructor(base: string) {
    const { hostname, port, host } = new URL(base)
    this.#host = host
    this.#socket = createConnection({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#read(text))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('The server closed the connection.')))
  }

  /** @returns its body byte by byte: no text beyond ASCII can be read in it */
  send(shot: Shot): Promise<Heard> {
    return new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
      this.#socket.write(textOf(shot, this.#host), 'latin1')
    })
  }

  close(): void {
    this.#fail = () => {}
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text
    const reply = replyIn(this.#received)
    if (reply === null) return
    this.#received = ''
    this.#answer?.(reply)
  }
}

function textOf({ method, path, headers = {}, body = '' }: Shot, host: string): string {
  let text = `${method} ${path} HTTP/1.1\r\n`
  if (headers['host'] === undefined) text += `host: ${host}\r\n`
  for (const name of Object.keys(headers)) text += `${name}: ${headers[name]}\r\n`
  return `${text}\r\n${body}`
}

/** The reply, once all of it is there. */
function replyIn(text: string): Heard | null {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = text.slice(0, end)
  const start = end + 4
  const status = Number(head.slice(9, 12))
  if (status === 204 || status === 304) return { status, head, body: '' }
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) return inChunks({ status, head }, text.slice(start))
  return text.length - start < Number(length) ? null : { status, head, body: text.slice(start) }
}

/** RFC 9112 §7.1. */
function inChunks(about: Pick<Heard, 'status' | 'head'>, text: string): Heard | null {
  let body = ''
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return null
    const length = Number.parseInt(text.slice(at, line), 16)
    if (length === 0) return text.length < line + 4 ? null : { ...about, body }
    body += text.slice(line + 2, line + 2 + length)
    at = line + 2 + length + 2
  }
}
