import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { syncFolder } from '../../host/durable-file.ts'
import { JournalWriter } from './journal-writer.ts'

vi.mock('../../host/durable-file.ts', { spy: true })

test('the name of each file of a journal is made to last before its first line', async () => {
  const directory = temporaryFolder()
  const synced = vi.mocked(syncFolder)
  const nothing = { committed: async () => {}, failed() {}, resumed() {}, lost() {} }
  const writer = await JournalWriter.open(directory, nothing)
  expect(synced.mock.calls).toEqual([[directory]])
  await writer.leaveFile()
  expect(synced.mock.calls).toEqual([[directory], [directory]])
  await writer.close()
})
