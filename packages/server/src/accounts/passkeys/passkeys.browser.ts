// The script of every page that makes or shows a passkey (WebAuthn Level 3 §5.1). A place on the page, hidden until this
// runs, says what to ask the authenticator for; the answer goes into fields of the form around it, and the form is sent as
// any other. Bytes are turned into text and back here rather than by `toJSON`, which extensions that keep passkeys and
// older browsers lack.

/** Milliseconds after which a challenge is asked for anew; it is good for five minutes. */
const renewAfter = 240_000

interface Described {
  id: string
}

/** The options as the page holds them: JSON, with bytes as base64url. */
interface Options {
  challenge: string
  user?: Described
  allowCredentials?: Described[]
  excludeCredentials?: Described[]
}

/** What the address to renew from answers. */
interface Renewed {
  options: Options
  ticket: string
}

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))

const text = (buffer: ArrayBuffer | null | undefined): string | undefined =>
  buffer
    ? btoa(String.fromCharCode(...new Uint8Array(buffer)))
        .replace(/\+/g, '-')
        .replace(/\//g, '_')
        .replace(/=/g, '')
    : undefined

const described = (list: Described[] | undefined) =>
  (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }))

/** Has the authenticator make a passkey, or sign with one. */
const ask = (
  ceremony: string | undefined,
  options: Options,
  signal: AbortSignal,
  mediation?: CredentialMediationRequirement,
): Promise<Credential | null> => {
  const challenge = bytes(options.challenge)
  if (ceremony === 'create') {
    const publicKey = {
      ...options,
      challenge,
      user: { ...options.user, id: bytes(options.user?.id ?? '') },
      excludeCredentials: described(options.excludeCredentials),
    } as unknown as PublicKeyCredentialCreationOptions
    return navigator.credentials.create({ publicKey, signal })
  }
  const publicKey = {
    ...options,
    challenge,
    allowCredentials: described(options.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions
  return navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) })
}

/** The answer as the server reads it. */
const answerOf = (credential: Credential | null): string => {
  const { id, type, response } = credential as PublicKeyCredential
  const said = response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse
  const shown = {
    clientDataJSON: text(said.clientDataJSON),
    attestationObject: text(said.attestationObject),
    transports: said.getTransports?.(),
    authenticatorData: text(said.attestationObject ? null : said.authenticatorData),
    signature: text(said.signature),
    userHandle: text(said.userHandle),
  }
  return JSON.stringify({ id, rawId: id, type, response: shown })
}

const fill = (place: HTMLElement, which: '[data-answer]' | '[data-ticket]', value: string): void => {
  const field = place.querySelector<HTMLInputElement>(which)
  if (field) field.value = value
}

/** Shows the words for an error of this name, or those for any other; null for none. */
const say = (place: HTMLElement, name: string | null): void => {
  const words = [...place.querySelectorAll<HTMLElement>('[data-on]')]
  for (const one of words) one.hidden = true
  const fitting = words.find((one) => one.dataset.on === name) ?? words.find((one) => one.dataset.on === '')
  if (fitting && name !== null) fitting.hidden = false
}

const open = (place: HTMLElement): void => {
  const form = place.closest('form')
  const { passkey: ceremony, autofill, renew } = place.dataset
  if (form === null) return
  let options = JSON.parse(place.dataset.options ?? '{}') as Options
  let since = Date.now()
  let waiting = new AbortController()

  /** One ceremony at a time: a newer one ends that which waits. */
  const begin = async (mediation?: CredentialMediationRequirement): Promise<void> => {
    waiting.abort()
    waiting = new AbortController()
    fill(place, '[data-answer]', answerOf(await ask(ceremony, options, waiting.signal, mediation)))
    // Not requestSubmit: nobody is to be asked a second time.
    form.submit()
  }
  const isStale = () => Date.now() - since >= renewAfter
  const refresh = async (): Promise<void> => {
    if (!renew || !isStale()) return
    const answer = (await (await fetch(renew)).json()) as Renewed
    options = answer.options
    fill(place, '[data-ticket]', answer.ticket)
    since = Date.now()
  }
  const offer = async (): Promise<void> => {
    // It ends by the button, by a newer challenge, or by the person: then the button is still there.
    if (await PublicKeyCredential.isConditionalMediationAvailable?.())
      await begin('conditional').catch(() => undefined)
  }

  form.onsubmit = async (event) => {
    event.preventDefault()
    say(place, null)
    try {
      await refresh()
      await begin()
    } catch (error) {
      say(place, error instanceof Error ? error.name : '')
      if (autofill !== undefined) await offer()
    }
  }
  if (autofill !== undefined) {
    const keepFresh = async (): Promise<void> => {
      if (document.hidden || !isStale()) return
      // Away from the network: the next time.
      await refresh().then(offer, () => undefined)
    }
    void offer()
    setInterval(keepFresh, 30_000)
    document.addEventListener('visibilitychange', keepFresh)
  }
  place.hidden = false
}

/** Tells whoever keeps this person's passkeys which of them still work here, and their name (§5.1.10). */
const tell = (place: HTMLElement): void => {
  const api = PublicKeyCredential as unknown as Record<string, ((told: unknown) => Promise<void>) | undefined>
  const { accepted, details } = JSON.parse(place.dataset.accepted ?? '{}') as Record<string, unknown>
  void api['signalAllAcceptedCredentials']?.(accepted).catch(() => undefined)
  void api['signalCurrentUserDetails']?.(details).catch(() => undefined)
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const place of document.querySelectorAll<HTMLElement>('[data-passkey]')) open(place)
  for (const place of document.querySelectorAll<HTMLElement>('[data-accepted]')) tell(place)
}
