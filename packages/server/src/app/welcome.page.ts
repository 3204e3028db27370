// GET / of the auth server. In development: every address, the seeded people, what to try. In production: a quiet page.
import { webAddress } from '../platform/html/address.ts'
import { buttonLink } from '../platform/html/form.ts'
import { type Frame, sheet, slip } from '../platform/html/layout.ts'
import { type Html, html, nothing } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { welcomeStyles } from '../platform/html/stylesheet.ts'
import { localPath } from '../platform/http/exchange.ts'

/** What the page at / shows. */
export type WelcomePageModel =
  | { readonly mode: 'production'; readonly account: string; readonly signIn: string }
  | {
      readonly mode: 'development'
      readonly issuer: string
      /** Address of the sample bank; null when it isn't started with the server. */
      readonly bank: string | null
      readonly people: readonly { readonly username: string; readonly email: string; readonly role: string }[]
      /** The password of all seeded people. */
      readonly password: string
      readonly clients: readonly { readonly clientId: string; readonly what: string }[]
      /** Further addresses: metadata, simulated providers. */
      readonly addresses: readonly { readonly href: string; readonly what: string }[]
    }

/** The page at /. */
export function welcomePage(model: WelcomePageModel, frame: Frame): Html {
  return model.mode === 'production' ? quietPage(model, frame) : developmentPage(model, frame)
}

function quietPage(model: WelcomePageModel & { mode: 'production' }, frame: Frame): Html {
  const signedIn = frame.signedInAs
  const body = html`<h1>Welcome</h1>
<p class="lead">${signedIn === undefined ? 'This is where you sign in. Applications bring you here when they need to know that it’s you.' : html`You are signed in as ${named(signedIn.name)}.`}</p>
<div class="acts">${signedIn === undefined ? buttonLink(model.signIn, 'Sign in', 'main') : buttonLink(model.account, 'Your account', 'main')}</div>`
  const stub = html`<p class="stub-for">Accounts at</p><p class="stub-name">${frame.host ?? frame.product}</p>`
  return slip({ title: 'Welcome', stub, body }, frame)
}

function developmentPage(model: WelcomePageModel & { mode: 'development' }, frame: Frame): Html {
  const bank = webAddress(model.bank)
  const people = model.people.map(
    (person) =>
      html`<tr><th scope="row"><code>${person.username}</code></th><td>${person.email}</td><td>${person.role}</td></tr>`,
  )
  const clients = model.clients.map(
    (client) => html`<tr><th scope="row"><code>${client.clientId}</code></th><td>${client.what}</td></tr>`,
  )
  const addresses = model.addresses.map(
    (address) =>
      html`<li><a href="${webAddress(address.href) ?? localPath(address.href)}">${address.href}</a> <span class="quietly">${address.what}</span></li>`,
  )
  const body = html`<h1>It runs.</h1>
<p class="lead">The development server at <code>${model.issuer}</code>. Sign in as one of the people below${bank === null ? '.' : ', or open the sample bank and let it bring you here.'}</p>
<div class="acts">${bank === null ? nothing : html`<a class="button main" href="${bank}">Open the sample bank</a>`}${buttonLink('/account', 'Your account', bank === null ? 'main' : 'plain')}</div>
<section class="part" aria-labelledby="people"><div><h2 id="people">People</h2><p class="quietly">All with the password <code>${model.password}</code></p></div><div class="wide" role="group" aria-labelledby="people" tabindex="0"><table><thead><tr><th scope="col">User name</th><th scope="col">E-mail</th><th scope="col">Role</th></tr></thead><tbody>${people}</tbody></table></div></section>
<section class="part" aria-labelledby="clients"><div><h2 id="clients">Clients</h2><p class="quietly">Applications that may ask for tokens.</p></div><div class="wide" role="group" aria-labelledby="clients" tabindex="0"><table><thead><tr><th scope="col">Client id</th><th scope="col">What it is</th></tr></thead><tbody>${clients}</tbody></table></div></section>
<section class="part" aria-labelledby="addresses"><div><h2 id="addresses">Addresses</h2><p class="quietly">Where things are.</p></div><ul class="addresses">${addresses}</ul></section>`
  return sheet(
    { title: 'Welcome', corner: html`<span>development</span>`, body, styles: [welcomeStyles] },
    frame,
  )
}
