import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import { type Egress, EgressFailure } from '../../platform/http/egress.ts'
import { createClient } from '../clients/registration.ts'
import { authorizeUrl, openOAuthHouse, secret } from '../house.ts'
import { clientLogos, logoIn } from './logos.ts'

const png = Buffer.from('89504e470d0a1a0a00', 'hex')
const uri = 'https://shop.example/logo.png'

test('a logo is what begins like a picture without script, however it is called', () => {
  assert.equal(logoIn(png), `data:image/png;base64,${png.toString('base64')}`)
  for (const [kind, hex] of [
    ['jpeg', 'ffd8ffe0'],
    ['gif', '474946383961'],
    ['webp', '524946460000000057454250'],
  ] as const)
    assert.match(logoIn(Buffer.from(hex, 'hex')) ?? '', new RegExp(`^data:image/${kind};`))
  for (const text of ['', '<svg xmlns="http://www.w3.org/2000/svg"/>', '<script>', 'RIFF0000WAVE'])
    assert.equal(logoIn(Buffer.from(text)), null, text)
  assert.equal(logoIn(Buffer.concat([png, Buffer.alloc(32 * 1024)])), null)
})

test('C25: it is fetched by the one way out, once for everybody, and not again at once where it could not be had', async () => {
  let asked: string[] = []
  let answer: () => Response = () => new Response(png)
  const egress: Egress = async (address) => {
    asked.push(address)
    return answer()
  }
  const house = await openHouse({ egress })
  const logos = clientLogos(house)
  const both = await Promise.all([logos.of({ logoUri: uri }), logos.of({ logoUri: uri })])
  assert.deepEqual([asked, both[0] === both[1], both[0] !== null], [[uri], true, true])
  assert.equal(await logos.of({ logoUri: null }), null)
  house.runtime.advance(3601)
  asked = []
  answer = () => {
    throw new EgressFailure('address_refused')
  }
  assert.equal(await logos.of({ logoUri: uri }), null)
  house.runtime.advance(299)
  assert.equal(await logos.of({ logoUri: uri }), null)
  assert.equal(asked.length, 1)
  house.runtime.advance(2)
  await logos.of({ logoUri: uri })
  assert.equal(asked.length, 2)
  await house.close()
})

test('AZ-18: the pages show it without a request of the browser’s', async () => {
  const oauth = await openOAuthHouse({ house: await openHouse({ egress: async () => new Response(png) }) })
  try {
    const redirectUris = ['https://shop.example/callback']
    const shop = { id: 'shop', name: 'The Shop', secret, redirectUris, logoUri: uri }
    assert.ok((await createClient(oauth, shop)).ok)
    const browser = await oauth.signedIn()
    const asks = { client_id: 'shop', redirect_uri: redirectUris[0], scope: 'openid' }
    const page = await browser.visit((await browser.visit(authorizeUrl(asks))).location ?? '')
    assert.match(page.body, /<img class="stub-logo" src="data:image\/png;base64,iVBORw0KGgoA" alt=""/)
    assert.doesNotMatch(page.body, /shop\.example\/logo/)
  } finally {
    await oauth.close()
  }
})
