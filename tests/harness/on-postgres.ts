// Loaded before the tests of a run with `--engine postgres`: every house that names no database stands on PostgreSQL.
import { standHousesOn } from '../../packages/server/src/platform/house.ts'
import { migratedPostgres, openPatiently } from './engines.ts'

standHousesOn(async () => {
  const { url, drop } = await migratedPostgres()
  const database = await openPatiently(url, 2)
  return {
    ...database,
    close: async () => {
      await database.close()
      await drop?.()
    },
  }
})
