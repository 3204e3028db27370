// A walk through mode local as a platform without node:crypto, Buffer and process takes it. Run by web-walk.test.ts in a
// process of its own, given keys and tokens as JSON; prints what came of each, as JSON.
interface Given {
  readonly now: number
  readonly place: { readonly issuer: string; readonly audience: string }
  readonly keys: readonly object[]
  readonly jwks: object
  readonly privateJwk: object
  readonly tokens: Readonly<Record<string, string>>
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const given = JSON.parse(process.argv[2] ?? '') as Given
for (const name of ['Buffer', 'process']) Reflect.deleteProperty(globalThis, name)
const { createVerifier } = await import('./index.ts')
const { now, place, keys, jwks, privateJwk, tokens, url, headers } = given

// Node's own Response needs the Buffer that is gone: this is as much of one as is read.
function answer(value: unknown): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(JSON.stringify(value)))
      controller.close()
    },
  })
  const names = new Map([['content-type', 'application/json']])
  const shaped = { status: 200, redirected: false, type: 'basic', body, headers: names }
  return shaped as object as Response
}

const fetch = async (address: string) =>
  answer(address.endsWith('/jwks') ? jwks : { issuer: place.issuer, jwks_uri: `${place.issuer}/jwks` })
const request = () => ({ method: 'GET', url, headers })
const options = { ...place, now: () => now, fetch, decryption: { keys: privateJwk } }

async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    const outcome = (await work()) as { ok?: boolean; subject?: string; detail?: string }
    return outcome.subject ?? (outcome.ok === true ? 'ok' : String(outcome.detail))
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    return code ?? String(message)
  }
}

const discovered = createVerifier(options)
const outcomes: Record<string, string> = {}
for (const [name, token] of Object.entries(tokens)) {
  outcomes[name] = await outcomeOf(() => discovered.check(token))
}
outcomes['again'] = await outcomeOf(() => discovered.check(tokens['good'] ?? ''))
outcomes['bound'] = await outcomeOf(() => discovered.verify(request()))
outcomes['replayed'] = await outcomeOf(() => discovered.verify(request()))
for (const [index, from] of keys.entries()) {
  const verifier = createVerifier({ ...options, keys: from as never })
  outcomes[`keys ${index}`] = await outcomeOf(() => verifier.check(tokens['good'] ?? ''))
}
outcomes['file'] = await outcomeOf(() => createVerifier({ ...options, keys: { file: 'keys.json' } }))
outcomes['no key'] = await outcomeOf(() => createVerifier({ ...options, keys: { jwk: {} } }).check('a.b.c'))
console.log(JSON.stringify(outcomes))
