import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { KeySet, publicJwk, type SigningKey, type TokenKind, tokenKinds } from '@countersign/protocol'
import { encryptToken, importEncryptionJwk } from '@countersign/protocol/jwe'
import { accessMutant, chanceFrom } from '../../../../../tests/harness/mutants.ts'
import { publicPart, specimen } from '../../../../../tests/harness/specimens.ts'
import { attackedKeys, attacksOn, head, untouched } from '../../../../../tests/harness/token-attacks.ts'
import {
  audience,
  forge,
  goodClaims,
  issuer,
  kinds,
  now,
  outcome,
  signGood,
} from '../../../../../tests/harness/token-kinds.ts'
import { claimWords } from './claim-words.ts'
import { type Inspection, inspect } from './inspect.ts'

const set = JSON.stringify({ keys: attackedKeys.keys.map((key) => publicJwk(key)) })
const expected = { issuer, audience }
const nothing = { key: '', issuer: '', audience: '' }

async function look(token: string, against: Partial<typeof nothing> = {}, at = now): Promise<Inspection> {
  const inspection = await inspect(token, { ...nothing, ...against }, at)
  assert.ok(inspection !== null, 'something was pasted')
  return inspection
}

function check({ checks }: Inspection, name: string): { outcome: string; words: string } {
  const { outcome: is = 'missing', words = '' } = checks.find((one) => one.name === name) ?? {}
  return { outcome: is, words }
}

describe('the verdict is the product’s', () => {
  for (const kind of kinds) {
    test(`a good ${kind} token is accepted, and without a key left open`, async () => {
      const token = untouched(kind)
      const { verdict, checks } = await look(token, { key: set, ...expected })
      // A proof says nothing of the request that it came with.
      assert.equal(verdict.tone, kind === 'dpop' ? 'open' : 'good')
      assert.deepEqual(
        checks.filter(({ outcome: is }) => is !== 'pass'),
        [],
      )
      assert.equal((await look(token)).verdict.tone, 'open')
      assert.equal((await look(token, { key: set })).verdict.tone, 'open', 'whom it is for was not said')
    })

    test(`whatever is refused as ${kind} token is refused here, for the same reason, and said why`, async () => {
      for (const [name, codes, tokens] of attacksOn(kind)) {
        for (const token of tokens) {
          const { verdict, checks } = (await inspect(token, { key: set, ...expected }, now)) ?? {
            verdict: undefined,
            checks: [],
          }
          // What stands around a token is left out, as by whoever reads an Authorization header.
          const bare = token.trim().replace(/^Bearer /, '')
          // Nobody can say of an encrypted token what is in it.
          if (verdict?.title === 'Encrypted') continue
          // By its type alone an ID-JAG is no access token: under that one's type it is read as one.
          if (kind === 'idJag' && name === 'C3.11 another type' && verdict?.tone === 'good') continue
          if (verdict === undefined || verdict.tone !== 'bad') {
            assert.ok(
              bare === '' || outcome(kind, bare, attackedKeys) === 'accepted',
              `${name}: ${token.slice(0, 200)}`,
            )
            continue
          }
          assert.ok(verdict.words.length > 10 && verdict.title.length > 5, name)
          if (checks.length > 0) {
            assert.ok(
              checks.some(({ outcome: is }) => is === 'fail'),
              `${name}: no check fails: ${token.slice(0, 200)}`,
            )
            // A proof is read by its own header first, so two refusals may change places.
            if (kind !== 'dpop' && name !== 'C3.11 another type') {
              assert.ok(codes.includes(verdict.code ?? ''), `${name}: ${verdict.code} (${verdict.words})`)
            }
          }
        }
      }
    })
  }

  test('of five hundred spoiled tokens, those are accepted here that the product accepts, and each refusal has its check', async () => {
    const chance = chanceFrom(20_261_122)
    const keys = [specimen('ES256').key, specimen('EdDSA').key]
    const known = new KeySet(keys)
    const pasted = JSON.stringify({ keys: keys.map((key) => publicJwk(key)) })
    const seen = { accepted: 0, refused: 0 }
    for (let round = 0; round < 500; round++) {
      const token = accessMutant(chance).token.trim()
      const truth = kinds.some((kind) => kind !== 'dpop' && outcome(kind, token, known) === 'accepted')
      const found = await inspect(token, { key: pasted, ...expected }, now)
      assert.equal(found?.verdict.tone === 'good', truth, token)
      const isExplained = found?.checks.some(({ outcome: is }) => is === 'fail') ?? false
      const hasChecks = (found?.checks.length ?? 0) > 0 && found?.verdict.tone === 'bad'
      assert.ok(!hasChecks || isExplained, token)
      seen[truth ? 'accepted' : 'refused']++
    }
    assert.ok(seen.accepted > 20 && seen.refused > 100, JSON.stringify(seen))
  })

  test('each check fails for its own reason', async () => {
    const token = signGood('access', specimen('ES256').key)
    const at = (seconds: number, against = {}) =>
      look(token, { key: set, ...expected, ...against }, now + seconds)
    assert.equal((await at(80)).verdict.code, 'expired')
    assert.match(check(await at(80), 'Time').words, /^It ended on .* UTC, 20 seconds ago\.$/)
    assert.equal((await at(-100)).verdict.code, 'not_yet_valid')
    assert.equal((await at(0, { issuer: `${issuer}/` })).verdict.code, 'wrong_issuer')
    assert.match(check(await at(0, { issuer: `${issuer}/` }), 'Issuer').words, /a slash at the end/)
    assert.equal((await at(0, { audience: 'https://other.test' })).verdict.code, 'wrong_audience')
    const other = JSON.stringify(publicPart(specimen('ES256', 'other').jwk))
    assert.equal((await at(0, { key: other })).verdict.code, 'bad_signature')
    // As an API's log says it: a claim that nobody signed is no reason.
    const several = await at(80, { key: other, issuer: 'https://other.test', audience: 'https://other.test' })
    assert.equal(several.verdict.code, 'bad_signature')
    assert.equal(check(several, 'Audience').outcome, 'fail')
    const unsigned = await look(
      forge({ alg: 'none', typ: 'at+jwt' }, goodClaims.access, specimen('ES256').key),
    )
    assert.equal(unsigned.verdict.title, 'Nobody signed it')
  })

  test('a token beyond every bound is still refused in words', async () => {
    assert.equal((await look('a'.repeat(2_000_000))).verdict.code, 'too_large')
    assert.equal((await look('.'.repeat(900_000))).verdict.tone, 'bad')
  })
})

describe('a key may be pasted as it is found', () => {
  const pem = (alg: 'ES256' | 'ES384' | 'ES512' | 'RS256' | 'PS256' | 'EdDSA', kid?: string) =>
    createPublicKey({ key: publicPart(specimen(alg, kid).jwk) as object, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    }) as string

  for (const alg of ['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA'] as const) {
    test(`${alg}: as PEM, as JWK and in a set`, async () => {
      const { key, jwk } = specimen(alg)
      const token = signGood('access', key)
      const jwkText = JSON.stringify(publicPart(jwk))
      for (const pasted of [pem(alg), `\n${pem(alg)}\n`, jwkText, `{"keys":[${jwkText}]}`]) {
        const found = await look(token, { key: pasted, ...expected })
        assert.equal(found.verdict.tone, 'good', found.verdict.words)
      }
    })
  }

  const byHand = (alg: 'HS256' | 'HS512', secret: string | Buffer): string => {
    const signed = forge({ alg, typ: 'partner-message+jwt' }, goodClaims.partnerMessage, specimen(alg).key)
    const input = signed.slice(0, signed.lastIndexOf('.'))
    const hash = alg === 'HS256' ? 'sha256' : 'sha512'
    return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
  }

  test('a shared secret is read as text and as base64, and what fits is said', async () => {
    const secret = 'correct-horse-battery-staple-correct-horse'
    const asText = await look(byHand('HS256', secret), { key: secret, ...expected })
    assert.equal(asText.verdict.tone, 'good')
    const bytes = Buffer.alloc(48, 7)
    for (const encoding of ['base64', 'base64url'] as const) {
      const found = await look(byHand('HS256', bytes), { key: bytes.toString(encoding), ...expected })
      assert.equal(found.verdict.tone, 'good')
      assert.match(check(found, 'Signature').words, /read as base64/)
    }
  })

  test('a secret that can be guessed proves nothing, even when it fits', async () => {
    const found = await look(byHand('HS256', 'your-256-bit-secret'), {
      key: 'your-256-bit-secret',
      ...expected,
    })
    assert.match(check(found, 'Key').words, /too weak/)
    assert.equal(found.verdict.tone, 'bad')
    assert.equal(check(found, 'Signature').outcome, 'unknown')
  })

  test('no shared secret makes an access token, however well it fits', async () => {
    const token = forge({ alg: 'HS256', typ: 'at+jwt' }, goodClaims.access, specimen('HS256').key)
    const found = await look(token, { key: JSON.stringify(specimen('HS256').jwk), ...expected })
    assert.equal(found.verdict.tone, 'bad')
    assert.equal(check(found, 'Signature').outcome, 'pass')
    assert.match(check(found, 'Key').words, /Nobody takes an access token that a shared secret signs/)
  })

  test('a public key is never tried as a secret, and the trick is named [C3.2]', async () => {
    const text = pem('RS256')
    for (const secret of [text, text.trim()]) {
      const found = await look(byHand('HS256', secret), { key: text, ...expected })
      assert.equal(found.verdict.tone, 'bad')
      assert.match(
        check(found, 'Signature').words,
        /asks for a shared secret \(HS256\), and this key is public/,
      )
    }
  })

  const refused: readonly (readonly [what: string, pasted: string, says: RegExp])[] = [
    ['a private JWK', JSON.stringify(specimen('ES256').jwk), /This is a private key/],
    [
      'a private PEM key',
      '-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----',
      /This is a private key/,
    ],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', /-pubkey/],
    ['half a PEM key', '-----BEGIN PUBLIC KEY-----\nMFkw', /Copy it from BEGIN to END/],
    [
      'a PEM key that is none',
      '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----',
      /not spoken here/,
    ],
    ['metadata', '{"issuer":"https://a.test","jwks_uri":"https://a.test/keys"}', /jwks_uri/],
    ['half a JWK', '{"kty":"EC"', /not strict JSON/],
    ['a set of nothing', '{"keys":[]}', /no usable key/],
    [
      'a point off its curve',
      JSON.stringify({ ...publicPart(specimen('ES256').jwk), x: specimen('ES256').jwk['y'] }),
      /damaged/,
    ],
    [
      'RSA of 512 bits',
      JSON.stringify({ kty: 'RSA', e: 'AQAB', n: Buffer.alloc(64, 0xff).toString('base64url') }),
      /too weak/,
    ],
  ]
  for (const [what, pasted, says] of refused) {
    test(`${what} is no key to check with, and it is said why`, async () => {
      const found = await look(untouched('access'), { key: pasted, ...expected })
      assert.match(check(found, 'Key').words, says)
      assert.equal(found.verdict.tone, 'bad')
    })
  }
})

test('a proof is held against the key that it carries, whatever else is pasted', async () => {
  const token = untouched('dpop')
  const other = JSON.stringify(publicPart(specimen('ES256', 'other').jwk))
  for (const key of ['', other]) {
    const found = await look(token, { key, ...expected })
    assert.equal(found.verdict.title, 'A sound DPoP proof')
    assert.equal(check(found, 'Signature').words, 'It was made with the key that the proof carries.')
  }
})

test('where the browser has no Web Crypto, everything but the signature is said', async (t) => {
  const platform = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  assert.ok(platform !== undefined)
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: {} })
  t.after(() => Object.defineProperty(globalThis, 'crypto', platform))
  const found = await look(untouched('access'), { key: set, ...expected })
  assert.equal(found.verdict.tone, 'open')
  assert.match(check(found, 'Signature').words, /on https and on localhost alone/)
})

test('an encrypted token shows its header, and the rest stays closed', async () => {
  const { key } = specimen('ES256')
  const { d: _d, ...recipient } = specimen('ES256', 'recipient').jwk
  const encryption = await importEncryptionJwk({ ...recipient, alg: 'ECDH-ES' })
  const token = await encryptToken(signGood('access', key), encryption)
  const { verdict, parts, checks } = await look(token)
  assert.equal(verdict.title, 'Encrypted')
  assert.equal(parts.length, 5)
  assert.deepEqual(
    parts.map(({ members }) => members.length > 0),
    [true, false, false, false, false],
  )
  assert.ok(checks.every(({ outcome: is }) => is !== 'fail'))
  const bomb = `${Buffer.from('{"alg":"ECDH-ES","enc":"A256GCM","zip":"DEF"}').toString('base64url')}..AA.AA.AA`
  assert.equal((await look(bomb)).verdict.words, 'It has zip, which is never accepted.')
})

test('what is no token at all is recognised', async () => {
  const { key, jwk } = specimen('ES256')
  for (const [pasted, title] of [
    [JSON.stringify(jwk), 'A key, not a token'],
    [JSON.stringify({ access_token: signGood('access', key) }), 'A whole answer of a server'],
    ['the quick brown fox', 'Not a token with parts'],
    [JSON.stringify({ payload: 'e30', signatures: [] }), 'A token in JSON form'],
  ] as const) {
    assert.equal((await look(pasted)).verdict.title, title)
  }
  for (const empty of ['', ' ', '\n']) assert.equal(await inspect(empty, nothing, now), null)
})

test('a word in front of the token, and spaces around it, are left out and mentioned', async () => {
  const token = untouched('access')
  assert.match(check(await look(`Bearer ${token}`), 'Form').words, /The word before it/)
  assert.match(check(await look(` ${token}\n`), 'Form').words, /Spaces or line ends around it/)
})

test('every claim that a kind of token needs is explained', () => {
  for (const kind of kinds) {
    for (const name of tokenKinds[kind].required) assert.ok(claimWords.has(name), name)
  }
})

describe('a hostile token', () => {
  const signed = (claims: object, kind: TokenKind = 'access', key: SigningKey = specimen('ES256').key) =>
    forge(head(kind), claims, key)
  const member = async (claims: object, name: string) => {
    const { parts } = await look(signed(claims))
    return parts[1]?.members.find((one) => one.name === name)
  }

  test('can hide no character, and turn no text around', async () => {
    const hidden = '\u202e\u2066\u200b\u00ad\u0000\u001b\ufeff\u00a0\u{e0041}'
    const { parts } = await look(signed({ [`a${hidden}`]: hidden }))
    const shown = JSON.stringify(parts[1]?.members)
    assert.doesNotMatch(shown, /[\p{Cf}\p{Cc}\u00a0]/u)
    assert.ok(shown.includes('u{202e}') && shown.includes('u{e0041}'))
  })

  test('of a hundred thousand items shows forty, and counts the rest', async () => {
    const roles = await member({ roles: Array(100_000).fill('r') }, 'roles')
    assert.equal(roles?.leftOut, '99,960 more items are not shown.')
    assert.ok((roles?.value.length ?? 0) < 1500)
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`name${at}`, at]))
    const { parts } = await look(signed(many))
    assert.equal(parts[1]?.members.length, 200)
    assert.match(parts[1]?.words ?? '', /19,800 more members/)
    assert.equal((await member({ many }, 'many'))?.leftOut, 'More of it is not shown.')
    const text = await member({ text: 'x'.repeat(500_000) }, 'text')
    assert.equal(text?.leftOut, '498,800 more characters are not shown.')
  })

  test('with names of JavaScript’s own is explained by none of them', async () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      assert.equal((await member({ [name]: 1 }, name))?.isPrivate, true)
    }
  })

  test('with times of no calendar is refused, not stumbled over', async () => {
    for (const exp of [1e300, -1e300, 9e15, 1_800_000_000_000]) {
      const found = await member({ exp }, 'exp')
      assert.ok(found?.meaning !== undefined && found.meaning !== '')
    }
    assert.match((await member({ exp: 1_800_000_000_000 }, 'exp'))?.meaning ?? '', /probably milliseconds/)
  })
})
