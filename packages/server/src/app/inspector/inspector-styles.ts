// The styles of the token inspector. The three parts of a token have a colour each, in the token and beside what they say.
import { css } from '../../platform/html/stylesheet.ts'

/** Beside those of every sheet. */
export const inspectorStyles = css`
:root { --one: #9a3d0c; --two: #7c2a86; --three: #0b5f72 }
@media (prefers-color-scheme: dark) { :root { --one: #f3ac84; --two: #dda9e6; --three: #7fd0e0 } }
.key-1, .part-1 { color: var(--one) }
.key-2, .part-2 { color: var(--two) }
.key-3, .part-3 { color: var(--three) }
.key-1, .key-2, .key-3 { font-weight: 600 }
.desk { display: grid; gap: 2rem; margin-top: 2rem; grid-template-areas: 'given' 'found' 'against'; grid-template-columns: minmax(0, 1fr) }
.given { grid-area: given }
.found { grid-area: found }
.against { grid-area: against }
.against-head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem }
.against .field { margin-top: 1rem }
.paper { display: grid; background: var(--sheet); border: 1px solid var(--edge); border-radius: var(--round) }
.paper:hover { border-color: var(--ink) }
.paper:focus-within { outline: 3px solid var(--pen); outline-offset: 2px }
textarea { display: block; width: 100%; padding: .625rem .75rem; color: inherit; background: var(--sheet); border: 1px solid var(--edge); border-radius: var(--round); caret-color: var(--pen); resize: vertical }
textarea, .ink { margin: 0; font: .875rem/1.5 var(--digits); font-variant-ligatures: none; white-space: pre-wrap; overflow-wrap: anywhere; word-break: break-all }
.paper > * { grid-area: 1 / 1 }
.paper textarea { min-height: 100%; border: 0; outline: 0; resize: none; overflow: hidden; background: none }
.paper .ink { padding: .625rem .75rem; min-height: 11.75rem; pointer-events: none; user-select: none }
.paper .ink + textarea { color: transparent }
.paper textarea::selection { color: transparent; background: color-mix(in srgb, var(--pen) 28%, transparent) }
.paper.plain .ink { display: none }
.paper.plain textarea { color: inherit; overflow: auto; height: 20rem }
.paper.plain textarea::selection { color: var(--ink) }
.pair { display: grid; gap: 0 1rem }

.verdict { padding: 1rem 1.125rem; background: var(--pen-wash); border: 1px solid var(--edge); border-left-width: 4px; border-radius: var(--round) }
.verdict.good { background: var(--good-wash); border-color: var(--good) }
.verdict.bad { background: var(--alarm-wash); border-color: var(--alarm) }
.verdict h2 { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 .75rem }
.verdict.good h2 { color: var(--good) }
.verdict.bad h2 { color: var(--alarm) }
.verdict h2 code { font-size: var(--small); font-weight: 400; color: var(--soft) }
.verdict p { margin-top: .375rem }
.checks { margin-top: .75rem }
.checks li { display: grid; grid-template-columns: 1.25rem 5.5rem minmax(0, 1fr); gap: 0 .625rem; padding: .5rem 0; border-top: 1px solid var(--rule); font-size: var(--small) }
.checks li:first-child { border-top: 0 }
.checks b { font-weight: 600 }
.sign { width: 1.25rem; height: 1.25rem; border-radius: 50%; border: 1.5px solid var(--edge); position: relative; margin-top: .0625rem }
.sign::before { content: ''; position: absolute }
.pass .sign { border-color: var(--good); background: var(--good) }
.pass .sign::before { left: .3125rem; top: .3125rem; width: .5rem; height: .25rem; border: solid var(--sheet); border-width: 0 0 2px 2px; transform: rotate(-45deg) }
.fail .sign { border-color: var(--alarm); background: var(--alarm) }
.fail .sign::before { left: .25rem; right: .25rem; top: 50%; border-top: 2px solid var(--sheet); transform: translateY(-50%) }
.unknown .sign { border-style: dashed }
.fail > :last-child { color: var(--alarm); font-weight: 600 }
.unknown > :last-child { color: var(--soft) }

.piece { border-left: 3px solid; padding-left: .875rem }
.piece h2 { color: inherit }
.piece p { color: var(--soft) }
.piece p, .part > div > p { font-size: var(--small) }
.members > div { padding: .75rem 0; border-top: 1px solid var(--rule) }
.members > div:first-child { border-top: 0; padding-top: 0 }
.members dt { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .625rem }
.members dt code { font-weight: 600 }
.members dt span { font-size: var(--small); color: var(--soft) }
.members dt .odd { padding: 0 .5rem; border: 1px dashed var(--edge); border-radius: 1rem }
.value { display: block; margin-top: .125rem; white-space: pre-wrap; unicode-bidi: isolate; direction: ltr }
.means { font-weight: 600 }
.members p { font-size: var(--small) }
.members .about { color: var(--soft); max-width: 62ch }
#parts { margin-top: 2.5rem }
@media (min-width: 30rem) { .pair { grid-template-columns: 1fr 1fr } }
@media (max-width: 30rem) { .checks li { grid-template-columns: 1.25rem minmax(0, 1fr) } .checks li > :last-child { grid-column: 2 } }
@media (min-width: 52rem) {
  .desk { grid-template-areas: 'given found' 'against found'; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); grid-template-rows: auto 1fr; gap: 2rem 3rem }
  .found { padding-top: 1.875rem }
  .part .members > div { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 0 1.5rem }
  .part .members dt { flex-direction: column; gap: 0 }
  .part .members dt .odd { align-self: start }
  .part .members .value { margin: 0 }
}
@media (forced-colors: active) {
  .paper .ink { display: none }
  .paper .ink + textarea { color: FieldText; min-height: 11.75rem; overflow: auto }
  .sign { forced-color-adjust: none }
}
`
