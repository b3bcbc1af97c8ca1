// @module-tag long
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { showsProcesses } from './support/processes.ts'
import { nightsOf } from './support/nights/nights.ts'
import { tableOf } from './support/nights/table.ts'

/** How many nights there are, and the seed of the first one. With `JARVIS_NIGHTS_KEEP` the folders of bad ones stay. */
const NIGHTS = Number(process.env['JARVIS_NIGHTS'] ?? 20)
const SEED = Number(process.env['JARVIS_NIGHTS_SEED'] ?? Math.trunc(Math.random() * 1e6))
const ROWS = 200
const TIMEOUT_MS = 600_000

const where = showsProcesses ? '' : ' (skipped: only Linux shows the processes of a run)'

describe.skipIf(!showsProcesses)(`${NIGHTS} nights of ${ROWS} scenarios${where}`, () => {
  const nights = nightsOf('night.yaml', ROWS)
  beforeAll(nights.begin, TIMEOUT_MS)
  afterAll(() => {
    nights.end()
    process.stdout.write(`${tableOf(nights.verdicts)}\n`)
  })

  test.for(Array.from({ length: NIGHTS }, (_, index) => SEED + index))(
    'the night with the seed %i comes to its end, and costs what its strokes touch',
    { timeout: TIMEOUT_MS },
    async (seed) => {
      const { problems, unharmed } = await nights.play(seed)
      expect(problems).toEqual([])
      expect(unharmed.compared).toBeGreaterThan(0)
    },
  )
})
