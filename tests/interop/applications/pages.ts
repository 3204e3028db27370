// Applications that are a function from a request to a response, visited without a socket by a browser with cookies.
export class Pages {
  readonly #origin: string
  readonly #answer: (request: Request) => Promise<Response>
  readonly #cookies = new Map<string, string>()

  constructor(origin: string, answer: (request: Request) => Promise<Response>) {
    this.#origin = origin
    this.#answer = answer
  }

  open(path: string): Promise<Response> {
    return this.#visit(new Request(`${this.#origin}${path}`))
  }

  /** Sends a form, or an object as JSON, as the application's own page would. */
  post(path: string, body: Readonly<Record<string, string>> | { readonly json: object }): Promise<Response> {
    const [type, text] =
      'json' in body && typeof body.json === 'object'
        ? ['application/json', JSON.stringify(body.json)]
        : [
            'application/x-www-form-urlencoded',
            new URLSearchParams(body as Record<string, string>).toString(),
          ]
    const headers = { 'content-type': type, origin: this.#origin }
    return this.#visit(new Request(`${this.#origin}${path}`, { method: 'POST', headers, body: text }))
  }

  async #visit(request: Request): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (cookie !== '') request.headers.set('cookie', cookie)
    const response = await this.#answer(request)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0(;|$)/i.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }
}
