/*
 * Makes nights whose truth is known: `node scripts/nights.ts FOLDER [--nights 30] [--seed 1]`. What happens on which night
 * is in nights/story.ts; docs/nights.md says how to look at them.
 */
import { parseArgs } from 'node:util'
import { makeNights } from './nights/make-nights.ts'

const USAGE = 'Usage: node scripts/nights.ts FOLDER [--nights 30] [--seed 1]'
const EXIT_WRONG = 2

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      nights: { type: 'string', default: '30' },
      seed: { type: 'string', default: '1' },
    },
  })
  const [folder, ...others] = positionals
  if (folder === undefined || others.length > 0) throw new Error(USAGE)
  const [nights, seed] = [Number(values.nights), Number(values.seed)]
  if (!Number.isInteger(nights) || !Number.isInteger(seed)) throw new Error(USAGE)
  const truth = await makeNights(folder, { nights, seed }, (line) => console.log(line))
  console.log('')
  for (const { date, sentence } of truth.events) console.log(`${date}  ${sentence}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = EXIT_WRONG
}
