// Who acts, who may, and what a token that is bound to a key becomes (RFC 8693 §2.1, §4.1, §4.4; RFC 9449).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AccessClaims, digest, formatOpaque, signToken } from '@countersign/protocol'
import { type Holder, holder } from '../binding/holder.fixture.ts'
import {
  bank,
  claimsIn,
  codeFor,
  exchange,
  introspected,
  ledger,
  type OAuthHouse,
  secret,
  tokensFor,
} from '../house.ts'
import { insertAccessToken } from '../tokens/access-tokens.store.ts'
import {
  archive,
  exchanged,
  exchangeToken,
  openExchangeHouse,
  ownToken,
  refusal,
  tokenOfAda,
} from './exchange.fixture.ts'

const actorType = { actor_token_type: 'urn:ietf:params:oauth:token-type:access_token' }

let house: OAuthHouse
before(async () => {
  house = await openExchangeHouse()
})
after(() => house.close())

/** A token of Ada's for the bank that says what none of ours says by itself. */
async function saying(claims: Partial<AccessClaims>): Promise<string> {
  const said = { ...claimsIn(await tokenOfAda(house)), ...claims } as AccessClaims
  return signToken('access', said, house.room.keyring.signingKey('ES256'))
}

describe('Who acts', () => {
  test('is the client itself, or whose token it shows beside', async () => {
    const actor = await ownToken(house)
    const more = { resource: archive, actor_token: actor, ...actorType }
    const claims = claimsIn(await exchanged(house, await tokenOfAda(house), more))
    assert.deepEqual(claims['act'], { sub: 'machine' })
    assert.equal(claims['client_id'], 'teller')
    assert.deepEqual(claims['via'], ['web', 'machine'], 'and it dies with the actor')
  })

  test('is said even by who may impersonate, if there is an actor', async () => {
    const more = { client_id: 'support', actor_token: await ownToken(house), ...actorType }
    assert.deepEqual(claimsIn(await exchanged(house, await tokenOfAda(house), more))['act'], {
      sub: 'machine',
    })
  })

  test('is no person, and nobody whose token is dead, foreign or none', async () => {
    const subject = await tokenOfAda(house)
    const withActor = (actor: unknown) =>
      refusal(house, subject, { resource: archive, actor_token: String(actor), ...actorType })
    const foreign = await ownToken(house, { scope: 'ledger:read' })
    const delegated = await exchanged(house, await ownToken(house), { resource: archive })
    for (const actor of [await tokenOfAda(house), foreign, delegated, 'csat_x', 'x'])
      assert.equal(await withActor(actor), 'invalid_request')
  })

  test('ends with the actor’s token, if that is the first to end', async () => {
    const actor = await ownToken(house)
    house.runtime.advance(200)
    const subject = await tokenOfAda(house)
    const more = { resource: archive, actor_token: actor, ...actorType }
    const given = claimsIn(await exchanged(house, subject, more))
    assert.equal(given['exp'], claimsIn(actor)['exp'])
    assert.ok(Number(given['exp']) < Number(claimsIn(subject)['exp']))
  })

  test('is not named twice in a row, however often a client exchanges its own', async () => {
    const teller = { resource: ledger }
    const first = await exchanged(house, await tokenOfAda(house), teller)
    const keeper = { client_id: 'keeper', resource: archive }
    assert.deepEqual(claimsIn(await exchanged(house, first, keeper))['act'], {
      sub: 'keeper',
      act: { sub: 'teller' },
    })
    const actor = { actor_token: await ownToken(house), ...actorType, resource: archive }
    const acting = await exchanged(house, await saying({ act: { sub: 'machine' } }), actor)
    assert.deepEqual(claimsIn(acting)['act'], { sub: 'machine' })
  })

  test('is a chain of five at most, and as many clients', async () => {
    const chain = (length: number): AccessClaims['act'] => {
      let act: AccessClaims['act']
      for (let at = 0; at < length; at++) act = { sub: `actor-${at}`, ...(act !== undefined && { act }) }
      return act
    }
    const token = async (length: number) => saying({ act: chain(length) ?? { sub: 'nobody' } })
    const asked = { resource: archive }
    const { act } = claimsIn(await exchanged(house, await token(4), asked))
    assert.equal(JSON.stringify(act).split('"sub"').length - 1, 5)
    assert.equal(await refusal(house, await token(5), asked), 'invalid_request')

    const hands = ['machine', 'other', 'bank-api', 'keeper']
    assert.deepEqual(claimsIn(await exchanged(house, await saying({ via: hands }), asked))['via'], [
      ...hands,
      'web',
    ])
    const more = [...hands, 'archivist']
    assert.equal(await refusal(house, await saying({ via: more }), asked), 'invalid_request')
  })
})

describe('A subject that names who may act for it (may_act)', () => {
  const permitted: Record<string, [Record<string, unknown>, string | null]> = {
    'this client': [{ sub: 'teller' }, null],
    'this client of ours': [{ sub: 'teller', iss: 'http://localhost:4400' }, null],
    'another client': [{ sub: 'keeper' }, 'invalid_request'],
    'a client of that name elsewhere': [{ sub: 'teller', iss: 'https://id.example' }, 'invalid_request'],
    'somebody by what is not understood here': [{ sub: 'teller', email: 'a@b.example' }, 'invalid_request'],
    'nobody at all': [{}, 'invalid_request'],
  }
  for (const [name, [mayAct, error]] of Object.entries(permitted)) {
    test(`a subject that names ${name} is ${error === null ? 'exchanged' : 'refused'}`, async () => {
      assert.equal(await refusal(house, await saying({ may_act: mayAct }), { resource: archive }), error)
    })
  }

  test('goes on saying so', async () => {
    const given = await exchanged(house, await saying({ may_act: { sub: 'teller' } }), { resource: ledger })
    assert.equal(await refusal(house, given, { client_id: 'keeper', resource: archive }), 'invalid_request')
    assert.deepEqual((await introspected(house, given, 'keeper'))['may_act'], { sub: 'teller' })
  })

  test('as an opaque token too', async () => {
    const { database, runtime } = house
    const token = formatOpaque('csat', runtime.secret())
    const claims = {
      ...claimsIn(await tokenOfAda(house)),
      may_act: { sub: 'keeper' },
    } as unknown as AccessClaims
    await database.commit([
      insertAccessToken(database, digest(token), { ...claims, jti: 'mine' }, claims.sub),
    ])
    assert.equal((await introspected(house, token, 'bank-api'))['active'], true)
    assert.equal(await refusal(house, token, { resource: archive }), 'invalid_request')
  })
})

describe('A token that is bound to a key', () => {
  let hers: Holder
  let tellers: Holder
  before(() => {
    hers = holder(house, 'hers')
    tellers = holder(house, 'the teller’s')
  })

  const boundTo = async (key: Holder, own = 'web') => {
    const uri = own === 'site' ? { redirect_uri: 'https://site.example/callback' } : {}
    const asked = { client_id: own, scope: 'accounts:read transfers:write', ...uri }
    const code = (await codeFor(await house.signedIn(), asked)).get('code')
    const as = { client_id: own, client_secret: secret }
    return (await exchange(house.visitor(), code, as, key.headers())).json()['access_token']
  }

  test('RT-10: becomes one that is bound to the key of the API that it was sent to', async () => {
    const answer = await exchangeToken(house, await boundTo(hers), { resource: archive }, tellers.headers())
    const { access_token: given, token_type: type } = answer.json()
    assert.equal(type, 'DPoP')
    assert.deepEqual(claimsIn(given)['cnf'], { jkt: tellers.thumbprint })
  })

  test('RT-10: becomes no bearer token', async () => {
    assert.equal(await refusal(house, await boundTo(hers), { resource: archive }), 'invalid_dpop_proof')
  })

  test('RT-10: is of use to the client that it was given to with its own key alone', async () => {
    const token = await boundTo(hers, 'site')
    const own = { client_id: 'site', scope: 'accounts:read' }
    assert.equal(await refusal(house, token, own), 'invalid_dpop_proof')
    const byOther = await exchangeToken(house, token, own, tellers.headers())
    assert.equal(byOther.json()['error'], 'invalid_request')
    const answer = await exchangeToken(house, token, own, hers.headers())
    assert.deepEqual(claimsIn(answer.json()['access_token'])['cnf'], { jkt: hers.thumbprint })
  })

  test('RT-10: a proof is good for one exchange', async () => {
    const token = await boundTo(hers)
    const headers = tellers.headers()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => exchangeToken(house, token, { resource: archive }, headers)),
    )
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 400, 400, 400, 400])
  })

  test('an unbound one may become a bound one', async () => {
    const { access_token: token } = await tokensFor(house, { scope: 'openid accounts:read', resource: bank })
    const answer = await exchangeToken(house, token, { resource: archive }, tellers.headers())
    assert.deepEqual(claimsIn(answer.json()['access_token'])['cnf'], { jkt: tellers.thumbprint })
  })
})
