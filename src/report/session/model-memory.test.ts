import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { measuredEvent, MIB, sessionOfLoads } from '../../../test/support/memory-loads.ts'
import { updateSheets } from '../memory/update-sheets.ts'
import { memoryInAll } from './model-memory.ts'
import { readSession } from './read-session.ts'

const NAME = 'RUN_20261101_220000'

async function loadouts(
  ...args: [foreseen?: number, changes?: Parameters<typeof measuredEvent>[1]]
) {
  const [foreseen, changes] = args
  const logs = temporaryFolder()
  sessionOfLoads(logs, NAME, [measuredEvent(8_192, changes)], {
    ...(foreseen !== undefined && { foreseen }),
  })
  return (await readSession(join(logs, NAME))).loadouts
}

test('a loadout has what its models were foreseen to take beside what they took', async () => {
  const [one] = await loadouts(1_500 * MIB)
  const figures = { predicted: 1.46, measured: 1.53, error: expect.closeTo(-0.0397, 3) as number }
  expect(one!.memory).toEqual([{ model: 'llamacpp://a.gguf#ctx=8192', ...figures }])
  expect(memoryInAll(one!)).toEqual(figures)
})

test('what a process takes besides is foreseen, and held against what it took where the engine does not tell', async () => {
  const logs = temporaryFolder()
  const report = async (changes?: Parameters<typeof measuredEvent>[1]) => {
    sessionOfLoads(logs, NAME, [measuredEvent(8_192, changes)], {
      foreseen: 1_500 * MIB,
      overhead: 200 * MIB,
    })
    const { loadouts: all } = await readSession(join(logs, NAME))
    const [sheet] = (await updateSheets(logs, { rebuild: true })).sheets
    return [all[0]!.memory![0]!, sheet!] as const
  }
  const [told, sheet] = await report()
  expect(told).toMatchObject({ predicted: 1.46, measured: 1.53 })
  expect(sheet.predicted_bytes).toBe(1_500 * MIB)
  const process = { own_bytes: 600 * MIB, file_bytes: 1_000 * MIB }
  const [silent, silentSheet] = await report({ parts: [], process })
  expect(silent).toMatchObject({ predicted: 1.66, measured: 1.56 })
  expect(silentSheet.predicted_bytes).toBe(1_700 * MIB)
})

test('what nobody foresaw, or an engine does not tell, is unknown and never 0', async () => {
  const [unforeseen] = await loadouts()
  expect(unforeseen!.memory).toMatchObject([{ predicted: null, measured: 1.53, error: null }])
  const [silent] = await loadouts(1_500 * MIB, { parts: [], process: null })
  expect(silent!.memory).toMatchObject([{ predicted: 1.46, measured: null, error: null }])
  expect(memoryInAll({ ...silent!, memory: [...silent!.memory!, ...unforeseen!.memory!] })).toEqual(
    {
      predicted: null,
      measured: null,
      error: null,
    },
  )
})
