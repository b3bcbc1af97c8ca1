import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/services.ts'
import { removeDeadSockets } from './dead-sockets.ts'

/** Its pipes are no files. */
const windows = process.platform === 'win32'
const LISTENER = `
  const path = process.argv[1] + '/' + process.pid + '-0123abcd.sock'
  require('net').createServer().listen(path, () => console.log('up'))`

test.skipIf(windows)('the socket of a killed process goes, all others stay', async () => {
  const folder = temporaryFolder()
  const killed = spawn(process.execPath, ['-e', LISTENER, folder])
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  // As that of a process elsewhere, whose pid means nothing here.
  const answered = `${killed.pid}-89abcdef.sock`
  const mine = `${process.pid}-0123abcd.sock`
  for (const name of [answered, mine, 'another.sock']) {
    const server = createServer().listen(join(folder, name))
    onTestFinished(() => void server.close())
    // oxlint-disable-next-line no-await-in-loop -- three
    await once(server, 'listening')
  }
  expect(readdirSync(folder)).toHaveLength(4)
  await removeDeadSockets(folder)
  expect(readdirSync(folder).toSorted()).toEqual([answered, mine, 'another.sock'].toSorted())
})
