// Serves the API on Bun or Deno, which run it from its sources: given its settings as JSON, says its port.
import { app } from './app.ts'

type Answer = (request: Request) => Promise<Response>
interface Platforms {
  readonly Bun?: {
    serve(options: { port: number; hostname: string; fetch: Answer }): { readonly port: number }
  }
  readonly Deno?: {
    serve(
      options: { port: number; hostname: string; onListen(at: { port: number }): void },
      answer: Answer,
    ): unknown
  }
}

const { Bun, Deno }: Platforms = globalThis as object
const answer = app(JSON.parse(process.argv[2] ?? ''))
const loopback = { port: 0, hostname: '127.0.0.1' }
const listening = (port: number) => console.log(`listening on ${port}`)
Deno?.serve({ ...loopback, onListen: ({ port }) => listening(port) }, answer)
if (Bun !== undefined) listening(Bun.serve({ ...loopback, fetch: answer }).port)
