import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { completeSession } from '../../../test/support/session-directories.ts'
import { readNight, readNights } from './index.ts'

test('a session is read as a night: medians of what passed, attempts that passed, numbers of loadouts', async () => {
  const directory = await completeSession(temporaryFolder())
  const night = await readNight(directory)
  expect(night).toMatchObject({ kind: 'plan', verdict: 'whole', isOver: true })
  expect(night.host?.id).toBeTruthy()
  expect(night.loadouts.map(({ domain }) => domain)).toContain('stt')
  const passed = night.cases.find(({ values }) => values['ttft'] !== undefined)
  expect(passed?.n).toBeGreaterThan(0)
  expect(night.cases.some(({ counts }) => counts['wer'] !== undefined)).toBe(true)
})

test('nights are remembered beside their sessions until a file of theirs is another, or they are removed', async () => {
  const logs = temporaryFolder()
  const first = await completeSession(logs)
  const second = await completeSession(logs)
  const { tonight, nights } = await readNights(second)
  expect(nights.map(({ session }) => session)).toEqual([basename(first)])
  const file = join(logs, '.nights', `${basename(first)}.json`)
  expect(existsSync(file)).toBe(true)
  expect((await readNights(second)).tonight).toEqual(tonight)
  // What somebody has changed is not.
  writeFileSync(file, readFileSync(file, 'utf8').replace('"kind":"plan"', '"kind":"partial"'))
  expect((await readNights(second)).nights[0]?.kind).toBe('plan')
  const journal = readFileSync(join(first, 'events.jsonl'), 'utf8')
  writeFileSync(join(first, 'events.jsonl'), journal.replace('"seq":3,', '"seq":3, '))
  for (const domain of ['llm', 'vlm', 'stt', 'tts', 'sts']) rmSync(join(first, `${domain}.json`))
  expect((await readNights(second)).nights[0]?.verdict).toBe('damaged')
  rmSync(first, { recursive: true })
  appendFileSync(join(second, 'state.json'), ' ')
  expect((await readNights(second)).nights).toEqual([])
  expect(existsSync(file)).toBe(false)
})
