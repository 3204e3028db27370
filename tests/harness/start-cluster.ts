// A program for the harness's own tests: starts a cluster, says where it is, and ends as it is told.
import pg from 'pg'
import { startCluster } from './postgres.ts'

const cluster = await startCluster()
if ('skipped' in cluster) throw new Error(cluster.skipped)
const client = new pg.Client({ connectionString: cluster.url })
await client.connect()
const { rows } = await client.query<{ data_directory: string }>('show data_directory')
await client.end()
console.log('at', new URL(cluster.url).port, rows[0]?.data_directory)
if (process.argv.includes('stop')) await cluster.stop()
if (process.argv.includes('wait')) setInterval(() => {}, 1000)
console.log('done')
