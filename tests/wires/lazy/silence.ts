// A Django that says nothing of use: whoever comes is refused in bounded time, told that it may not be their fault, and
// comes once it answers again.
import { userNamed } from '../../../packages/server/src/admin/moving/moving.fixture.ts'
import type { Held } from '../held.ts'
import type { Here, Old, openHere } from './run.ts'

const password = 'analytical-engine-1843'
/** Seconds that a refusal takes. */
const patience = 0.6

/** Views, what is the matter with each, and how the log says it. */
const silences = [
  ['slow', 'that takes its time', 'timeout'],
  ['fails', 'that fails', 'answered 500'],
  ['moved', 'that sends us elsewhere', 'redirect_refused'],
  ['huge', 'that says too much', 'too_large'],
  ['odd', 'whose token is nobody’s', 'no id of the person'],
] as const

/** Tries each. */
export async function trySilence(old: Old, open: typeof openHere): Promise<Held[]> {
  const held = await Promise.all(
    silences.map(async ([view, what, because]): Promise<Held> => {
      const here = await open(old, { kind: 'simplejwt', url: `/broken/${view}/` }, patience)
      return {
        sentence: `a Django ${what}: people are refused in bounded time, as unsure; it is logged once; nothing is kept`,
        holds: await isBorne(here, because),
      }
    }),
  )
  const throttled = await open(old, { kind: 'simplejwt', url: '/broken/throttled/' }, patience)
  const first = await throttled.signsIn('lin', `${password}x`)
  const second = await throttled.refusal('lin', password)
  const log = loggedIn(throttled)
  await throttled.people.house.close()
  held.push({
    sentence: 'a Django that has had enough of us (429) is no Django that says no',
    holds: !first && second.isUnsure && log.join().includes('answered 429'),
  })
  return held
}

async function isBorne(here: Here, because: string): Promise<boolean> {
  const { people, refusal } = here
  await people.add({ username: 'here' })
  const answers = [
    await refusal('joan', password),
    await refusal('joan', password),
    // Of somebody who is here, and is never asked about: nobody learns who that is.
    await refusal('here', `${password}x`),
  ]
  const log = loggedIn(here)
  const isKept = (await userNamed(people, 'joan')) !== null
  people.house.runtime.advance(61)
  // Whoever comes first by then makes it be asked anew, under a made-up name here.
  const later = await refusal('here', `${password}x`)
  await people.house.close()
  return (
    answers.every(
      ({ isUnsure, tookMs }) => isUnsure && tookMs >= patience * 990 && tookMs < patience * 1000 + 3000,
    ) &&
    later.isUnsure &&
    !isKept &&
    log.length === 1 &&
    log[0]?.includes(because) === true &&
    !log[0].includes(password)
  )
}

function loggedIn({ people }: Here): readonly string[] {
  return people.house.logged.filter((line) => line.includes('gives no answer'))
}
