// The page of a simulated upstream provider (development only): pick who you are there, or refuse.
// The form's answer: person=<id> with unverified=yes or nothing; or decision=deny.
import { button, checkbox, form } from '../../../platform/html/form.ts'
import { type Frame, slip } from '../../../platform/html/layout.ts'
import { monogram, providerMark } from '../../../platform/html/mark.ts'
import { type Html, html } from '../../../platform/html/markup.ts'
import { pickStyles } from '../../../platform/html/stylesheet.ts'

/** What the provider’s page shows. */
export interface SimulatorPageModel {
  readonly provider: { readonly id: string; readonly name: string }
  /** Host of the server that the sign-in goes back to. */
  readonly returnsTo: string
  readonly people: readonly SimulatedPerson[]
  /** Where the form posts, such as /dev/idp/google/authorize. */
  readonly action: string
  /** The authorization request, carried along by field name. */
  readonly hidden: Readonly<Record<string, string | undefined>>
}

/** Somebody to be there. */
export interface SimulatedPerson {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

/** The page of a simulated provider. */
export function simulatorPage(model: SimulatorPageModel, frame: Frame): Html {
  const { provider } = model
  const title = `${provider.name} (simulated)`
  const people = model.people.map(
    (person) =>
      html`<li><button class="pick" type="submit" name="person" value="${person.id}">${monogram(person.name)}<span><strong>${person.name}</strong><span class="quietly">${person.email ?? 'no e-mail address'}</span></span></button></li>`,
  )
  const content = html`<ul class="picks">${people}</ul>
${checkbox({ name: 'unverified', label: 'Say that the e-mail address isn’t verified' })}
<div class="acts">${button({ text: 'Refuse to sign in', kind: 'plain', name: 'decision', value: 'deny' })}</div>`
  const body = html`<h1>Choose an account</h1>
<p class="lead">This stands in for ${provider.name} in development. Whoever you pick signs in at ${model.returnsTo}.</p>
${form({ action: model.action, hidden: model.hidden, content }, frame)}`
  const stub = html`<p class="stub-glyph">${providerMark(provider)}</p><p class="stub-name">${title}</p><p class="stub-place">Nothing leaves this computer</p>`
  return slip({ title, stub, body, styles: [pickStyles] }, frame)
}
