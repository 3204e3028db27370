// The one token sheet and the styles of the building blocks. What is printed is ink; what a person does is pen:
// everything that can be pressed, typed in or followed has the pen's colour, and nothing else has.
// Layout in rem and ch, so that zoom and larger text keep it whole; colours in tokens, twice: light and dark.

declare const brand: unique symbol
/** A stylesheet of ours, without needless space. Constant: nothing from a request may stand in it. */
export type Stylesheet = string & { readonly [brand]: 'Stylesheet' }

/** Takes the comments and the needless space out of a stylesheet. */
export function css(strings: TemplateStringsArray): Stylesheet {
  return strings
    .join('')
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim() as Stylesheet
}

/** Tokens, text and controls: on every page. */
export const baseStyles = css`
:root {
  color-scheme: light dark;
  --paper: #e4e9e5; --sheet: #fbfcfb; --stub: #d5e3d9; --engraving: #bdd2c4; --rule: #d3dbd5; --edge: #74857b;
  --ink: #14211b; --soft: #46554d;
  --pen: #2338c4; --pen-deep: #17278f; --on-pen: #fff; --pen-wash: #eceefb;
  --alarm: #ab1f24; --alarm-wash: #fcefee; --good: #146239; --good-wash: #e9f4ed;
  --small: .875rem; --large: 1.25rem; --title: 1.75rem;
  --round: 6px;
  --lift: 0 1px 2px #14211b14, 0 16px 40px -16px #14211b47;
  --digits: ui-monospace, 'SF Mono', 'Cascadia Mono', 'Roboto Mono', 'Noto Sans Mono', 'Liberation Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0b100e; --sheet: #141b18; --stub: #1b2922; --engraving: #2c4237; --rule: #2b3731; --edge: #7b8d83;
    --ink: #e9efeb; --soft: #a9b8b0;
    --pen: #aab6ff; --pen-deep: #c8d0ff; --on-pen: #10174a; --pen-wash: #1e2541;
    --alarm: #ff9b94; --alarm-wash: #34191a; --good: #84d3a3; --good-wash: #142b1f;
    --lift: 0 0 0 1px #2b3731;
  }
}
*, ::before, ::after { box-sizing: border-box }
[hidden], [data-passkey]:not([hidden]) + .without { display: none !important }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
}
h1, h2, h3, p, ul, ol, dl, dd, fieldset { margin: 0; padding: 0; border: 0 }
ul, ol { list-style: none }
h1 { font-size: var(--title); line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance }
h2 { font-size: var(--large); line-height: 1.3; font-weight: 650; letter-spacing: -.01em; text-wrap: balance }
h3 { font-size: 1rem; font-weight: 650 }
a { color: var(--pen); text-decoration-thickness: 1px; text-underline-offset: .2em }
a:hover { color: var(--pen-deep); text-decoration-thickness: 2px }
:focus-visible { outline: 3px solid var(--pen); outline-offset: 2px; border-radius: 3px }
code, .digits { font-family: var(--digits); font-size: .9em; font-variant-numeric: tabular-nums }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.lead { color: var(--soft); margin-top: .5rem; max-width: 54ch }
.quietly { color: var(--soft); font-size: var(--small) }

.mark path { fill: none; stroke-width: 3.5; stroke-linecap: round; stroke: var(--ink) }
.mark .signed { stroke: var(--pen) }
.wordmark { display: inline-flex; align-items: center; gap: .5rem; min-height: 2rem; color: inherit; font-weight: 650; letter-spacing: -.01em; text-decoration: none }
.engraved { position: absolute; inset: 0; overflow: hidden; border-radius: inherit }
.rosette { position: absolute; width: 24rem; right: -14rem; top: -7rem; fill: none; stroke: var(--engraving); overflow: visible }
.cut { position: absolute; fill: var(--stub) }
.cut.side { left: 100%; top: 0; margin-left: -1px }
.cut.below { top: 100%; left: 0; margin-top: -1px }
.monogram { display: inline-grid; place-items: center; flex: none; width: 1.25rem; height: 1.25rem; border: 1.5px solid; border-radius: 50%; font-size: .6875rem; font-weight: 700; line-height: 1 }
.glyph { flex: none }
.foot { color: var(--soft); font-size: var(--small); text-align: center; padding: 1.25rem 1rem }

.field { margin-top: 1.25rem }
label { display: inline-block; font-weight: 600; margin-bottom: .375rem }
.optional { color: var(--soft); font-weight: 400 }
input:not([type=checkbox]) {
  display: block; width: 100%; min-height: 3rem; padding: .625rem .75rem; font: inherit; color: inherit; accent-color: var(--pen);
  background: var(--sheet); border: 1px solid var(--edge); border-radius: var(--round); caret-color: var(--pen);
}
input:not([type=checkbox]):hover { border-color: var(--ink) }
input[readonly] { color: var(--soft); border-color: var(--rule) }
input:not([type=checkbox]):focus { outline: 2px solid var(--pen); outline-offset: -1px; border-color: var(--pen) }
input[aria-invalid] { border-color: var(--alarm); box-shadow: inset 3px 0 var(--alarm) }
.hint { color: var(--soft); font-size: var(--small); margin-top: .375rem }
.field-problem { color: var(--alarm); font-size: var(--small); font-weight: 600; margin-bottom: .375rem }
.with-reveal { position: relative }
.with-reveal:has(.reveal:not([hidden])) input { padding-right: 4.5rem }
.reveal { position: absolute; right: .25rem; top: .25rem; height: 2.5rem; padding: 0 .75rem; border: 0; border-radius: 4px; background: none; color: var(--pen); font: inherit; font-size: var(--small); font-weight: 600; cursor: pointer }
.reveal:hover { background: var(--pen-wash) }
.check { display: grid; grid-template-columns: auto 1fr; align-items: center; margin-top: .75rem }
.check input { width: 1.5rem; height: 1.5rem; margin: .25rem .5rem .25rem 0; accent-color: var(--pen) }
.check label { font-weight: 400; margin: 0; padding: .25rem 0 }
.hint > a:only-child { display: inline-block; padding-block: .25rem }
.check .hint { grid-column: 2; margin: 0 }

.button {
  display: inline-flex; align-items: center; justify-content: center; gap: .625rem; min-height: 3rem; padding: .625rem 1.25rem;
  font: inherit; font-weight: 600; text-decoration: none; border: 1px solid transparent; border-radius: var(--round); cursor: pointer;
  text-wrap: balance;
}
.button.main { background: var(--pen); color: var(--on-pen) }
.button.main:hover { background: var(--pen-deep) }
.button.plain { background: none; color: var(--pen); border-color: var(--edge) }
.button.plain:hover { background: var(--pen-wash); border-color: var(--pen); color: var(--pen) }
.acts { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.75rem }
.or { display: flex; align-items: center; gap: .75rem; margin: 1.75rem 0 1rem; color: var(--soft); font-size: var(--small) }
.or::before, .or::after { content: ''; flex: 1; border-top: 1px solid var(--rule) }

.summary { margin-top: 1.25rem; padding: .875rem 1rem; background: var(--alarm-wash); border: 1px solid var(--alarm); border-left-width: 4px; border-radius: var(--round) }
.summary h2 { font-size: 1rem }
.summary li { margin-top: .25rem }
.summary li, .summary a { color: var(--alarm); font-weight: 600 }
.notice { margin-top: 1.25rem; padding: .75rem 1rem; background: var(--pen-wash); border-left: 4px solid var(--edge); border-radius: var(--round) }
.notice.good { background: var(--good-wash); border-color: var(--good) }

@media (forced-colors: active) {
  .engraved, .cut { display: none }
  .mark path, .mark .signed { stroke: CanvasText }
  .button, .reveal, .notice { border: 1px solid }
  .stub, .masthead { border-bottom: 1px solid }
}
@media (prefers-reduced-motion: no-preference) {
  .button, .reveal, input { transition: background-color .12s, border-color .12s }
}
@media print { .engraved, .cut { display: none } }
`

/** Buttons beside what a page is about, quiet or alarming: on sheets, and on slips that name it. */
export const smallButtonStyles = css`
.button.quiet, .button.alarm { min-height: 2.25rem; padding: .25rem .75rem; font-size: var(--small); background: none; color: var(--pen); border-color: var(--rule) }
.button.quiet:hover { background: var(--pen-wash); border-color: var(--pen) }
.button.alarm { color: var(--alarm) }
.button.alarm:hover { background: var(--alarm-wash); border-color: var(--alarm) }
`

/** One task: a stub and a body, side by side where there is room. */
export const slipStyles = css`
.on-slip { background: var(--sheet) }
.stub { position: relative; background: var(--stub) }
.stub-text { position: relative; padding: 1.25rem 1.25rem 1rem }
.stub-what { margin-top: .75rem }
.stub-for { font-size: var(--small); color: var(--soft) }
.stub-name { font-size: var(--large); font-weight: 650; line-height: 1.25; letter-spacing: -.01em }
.stub-place { font-size: var(--small); color: var(--soft) }
.stub-logo { display: block; width: 3rem; height: 3rem; margin: .5rem 0; object-fit: contain; background: #fff; border-radius: var(--round) }
.stub-note { margin-top: .75rem; padding-left: .625rem; border-left: 3px solid var(--edge); font-size: var(--small); text-wrap: balance }
.beware-note { border-color: var(--alarm) }
.party-links { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: var(--small); margin-top: .5rem }
.party-links a { padding: .125rem 0 }
.body { padding: 2.25rem 1.25rem 2rem }
.body .acts .button { flex: 1 1 auto }
.aside { margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); color: var(--soft) }
.aside form { margin-top: .75rem }
.upstreams { display: grid; gap: .75rem }
.acts .passkey { flex: 1 1 auto }
.upstreams .button, .passkey .button { width: 100%; padding-inline: .5rem }
/* One “or” does for both; the first is there only where a script has shown it. */
.by-passkey:has([data-passkey]:not([hidden])) + .or { display: none }
.by-passkey + .or + .upstreams { margin-top: .75rem }
@media (min-width: 46rem) {
  .on-slip { display: flex; flex-direction: column; min-height: 100vh; min-height: 100dvh; justify-content: center; padding: 3rem 1.5rem 1rem; background: var(--paper) }
  .slip { display: grid; grid-template-columns: 17rem minmax(0, 1fr); width: 100%; max-width: 50rem; min-height: 30rem; margin: 0 auto; background: var(--sheet); border-radius: 10px; box-shadow: var(--lift) }
  .stub { border-radius: 10px 0 0 10px }
  .stub-text { padding: 3rem 1.75rem 2rem 2.25rem }
  .stub-what { margin-top: 2.5rem }
  .rosette { width: 26rem; left: -9.5rem; right: auto; top: auto; bottom: -10.5rem }
  .cut.below { display: none }
  .body { padding: 3rem 3.25rem 2.75rem 3.75rem }
}
@media (max-width: 45.99rem) { .cut.side { display: none } }
`

/** A place to look around: a masthead and sections. */
export const sheetStyles = css`
.on-sheet { display: flex; flex-direction: column; min-height: 100vh; min-height: 100dvh; background: var(--sheet) }
.masthead { position: relative; background: var(--stub) }
.masthead-text { position: relative; display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem 1.5rem; max-width: 64rem; margin: 0 auto; padding: .875rem 1.25rem .75rem }
.corner .button { border-color: var(--edge) }
.corner { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; font-size: var(--small) }
.masthead .cut.side { display: none }
.masthead .rosette { width: 30rem; left: 42%; right: auto; top: -19.5rem }
.sheet { flex: 1 0 auto; width: 100%; max-width: 64rem; margin: 0 auto; padding: 2.75rem 1.25rem 2rem }
.part { display: grid; gap: 1rem; padding: 2rem 0; border-top: 1px solid var(--rule) }
@media (max-width: 30rem) { .who { display: none } }
.part:first-of-type { margin-top: 2rem }
.rows > li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; padding: .875rem 0; border-top: 1px solid var(--rule) }
.rows > li:first-child { border-top: 0; padding-top: .25rem }
.with-glyph { display: flex; gap: .875rem }
.with-glyph > .glyph, .with-glyph > .monogram { margin-top: .125rem }
.part form > .field:first-of-type { margin-top: 0 }
.facts + form { margin-top: 1.5rem }
.rows .what { flex: 1 1 11rem; min-width: 0 }
.each { flex: 1 0 100% }
.each summary { width: fit-content; padding: .25rem 0; color: var(--pen); font-size: var(--small); font-weight: 600; cursor: pointer }
.each .rows { margin-top: .5rem; padding-left: .875rem; border-left: 2px solid var(--rule) }
.may { margin: .125rem 0 .25rem }
.may li { position: relative; padding-left: .875rem }
.may li::before { content: '·'; position: absolute; left: .125rem; color: var(--good); font-weight: 700 }
.tag { display: inline-block; margin-left: .375rem; padding: 0 .5rem; font-size: .8125rem; font-weight: 600; line-height: 1.5; color: var(--good); background: var(--good-wash); border-radius: 1rem }
.narrow { max-width: 26rem }
.facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .375rem 1.25rem }
.facts dt { color: var(--soft) }
@media (min-width: 52rem) {
  .masthead-text { padding: 1.125rem 2rem 1rem }
  .sheet { padding: 3.5rem 2rem 3rem }
  .part { grid-template-columns: 15rem minmax(0, 1fr); gap: 2.5rem; padding: 2.5rem 0 }
}
`

/** Consent: what is given away. */
export const consentStyles = css`
.whose { display: flex; align-items: center; gap: .625rem; margin-top: 1rem }
.whose .monogram { width: 2rem; height: 2rem; font-size: .875rem }
.gives { font-size: 1rem; margin-top: 1.5rem }
.gives legend { font-weight: 650; letter-spacing: -.01em; padding: 0 }
.box { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .625rem; padding: .5rem 0; border-bottom: 1px solid var(--rule) }
.box > input { width: 1.5rem; height: 1.5rem; margin: 0; accent-color: var(--pen) }
.box label { display: block; margin: 0; font-weight: 400 }
.box:has(> input:not(:checked)) label { color: var(--soft) }
.pick-list { margin-top: .25rem }
.pick-list legend { padding: 0; font-weight: 400 }
.pick-list .box { padding: .25rem 0; border: 0 }
.terms { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .75rem; margin-top: .25rem; font-size: var(--small) }
.terms dt { color: var(--soft) }
.already { margin-top: 1.25rem; font-size: var(--small); color: var(--soft) }
.already strong { font-weight: 600 }
.lasts { margin-top: 1.25rem }
`

/** A second factor: its QR code and key, and recovery codes. */
export const factorStyles = css`
.scan { display: flex; flex-wrap: wrap; gap: 1.25rem 1.75rem; align-items: flex-start; margin-top: 1.5rem }
.scan > div { flex: 1 1 12rem; min-width: 0 }
.scan h2 { font-size: 1rem }
.qr { flex: none; width: 11.5rem; height: 11.5rem; border-radius: var(--round) }
.key { margin: .375rem 0; font-size: 1rem; overflow-wrap: break-word }
.codes { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.75rem, 1fr)); gap: .25rem .75rem; margin-top: 1.5rem; padding: 1rem; font-size: .9375rem; border: 1px solid var(--rule); border-radius: var(--round) }
.codes + .hint { margin-top: 1rem }
@media print {
  .acts, .aside, .foot { display: none }
  body, .stub, .slip { background: none !important; box-shadow: none !important }
}
`

/** A list of people to pick from. */
export const pickStyles = css`
.picks { margin-top: 1.5rem }
.pick { display: flex; align-items: center; gap: .875rem; width: 100%; min-height: 3.5rem; padding: .5rem .75rem; margin-top: .5rem; font: inherit; text-align: left; color: var(--pen); background: none; border: 1px solid var(--edge); border-radius: var(--round); cursor: pointer }
.pick:hover { background: var(--pen-wash); border-color: var(--pen) }
.pick > span:last-child { display: grid; min-width: 0 }
.pick .monogram { width: 2rem; height: 2rem; font-size: .875rem }
.stub-glyph svg { width: 32px; height: 32px }
`

/** The welcome page's tables. */
export const welcomeStyles = css`
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; text-align: left; overflow-wrap: break-word }
th, td { padding: .5rem 1.25rem .5rem 0; border-bottom: 1px solid var(--rule); font-weight: 400; vertical-align: top }
th:last-child, td:last-child { padding-right: 0 }
th[scope=row] { white-space: nowrap }
.part .quietly code { display: inline-block; max-width: 100%; overflow-wrap: anywhere }
@media (max-width: 30rem) { th, td { padding-right: .75rem; font-size: var(--small) } }
thead th { color: var(--soft); font-size: var(--small) }
.addresses li { padding: .375rem 0 }
`
