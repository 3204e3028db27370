// Problems of a submitted form: one summary that takes the focus, each problem linked to its field; and notices.
import { type Html, html, nothing, type Piece } from './markup.ts'
import { waitWords } from './words.ts'

/** One thing to put right, in a person's words; `field` is the name of the input it concerns, if one does. */
export interface Problem {
  readonly field?: string | undefined
  readonly message: string
}

/** The first problem of a field. */
export function problemOf(field: string, problems: readonly Problem[] | undefined): Problem | undefined {
  return problems?.find((problem) => problem.field === field)
}

/** A limit was reached. @param retryAfter seconds to wait */
export function tooManyTries(retryAfter: number): Problem {
  return { message: `Too many tries. Please wait ${waitWords(retryAfter)} and try again` }
}

/** How a form is shown: at first, or again with what was wrong with it. */
export interface FormState {
  /** Of the answer. */
  readonly status: number
  readonly problems: readonly Problem[]
  /** Seconds after which it is worth another try. */
  readonly retryAfter?: number | undefined
}

/** A form that nobody has sent yet. */
export const unsent: FormState = { status: 200, problems: [] }

/** A form that was sent too often. @param problem in its own words */
export function limited(retryAfter: number, problem: (seconds: number) => Problem = tooManyTries): FormState {
  return { status: 429, problems: [problem(retryAfter)], retryAfter }
}

/** A form that came when there was too much to do. @param problem in its own words */
export function overloaded(problem: Problem): FormState {
  return { status: 503, problems: [problem], retryAfter: 1 }
}

/** The summary above a form; nothing when there is no problem. Takes the focus without script. */
export function errorSummary(problems: readonly Problem[]): Html {
  if (problems.length === 0) return nothing
  const items = problems.map((problem) =>
    problem.field === undefined
      ? html`<li>${problem.message}</li>`
      : html`<li><a href="#${problem.field}">${problem.message}</a></li>`,
  )
  return html`<div class="summary" role="alert" tabindex="-1" autofocus aria-labelledby="summary-title"><h2 id="summary-title">${problems.length === 1 ? 'There is a problem' : 'There are problems'}</h2><ul>${items}</ul></div>`
}

/** A short message about what just happened or what to know. */
export function notice(text: Piece, kind: 'good' | 'note' = 'note'): Html {
  return html`<div class="notice ${kind}" role="status">${text}</div>`
}
