// The browser client as one value: sign in, stay signed in, call the API, sign out; in every tab.
import { readAnswer, request } from './authorize.ts'
import { type BasicClientOptions, type BasicSession, basicSession } from './basic.ts'
import { cookieKeeper } from './cookie.ts'
import { directKeeper } from './direct.ts'
import { AuthError, asAuthError } from './errors.ts'
import { createEvents, type Listener } from './events.ts'
import { fetchWith } from './fetch.ts'
import { type Held, hold } from './held.ts'
import { keepFresh, restore } from './renewal.ts'
import { type Settings, settle } from './settings.ts'
import { answerFrame } from './silent.ts'
import { begin, forgetAll, take } from './transaction.ts'
import type { ClientOptions, Keeper, SessionEvents, SignInOptions, SignOutOptions, User } from './types.ts'

/** Who is signed in on this page, and everything that can be done about it. */
export interface Session {
  /** Resolves when it is known whether someone is signed in, with the person or null. Never rejects. */
  readonly ready: Promise<User | null>
  /** The person now; null when nobody is signed in, and before `ready`. */
  readonly user: User | null
  /** Goes to the sign-in page. Resolves only when the person comes back by the Back button. @throws AuthError */
  signIn(options?: SignInOptions): Promise<void>
  /** Like `signIn`, at the sign-up page if the server can be asked for that. */
  signUp(options?: SignInOptions): Promise<void>
  /**
   * Forgets the tokens here and in every tab, revokes them, then ends the server's session where its metadata says how.
   * @throws AuthError `network` when the server could not be told; here it is done all the same
   */
  signOut(options?: SignOutOptions): Promise<void>
  /** The person, once it is known whether there is one. */
  getUser(): Promise<User | null>
  /**
   * An access token that still lives, or null: nobody is signed in, or your back end keeps the tokens.
   * @throws AuthError when it has expired and could not be renewed; the person stays signed in
   */
  getToken(): Promise<string | null>
  /** `fetch` that adds the access token, to listed origins only. */
  readonly fetch: typeof fetch
  /** Listens; a late listener is told how things stand. Always asynchronous. Returns the way to stop. */
  on<Name extends keyof SessionEvents>(event: Name, listener: Listener<Name>): () => void
  /** Takes the answer in `href` if it is one. Happens by itself on the page that the client is created on. */
  handleCallback(href?: string): Promise<User | null>
  /** Stops timers and listeners. The person stays signed in. */
  close(): void
}

/** Creates the session of a page whose API takes a name and a password with each request, and nothing else. */
export function createClient(options: BasicClientOptions): BasicSession
/**
 * Creates the session of this page. One per page and client.
 *
 * @example
 * const session = createClient({ issuer: 'https://auth.example.com', clientId: 'shop' })
 * session.on('login', (user) => greet(user.name))
 */
export function createClient(options: ClientOptions): Session
export function createClient(options: BasicClientOptions | ClientOptions): BasicSession | Session {
  return options.mode === 'basic' ? basicSession(options) : tokenSession(options)
}

function tokenSession(options: ClientOptions): Session {
  const closing = new AbortController()
  const settings = settle(options, closing.signal)
  // At once, before any other script sees the code in the address.
  const answer = takeAnswer(settings, location.href)
  const framed = answer && answerFrame(answer)
  if (framed) closing.abort()

  const events = createEvents()
  const keeper = settings.base === undefined ? directKeeper(settings) : cookieKeeper(settings, settings.base)
  const find = () => restore(settings, keeper, events, held)
  const held = hold(settings, keeper, events, find)
  const renewal = keepFresh(settings, keeper, events, held)
  const authorizedFetch = fetchWith(settings, held, renewal)
  const user = () => held.now()?.user ?? null

  const start = async () => {
    const failure = answer && (await complete(settings, keeper, held, answer))
    if (!held.now()) await find()
    // The Back button leads to the server, which answers at once, a second time: no news for who is signed in.
    if (failure && !(held.now() && failure.code === 'state_mismatch')) events.emit('error', failure)
    return user()
  }
  // In a silent frame there is nothing to do: whoever waits, waits until the frame is gone.
  const ready = framed ? new Promise<never>(() => {}) : start()

  return {
    ready,
    get user() {
      return user()
    },
    signIn: (asked) => goSignIn(settings, asked),
    signUp: (asked) => goSignIn(settings, { ...asked, prompt: 'create' }),
    async signOut({ everywhere = true, returnTo = settings.home } = {}) {
      await ready
      const tokens = held.now()
      held.drop()
      forgetAll(settings.name)
      const url = tokens && (await keeper.end(tokens, returnTo))
      if (url && everywhere) await leave(url)
    },
    getUser: () => ready.then(user),
    getToken: () => ready.then(renewal.fresh).then((tokens) => tokens?.accessToken ?? null),
    async fetch(input, init) {
      await ready
      return authorizedFetch(input, init)
    },
    on: events.on,
    async handleCallback(href = location.href) {
      await ready
      const late = takeAnswer(settings, href)
      const failure = late && (await complete(settings, keeper, held, late))
      if (failure) events.emit('error', failure)
      return user()
    },
    close: () => closing.abort(),
  }
}

async function goSignIn(settings: Settings, asked: SignInOptions = {}): Promise<void> {
  const { transaction, url } = await request(settings, { returnTo: location.href, ...asked })
  begin(settings.name, transaction)
  await leave(url)
}

/** The answer in this address, if it is the callback's; the address bar is then clean. */
function takeAnswer({ redirectUri }: Settings, href: string): URLSearchParams | undefined {
  const url = new URL(href)
  const callback = new URL(redirectUri)
  const answer = url.searchParams
  if (url.origin !== callback.origin || url.pathname !== callback.pathname) return undefined
  if (!answer.has('state') || !(answer.has('code') || answer.has('error'))) return undefined
  history.replaceState(history.state, '', redirectUri)
  return answer
}

/** Redeems an answer and goes to where the person wanted to be. Returns why it was no use, if it wasn't. */
async function complete(
  settings: Settings,
  keeper: Keeper,
  held: Held,
  answer: URLSearchParams,
): Promise<AuthError | undefined> {
  let returnTo: string | undefined
  let failure: AuthError | undefined
  try {
    const transaction = take(settings.name, answer.get('state'))
    // RFC 6749 §10.12: an answer that nobody in this tab asked for could sign the person in as somebody else.
    if (!transaction) throw new AuthError('state_mismatch')
    returnTo = transaction.returnTo
    held.accept(await keeper.redeem(await readAnswer(settings, answer), transaction))
    forgetAll(settings.name)
  } catch (error) {
    failure = asAuthError(error)
  }
  settings.navigate(settings.localPath(returnTo))
  return failure
}

/** Leaves the page; the promise outlives it only in the browser's back/forward cache. */
const leave = (url: string): Promise<void> =>
  new Promise((resolve) => {
    addEventListener('pageshow', (event) => event.persisted && resolve())
    location.assign(url)
  })
