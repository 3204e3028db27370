// A web application of the kind that is out there: Express, Passport, `passport-openidconnect`. The library knows no
// PKCE, which this server wants of every client; a subclass adds it where the library lets one.
import { createHash, randomBytes } from 'node:crypto'
import express, { type Request } from 'express'
import passport from 'passport'
import { Strategy } from 'passport-openidconnect'

class PkceStrategy extends Strategy {
  override authenticate(request: Request, options?: object): void {
    const { session } = request
    // Passport makes an object of its own for each request: what is set here is for this one alone.
    const tokens = this._oauth2
    this._oauth2 = Object.assign(Object.create(tokens), {
      getOAuthAccessToken: (code: string, params: Record<string, string>, callback: unknown) =>
        tokens.getOAuthAccessToken(code, { ...params, code_verifier: String(session['verifier']) }, callback),
    })
    if (!request.query['code']) session['verifier'] = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(String(session['verifier'])).digest('base64url')
    super.authenticate(request, { ...options, challenge })
  }

  override authorizationParams({ challenge }: { challenge?: string }): Record<string, string> {
    return challenge ? { code_challenge: challenge, code_challenge_method: 'S256' } : {}
  }
}

export interface AppOptions {
  readonly issuer: string
  readonly origin: string
  readonly clientId: string
  readonly clientSecret: string
  /** False: the library as it is. */
  readonly pkce: boolean
}

export function webApplication({ issuer, origin, pkce, ...client }: AppOptions): express.Express {
  const settings = {
    issuer,
    authorizationURL: `${issuer}/oauth/authorize`,
    tokenURL: `${issuer}/oauth/token`,
    userInfoURL: `${issuer}/oauth/userinfo`,
    clientID: client.clientId,
    clientSecret: client.clientSecret,
    callbackURL: `${origin}/callback`,
    scope: 'profile email',
    nonce: true,
    skipUserProfile: false,
  }
  const people = new passport.Passport()
  people.use(
    'countersign',
    new (pkce ? PkceStrategy : Strategy)(settings, (_issuer, profile, _context, _idToken, done) =>
      done(null, { id: profile.id, name: profile.displayName, email: profile.emails?.[0]?.value }),
    ),
  )
  people.serializeUser((user, done) => done(null, user))
  people.deserializeUser((user, done) => done(null, user))

  const app = express()
  app.use(sessions(), people.initialize(), people.session())
  app.get('/', (request, response) => void response.json(request.user ?? null))
  app.get('/login', people.authenticate('countersign'))
  app.get(
    '/callback',
    people.authenticate('countersign', { successRedirect: '/', failureRedirect: '/denied' }),
  )
  app.get('/denied', (_request, response) => void response.json('denied'))
  const problem: express.ErrorRequestHandler = (error: { code?: string }, _request, response, _next) =>
    void response.status(500).json({ error: error.code })
  return app.use(problem)
}

declare global {
  namespace Express {
    interface Request {
      session: Record<string, unknown>
    }
  }
}

/** As much of `express-session` as Passport asks for: sessions in memory, made anew at sign-in. */
export function sessions(): express.RequestHandler {
  const all = new Map<string, Record<string, unknown>>()
  return (request, response, next) => {
    const known = all.get(request.headers.cookie?.match(/(?:^|; )app=([\w-]+)/)?.[1] ?? '')
    const renew = (): void => {
      const id = randomBytes(16).toString('base64url')
      response.setHeader('set-cookie', `app=${id}; HttpOnly; SameSite=Lax; Path=/`)
      request.session = { save: (done: () => void) => done(), regenerate }
      all.set(id, request.session)
    }
    const regenerate = (done: () => void): void => {
      renew()
      done()
    }
    if (known) request.session = Object.assign(known, { regenerate })
    else renew()
    next()
  }
}
