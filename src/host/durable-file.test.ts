import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { replaceFile, replaceFileWith, writeAll } from './durable-file.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'jarvis-host-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('a file is replaced by a fresh one, and nothing else is left', async () => {
  const path = join(folder(), 'a.json')
  await replaceFile(path, 'one')
  const { ino } = statSync(path)
  await replaceFile(path, Buffer.from('two'))
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(statSync(path).ino).not.toBe(ino)
  expect(readdirSync(join(path, '..'))).toEqual(['a.json'])
})

test('when it cannot be written the old file stays', async () => {
  const path = join(folder(), 'a.json')
  writeFileSync(path, 'old')
  const failing = replaceFileWith(path, async (file) => {
    await writeAll(file, Buffer.from('half'), 0)
    throw new Error('disk gone')
  })
  await expect(failing).rejects.toThrow('disk gone')
  expect(readFileSync(path, 'utf8')).toBe('old')
  expect(readdirSync(join(path, '..'))).toEqual(['a.json'])
})

test('a new file may begin as a copy of the old one', async () => {
  const path = join(folder(), 'a.json')
  writeFileSync(path, '[1]')
  await replaceFileWith(path, (file) => writeAll(file, Buffer.from(',2]'), 2), { copyOf: path })
  expect(readFileSync(path, 'utf8')).toBe('[1,2]')
  await replaceFileWith(path, (file) => writeAll(file, Buffer.from('x'), 0))
  expect(readFileSync(path, 'utf8')).toBe('x')
})

test.skipIf(process.platform !== 'linux')('a full disk is an error, not a short file', async () => {
  const file = await open('/dev/full', 'w')
  await expect(writeAll(file, Buffer.alloc(10), 0)).rejects.toMatchObject({ code: 'ENOSPC' })
  await file.close()
})

test.skipIf(process.platform === 'win32')(
  'a link or a pipe in the place of what is written first is not written through',
  async () => {
    const place = folder()
    const [path, other] = [join(place, 'a.json'), join(place, 'other')]
    writeFileSync(other, 'untouched')
    symlinkSync(other, `${path}.tmp`)
    await replaceFile(path, 'one')
    symlinkSync(other, `${path}.tmp`)
    await replaceFileWith(path, (file) => writeAll(file, Buffer.from('!'), 3), { copyOf: path })
    expect(readFileSync(path, 'utf8')).toBe('one!')
    execFileSync('mkfifo', [`${path}.tmp`])
    await replaceFile(path, 'two')
    expect([readFileSync(path, 'utf8'), lstatSync(path).isFile()]).toEqual(['two', true])
    expect(readFileSync(other, 'utf8')).toBe('untouched')
    expect(readdirSync(place).toSorted()).toEqual(['a.json', 'other'])
  },
)
