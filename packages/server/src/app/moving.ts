// `moving` in the configuration: systems that people come from while it runs beside this one.
import { z } from 'zod'
import type { LazySettings } from '../admin/moving/lazy/ask-elsewhere.ts'
import { oldSystemKinds } from '../admin/moving/lazy/old-system.ts'
import { numbersIn, partsOf } from '../admin/moving/source-name.ts'
import { type SourceName, sources } from '../admin/moving/sources/sources.ts'
import type { Finding, Mode } from './settings.ts'

/** A system by its kind, or one of several of a kind by the name that the import is told with `--source`. */
type LazyName = SourceName | `${SourceName}:${string}`

const lazyName = z
  .string()
  .refine(
    (text) => Object.hasOwn(sources, partsOf(text)?.kind ?? ''),
    `must be one of ${Object.keys(sources).join(', ')}, or one of these with a name, as django:shop`,
  ) as z.ZodType<LazyName, LazyName>

const address = (mode: Mode) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && (new URL(text).protocol === 'https:' || mode === 'development'),
      'must be an https address',
    )

const system = (mode: Mode) =>
  z
    .strictObject({
      kind: z.enum(oldSystemKinds),
      url: address(mode),
      me: address(mode).optional(),
      nameField: z.string().min(1).max(64).optional(),
      idClaim: z.string().min(1).max(64).optional(),
    })
    .refine(({ kind, me }) => kind !== 'drf-token' || me !== undefined, {
      path: ['me'],
      message: 'must say where a token’s person is told: keys of Django REST framework say nothing',
    })

const schema = (mode: Mode) =>
  z.strictObject({
    lazy: z.partialRecord(lazyName, system(mode)).default({}),
    /** Seconds that a sign-in takes which lets nobody in. */
    patience: z.number().min(0.5).max(5).default(2.5),
  })

/** What an operator writes under `moving`. */
export type MovingConfig = z.input<ReturnType<typeof schema>>

/** Reads it. Problems go into `findings`, and nobody is asked. */
export function readMoving(written: unknown, mode: Mode, findings: Finding[]): LazySettings {
  const parsed = schema(mode).safeParse(written ?? {})
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const at = ['moving', ...path].join('.')
      findings.push({ path: `countersign.config: ${at}`, code: 'invalid', message: `“${at}” ${message}.` })
    }
    return { systems: [], patienceMs: 0 }
  }
  const { lazy, patience } = parsed.data
  return {
    patienceMs: patience * 1000,
    systems: Object.entries(lazy).flatMap(([source, one]) =>
      one === undefined ? [] : [systemOf(source, one)],
    ),
  }
}

function systemOf(
  source: string,
  { kind, url, me, nameField, idClaim }: z.output<ReturnType<typeof system>>,
): LazySettings['systems'][number] {
  return {
    source,
    kind,
    url,
    me: me ?? null,
    nameField: nameField ?? (kind === 'knock' ? 'email' : 'username'),
    idClaim: idClaim ?? (kind === 'knock' ? 'sub' : 'user_id'),
    numbers: [numbersIn(kind === 'knock' ? 'knock user' : 'simplejwt', source)],
  }
}
