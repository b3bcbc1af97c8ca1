import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/fixtures/session/kit.ts'
import { waitForParts } from './wait-for-parts.ts'

test('a merge waits for the parts of one run in one folder, so long at most', async () => {
  const logs = temporaryFolder()
  await waitForParts([logs], 'night-1', '0')
  await expect(waitForParts([logs], 'night-1', 'long')).rejects.toThrow(
    'Expected --wait to be a time such as 30m or 10h, got "long".',
  )
  await expect(waitForParts([logs], 'night-1', '')).rejects.toThrow('10h, got "".')
  const which = 'Expected --run and one folder of sessions with --wait'
  await expect(waitForParts([logs], undefined, '10h')).rejects.toThrow(which)
  await expect(waitForParts([logs, logs], 'night-1', '10h')).rejects.toThrow(which)
})
