// Events at rest: only ever added.
import { write } from '../db/statement.ts'

/** Adds an event. */
export const insertEvent = write(
  (
    db,
    p: {
      id: string
      at: number
      type: string
      user: string | null
      client: string | null
      session: string | null
      family: string | null
      peer: string | null
      detail: string
    },
  ) =>
    db.insertInto('events').values({
      id: p.id,
      at: p.at,
      type: p.type,
      user_id: p.user,
      client_id: p.client,
      session_id: p.session,
      family_id: p.family,
      peer: p.peer,
      detail: p.detail,
    }),
)
