import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { reportsMade } from './reports-made.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'jarvis-reports-made-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const write = (name: string): void => writeFileSync(join(directory, name), '')
const never = new AbortController().signal

test('a run that is still there is waited for until both of its reports are', async () => {
  const told: string[] = []
  write('report.xlsx.tmp')
  await reportsMade(directory, {
    isAlive: () => true,
    onWriting() {
      told.push('writing')
      write(told.length === 1 ? 'report.xlsx' : 'report.html')
    },
    signal: never,
  })
  expect(told).toEqual(['writing', 'writing'])
})

test('a run that is gone makes no reports any more', async () => {
  const told: string[] = []
  let asked = 0
  await reportsMade(directory, {
    isAlive: () => ++asked < 3,
    onWriting: () => told.push('writing'),
    signal: never,
  })
  expect(asked).toBe(3)
  expect(told).toEqual([])
})

test('who leaves waits for nothing', async () => {
  const left = new AbortController()
  write('report.html.tmp')
  await reportsMade(directory, {
    isAlive: () => true,
    onWriting: () => left.abort(),
    signal: left.signal,
  })
  expect(left.signal.aborted).toBe(true)
})
