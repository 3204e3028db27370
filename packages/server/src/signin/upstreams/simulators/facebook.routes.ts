// A stand-in for Facebook Login: no discovery, no ID token, errors of its own shape, no e-mail address where the
// person declined to share it, and `#_=_` at the end of every redirect.
import { createHmac } from 'node:crypto'
import { type Incoming, json, type Outgoing, type Route } from '../../../platform/http/exchange.ts'
import { dialogueRoutes } from './pages.routes.ts'
import { nameOf, people } from './people.ts'
import type { Granted, Simulator } from './simulator.ts'

const jsonType = { 'content-type': 'application/json; charset=UTF-8' }
const version = '/v25.0'
/** Facebook's tokens for web sign-in live about sixty days. */
const tokenLife = 5_183_944

/** The stand-in’s endpoints. */
export function facebookRoutes(simulator: Simulator): readonly Route[] {
  const path = simulator.path + version
  return [
    // The address takes GET as well as POST; clients of this century post.
    ...(['GET', 'POST'] as const).map(
      (method): Route => ({
        method,
        path: `${path}/oauth/access_token`,
        caller: 'development',
        run: (request) => {
          const form = method === 'GET' ? request.query : request.form
          return token(simulator, { ...request, form })
        },
      }),
    ),
    {
      method: 'GET',
      path: `${path}/me`,
      caller: 'development',
      run: (request) => profile(simulator, request),
    },
    ...dialogueRoutes(simulator, {
      path: `${version}/dialog/oauth`,
      people: people.facebook,
      granted: (person, form) =>
        simulator.back({ code: simulator.grant(person, form, 'AQ'), state: form.get('state') }, '#_=_'),
      refused: (form) =>
        simulator.back(
          {
            error: 'access_denied',
            error_code: '200',
            error_description: 'Permissions error',
            error_reason: 'user_denied',
            state: form.get('state'),
          },
          '#_=_',
        ),
    }),
  ]
}

function token(simulator: Simulator, request: Incoming): Outgoing {
  const { form } = request
  if (!simulator.isClient(request)) return refusal(simulator, 1, 'Error validating client secret.')
  const granted = simulator.redeem(form.get('code'))
  if (granted === null) return refusal(simulator, 100, 'This authorization code has been used.')
  if (form.get('redirect_uri') !== granted.redirectUri) {
    return refusal(
      simulator,
      100,
      'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    )
  }
  if (!simulator.isProven(granted, form.get('code_verifier'))) {
    return refusal(simulator, 1, 'Invalid code_verifier parameter')
  }
  const accessToken = simulator.accessToken(granted, 'EAAB')
  return json(200, { access_token: accessToken, token_type: 'bearer', expires_in: tokenLife }, jsonType)
}

function profile(simulator: Simulator, request: Incoming): Outgoing {
  const found = simulator.bearer(request)
  if (found === null) {
    return refusal(simulator, 190, 'Invalid OAuth access token - Cannot parse access token', 401)
  }
  const proof = request.query.get('appsecret_proof')
  const secret = simulator.upstream.clientSecret.reveal()
  if (proof !== undefined && proof !== createHmac('sha256', secret).update(found.accessToken).digest('hex')) {
    return refusal(simulator, 100, 'Invalid appsecret_proof provided in the API argument')
  }
  const fields = (request.query.get('fields') ?? 'id,name').split(',')
  const answer = Object.entries(profileOf(found.granted)).filter(([name]) => fields.includes(name))
  return json(200, Object.fromEntries(answer), jsonType)
}

function profileOf({ person, scope }: Granted) {
  const mayShare = scope.split(/[ ,]/).includes('email')
  return {
    id: person.id,
    name: nameOf(person),
    first_name: person.givenName,
    last_name: person.familyName,
    ...(person.email === null || !mayShare ? {} : { email: person.email }),
  }
}

function refusal(simulator: Simulator, code: number, message: string, status = 400): Outgoing {
  const type = code === 100 && message.includes('appsecret_proof') ? 'GraphMethodException' : 'OAuthException'
  const trace = `A${simulator.platform.runtime.secret(16)}`
  return json(status, { error: { message, type, code, fbtrace_id: trace } }, jsonType)
}
