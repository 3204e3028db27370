// The script of every page that makes or shows a passkey (WebAuthn Level 3 §5.1). A place on the page, hidden until this
// runs, says what to ask the authenticator for; the answer goes into fields of the form around it, and the form is sent as
// any other. Bytes are turned into text and back here rather than by `toJSON`, which extensions that keep passkeys
// and older browsers lack.

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

const open = (place: HTMLElement): void => {
  const form = place.closest('form')
  const { passkey: ceremony, autofill, renew } = place.dataset
  if (form === null) return
  let options = JSON.parse(place.dataset.options ?? '{}') as Options
  let asked = Date.now()
  let waiting = new AbortController()

  const fill = (which: '[data-answer]' | '[data-ticket]', value: string): void => {
    const field = place.querySelector<HTMLInputElement>(which)
    if (field) field.value = value
  }
  /** Shows the words for an error of this name, or those for any other. */
  const say = (name: string | null): void => {
    const words = [...place.querySelectorAll<HTMLElement>('[data-on]')]
    for (const one of words) one.hidden = true
    const fitting = words.find((one) => one.dataset.on === name) ?? words.find((one) => one.dataset.on === '')
    if (fitting && name !== null) fitting.hidden = false
  }
  const ask = (mediation?: CredentialMediationRequirement): Promise<Credential | null> => {
    waiting.abort()
    waiting = new AbortController()
    const { signal } = waiting
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
  const send = (credential: Credential | null): void => {
    const { id, type, response } = credential as PublicKeyCredential
    const made = response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse
    const shown = {
      clientDataJSON: text(made.clientDataJSON),
      attestationObject: text(made.attestationObject),
      transports: made.getTransports?.(),
      authenticatorData: text(made.attestationObject ? null : made.authenticatorData),
      signature: text(made.signature),
      userHandle: text(made.userHandle),
    }
    fill('[data-answer]', JSON.stringify({ id, rawId: id, type, response: shown }))
    // Not requestSubmit: nobody is to be asked a second time.
    form.submit()
  }
  const refresh = async (): Promise<void> => {
    if (!renew || Date.now() - asked < renewAfter) return
    const answer = (await (await fetch(renew)).json()) as Renewed
    options = answer.options
    fill('[data-ticket]', answer.ticket)
    asked = Date.now()
  }
  const offer = async (): Promise<void> => {
    try {
      send(await ask('conditional'))
    } catch {
      // Ended by the button, by a newer challenge, or by the person: the button is still there.
    }
  }

  form.onsubmit = (event) => {
    event.preventDefault()
    say(null)
    void (async () => {
      try {
        await refresh()
        send(await ask())
      } catch (error) {
        say(error instanceof Error ? error.name : '')
        if (autofill !== undefined) void offerWhereItCan()
      }
    })()
  }
  const offerWhereItCan = async (): Promise<void> => {
    if (await PublicKeyCredential.isConditionalMediationAvailable?.()) void offer()
  }
  if (autofill !== undefined) {
    void offerWhereItCan()
    const keepFresh = async (): Promise<void> => {
      if (document.hidden || Date.now() - asked < renewAfter) return
      try {
        await refresh()
        await offerWhereItCan()
      } catch {
        // Away from the network: the next time.
      }
    }
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
