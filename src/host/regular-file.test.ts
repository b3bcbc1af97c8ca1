import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../test/fixtures/session/kit.ts'
import { openRegularFile, readRegularFile } from './regular-file.ts'

const isWindows = process.platform === 'win32'

test('a file is read, also behind a link, and no more of it than is taken', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'file')
  writeFileSync(path, 'ten bytes.')
  expect((await readRegularFile(path, 10)).toString()).toBe('ten bytes.')
  await expect(readRegularFile(path, 9)).rejects.toThrow('it has 10 bytes, more than 9')
  await expect(readRegularFile(join(folder, 'none'), 9)).rejects.toMatchObject({ code: 'ENOENT' })
  if (isWindows) return
  symlinkSync(path, join(folder, 'link'))
  expect((await readRegularFile(join(folder, 'link'), 10)).toString()).toBe('ten bytes.')
})

test('a folder in place of a file is refused', async () => {
  const path = join(temporaryFolder(), 'folder')
  mkdirSync(path)
  await expect(openRegularFile(path)).rejects.toThrow('it is a folder')
})

test.skipIf(isWindows)('a pipe, a socket and a device are refused at once', async () => {
  const folder = temporaryFolder()
  spawnSync('mkfifo', [join(folder, 'pipe')])
  const server = createServer().listen(join(folder, 'socket'))
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  symlinkSync('/dev/zero', join(folder, 'device'))
  for (const kind of ['pipe', 'socket', 'device']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect(openRegularFile(join(folder, kind))).rejects.toThrow(`it is a ${kind}`)
  }
})
