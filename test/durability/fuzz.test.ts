import { expect, test } from 'vitest'
import { fuzz } from '../support/fuzz.ts'

/** How many inputs, and the seed of the first. */
const INPUTS = Number(process.env['JARVIS_FUZZ'] ?? 100_000)
const SEED = Number(process.env['JARVIS_FUZZ_SEED'] ?? Math.trunc(Math.random() * 1e6))

test(`${INPUTS} spoiled files crash no reader, nor do they hold it up, seed ${SEED}`, async () => {
  const { tried, bad, refused, slowestMs } = await fuzz(INPUTS, SEED)
  const told = JSON.stringify(tried, null, 2)
  process.stdout.write(
    `seed ${SEED}: ${told}\n${refused} refused in a sentence, ${bad.length} bad, ${slowestMs} ms at most\n`,
  )
  expect(bad).toEqual([])
})
